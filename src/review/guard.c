#include "review/guard.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "io/hash.h"

/* Takes the same time for every text of that length. */
static bool same_secret(struct view a, struct view b)
{
	unsigned char differs = a.len != b.len;
	for (size_t i = 0; i < a.len && i < b.len; i++)
		differs |= (unsigned char)(a.p[i] ^ b.p[i]);
	return !differs;
}

int guard_init(struct guard *g, const char *host, int port, const char *password, struct sow_error *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char random[GUARD_TOKEN_LEN / 2];
	*g = (struct guard){ .host = BUF_INIT, .password = password, .port = port };
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_errno(err, "random numbers");
	for (size_t i = 0; i < sizeof(random); i++) {
		g->token[2 * i] = digits[random[i] >> 4];
		g->token[2 * i + 1] = digits[random[i] & 15];
	}
	bool any = host && (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0);
	if (host && !any)
		buf_addf(&g->host, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
	return SOW_OK;
}

void guard_release(struct guard *g)
{
	buf_release(&g->host);
}

static bool is_here(const struct guard *g, struct view host)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };
	char text[64];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "%s:%d", names[i], g->port);
		if (view_eqfold(host, view_of(text)))
			return true;
	}
	return false;
}

static bool host_fits(const struct guard *g, struct view host)
{
	if (is_here(g, host))
		return true;
	if (!g->password)
		return false;
	return !g->host.len || view_eqfold(host, view_from(g->host.data, g->host.len));
}

/* Browsers send the origin with every POST; a client without one is a program that has the token. */
static bool origin_fits(const struct http_request *q, struct view host)
{
	struct view origin = http_request_field(q, "Origin");
	struct view site = http_request_field(q, "Sec-Fetch-Site");
	if (site.len && !view_eqstr(site, "same-origin") && !view_eqstr(site, "none"))
		return false;
	return !origin.len || (view_starts(origin, "http://") && view_eqfold(view_sub(origin, 7, origin.len), host));
}

static bool password_fits(const struct guard *g, const struct http_request *q, struct buf *user)
{
	struct view field = http_request_field(q, "Authorization");
	struct buf pair = BUF_INIT;
	bool fits = false;
	if (view_starts(field, "Basic ") && !base64_read(view_sub(field, 6, field.len), &pair)) {
		struct view both = view_from(pair.data, pair.len);
		size_t colon = view_find(both, 0, ":");
		fits = colon != VIEW_NONE && colon &&
		       same_secret(view_sub(both, colon + 1, both.len), view_of(g->password));
		if (fits)
			buf_add(user, both.p, colon);
	}
	buf_release(&pair);
	return fits;
}

enum guarded guard_check(const struct guard *g, const struct http_request *q, struct view *path,
			 struct buf *user)
{
	struct view host = http_request_field(q, "Host");
	if (!host_fits(g, host) || !origin_fits(q, host))
		return GUARD_FOREIGN;
	if (q->path.len < GUARD_TOKEN_LEN + 2 || q->path.p[0] != '/' || q->path.p[GUARD_TOKEN_LEN + 1] != '/' ||
	    !same_secret(view_sub(q->path, 1, GUARD_TOKEN_LEN + 1), view_of(g->token)))
		return GUARD_UNKNOWN;
	*path = view_sub(q->path, GUARD_TOKEN_LEN + 2, q->path.len);
	return !g->password || password_fits(g, q, user) ? GUARD_PASS : GUARD_PASSWORD;
}
