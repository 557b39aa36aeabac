#include "teacher/http/address.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"

/* Names that stand for an address: the value of a variable, or else the service's own. */
static const struct {
	const char *name, *variable, *url;
} services[] = {
	{ "openai", "OPENAI_BASE_URL", "https://api.openai.com/v1" },
	{ "anthropic", "ANTHROPIC_BASE_URL", "https://api.anthropic.com/v1" },
};

/* NULL: not such a name. */
static const char *url_named(struct view name)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		const char *base = getenv(services[i].variable);
		if (view_eqstr(name, services[i].name))
			return base && *base ? base : services[i].url;
	}
	return NULL;
}

static bool is_url(struct view v)
{
	return view_starts(v, "http://") || view_starts(v, "https://");
}

/* The first of the pieces separated by commas; removes it from *rest with its comma. */
static struct view take_piece(struct view *rest)
{
	size_t comma = view_find(*rest, 0, ",");
	struct view piece = view_sub(*rest, 0, comma);
	*rest = comma == VIEW_NONE ? view_of("") : view_sub(*rest, comma + 1, rest->len);
	return piece;
}

bool address_is(const char *spec)
{
	struct view rest = view_of(spec);
	return spec && (is_url(rest) || url_named(take_piece(&rest)));
}

/* The options */

enum option { WEIGHT, RPM, TPM, CONCURRENCY, KEY_ENV, KEY_FILE, OPTIONS };

static const struct {
	const char *name;
	const char *expected;
	double least, most;    /* of a number */
} options[OPTIONS] = {
	[WEIGHT] = { "weight", "a number from 0.001 to 1000", 0.001, 1000 },
	[RPM] = { "rpm", "requests a minute, from 1", 1, 1e12 },
	[TPM] = { "tpm", "tokens a minute, from 1", 1, 1e15 },
	[CONCURRENCY] = { "concurrency", "a number of requests, from 1 to 30000", 1, 30000 },
	[KEY_ENV] = { "key-env", "the name of an environment variable", 0, 0 },
	[KEY_FILE] = { "key-file", "the path of a file", 0, 0 },
};

static const char *option_name(const void *data, size_t i)
{
	(void)data;
	return options[i].name;
}

static int set_text(struct address *a, enum option o, const char *value)
{
	if (!*value)
		return SOW_USAGE;
	*(o == KEY_ENV ? &a->key_env : &a->key_file) = value;
	return SOW_OK;
}

static int set_number(struct address *a, enum option o, const char *value)
{
	char *end;
	double x = ascii_digit(*value) || *value == '.' ? strtod(value, &end) : -1;
	if (!(x >= options[o].least && x <= options[o].most) || *end)
		return SOW_USAGE;
	if (o == CONCURRENCY) {
		a->concurrency = (int)x;
		return a->concurrency == x ? SOW_OK : SOW_USAGE;
	}
	*(o == WEIGHT ? &a->weight : o == RPM ? &a->rpm : &a->tpm) = x;
	return SOW_OK;
}

static int set_option(struct address *a, struct arena *arena, struct view piece,
		      struct sow_error *err)
{
	size_t eq = view_find(piece, 0, "=");
	struct view name = view_sub(piece, 0, eq);
	const char *value =
		eq == VIEW_NONE ? "" : arena_copyview(arena, view_sub(piece, eq + 1, piece.len));
	for (enum option o = 0; o < OPTIONS; o++) {
		if (!view_eqstr(name, options[o].name))
			continue;
		int status = o == KEY_ENV || o == KEY_FILE ? set_text(a, o, value)
							   : set_number(a, o, value);
		return status ? error_set(err, SOW_USAGE, "--teacher %s,%s=%s: expected %s", a->url,
					  options[o].name, value, options[o].expected)
			      : SOW_OK;
	}
	char *copy = arena_copyview(arena, name);
	const char *near = nearest_name(copy, option_name, NULL, OPTIONS);
	return error_set(err, SOW_USAGE, "--teacher %s: '%.*s' is not an option of a server; expected "
			 "%s%sweight=, rpm=, tpm=, concurrency=, key-env= or key-file=", a->url,
			 (int)utf8_floor(name.p, name.len < 40 ? name.len : 40), name.p,
			 near ? near : "", near ? "= perhaps, or one of " : "");
}

/* The URL */

static bool is_this_machine(struct view host)
{
	return view_eqstr(host, "localhost") || view_starts(host, "127.") ||
	       view_eqstr(host, "[::1]");
}

static void trim_slashes(struct view *path)
{
	while (path->len && path->p[path->len - 1] == '/')
		path->len--;
}

/* The call in the address of a whole API call. */
static const char *take_call(struct view *path)
{
	static const char *const calls[] = { "/chat/completions", "/completions", "/messages", "/chat" };
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (!view_ends(*path, calls[i]))
			continue;
		path->len -= strlen(calls[i]);
		trim_slashes(path);
		return calls[i];
	}
	return "";
}

static int read_url(struct address *a, struct arena *arena, struct view url, struct sow_error *err)
{
	size_t query = view_find(url, 0, "?");
	struct view path = view_sub(url, 0, query);
	trim_slashes(&path);
	a->call = take_call(&path);
	size_t begin = view_find(path, 0, "://");
	struct view rest = begin == VIEW_NONE ? view_of("") : view_sub(path, begin + 3, path.len);
	struct view host = view_sub(rest, 0, view_find(rest, 0, "/"));
	if (view_find(host, 0, "@") != VIEW_NONE)
		return error_set(err, SOW_USAGE, "--teacher: expected an address without user and "
				 "password; a key comes from key-env= or key-file=");
	if (view_find(url, 0, "#") != VIEW_NONE || !host.len || host.p[0] == ':')
		return error_set(err, SOW_USAGE, "--teacher %.*s: expected an address such as "
				 "http://host:8000/v1", VIEW_ARG(path));
	size_t colon = view_find(host, host.p[0] == '[' ? view_find(host, 0, "]") : 0, ":");
	host = view_sub(host, 0, colon);
	a->url = arena_copyview(arena, path);
	a->query = arena_copyview(arena,
				  query == VIEW_NONE ? view_of("") : view_sub(url, query, url.len));
	a->host = arena_copyview(arena, host);
	a->plain = view_starts(url, "http://") && !is_this_machine(host);
	return SOW_OK;
}

int address_read(struct address *a, struct arena *arena, const char *spec, struct sow_error *err)
{
	struct view rest = view_of(spec), url = take_piece(&rest);
	*a = (struct address){ .weight = 1 };
	const char *named = url_named(url);
	a->service = named ? arena_copyview(arena, url) : "";
	if (named)
		url = view_of(named);
	if (!is_url(url))
		return error_set(err, SOW_USAGE,
				 "--teacher %.*s: expected an address that begins with "
				 "http:// or https://",
				 VIEW_ARG(url));
	int status = read_url(a, arena, url, err);
	while (!status && rest.len)
		status = set_option(a, arena, take_piece(&rest), err);
	return status;
}
