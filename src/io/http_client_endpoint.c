/* Endpoints: addresses with the headers that go there, and whether a redirect may see the secret ones. */
#include "io/http_client_private.h"

#include "base/error.h"
#include "base/mem.h"

static void add_lines(struct curl_slist **list, const char *const *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		*list = curl_slist_append(*list, lines[i]);
		http_must(*list);
	}
}

static int check_url(const char *url, struct sow_error *err)
{
	CURLU *u = curl_url();
	http_must(u);
	CURLUcode code = curl_url_set(u, CURLUPART_URL, url, 0);
	curl_url_cleanup(u);
	return code ? error_set(err, SOW_INVALID, "%s: %s", url, curl_url_strerror(code)) : SOW_OK;
}

struct http_endpoint *http_endpoint_new(struct http *h, const char *url,
					const char *const *headers, size_t header_count,
					const char *const *secrets, size_t secret_count,
					struct sow_error *err)
{
	/* Without "Expect:" curl waits for "100 Continue" before it sends a larger body. */
	static const char *const always[] = { "Expect:", "Content-Type: application/json" };
	size_t count = 2;
	for (size_t i = 0; i < header_count; i++)
		count = view_starts(view_of(headers[i]), "Content-Type:") ? 1 : count;
	if (check_url(url, err))
		return NULL;
	struct http_endpoint *p = mem_zalloc(sizeof(*p));
	p->next = h->endpoints;
	h->endpoints = p;
	p->url = mem_copystr(url);
	add_lines(&p->open, always, count);
	add_lines(&p->open, headers, header_count);
	add_lines(&p->all, always, count);
	add_lines(&p->all, headers, header_count);
	add_lines(&p->all, secrets, secret_count);
	return p;
}

/* One part of an address, "" if it has none; to be freed with curl_free. */
static char *part(CURLU *u, CURLUPart which)
{
	char *text = NULL;
	curl_url_get(u, which, &text, CURLU_DEFAULT_PORT);
	return text;
}

static bool same(const char *a, const char *b)
{
	return a && b && view_eqfold(view_of(a), view_of(b));
}

bool http_endpoint_same(const char *from, const char *to)
{
	CURLU *a = curl_url(), *b = curl_url();
	bool fits = a && b && !curl_url_set(a, CURLUPART_URL, from, 0) &&
		    !curl_url_set(b, CURLUPART_URL, to, 0);
	if (fits) {
		char *scheme_a = part(a, CURLUPART_SCHEME), *scheme_b = part(b, CURLUPART_SCHEME);
		char *host_a = part(a, CURLUPART_HOST), *host_b = part(b, CURLUPART_HOST);
		char *port_a = part(a, CURLUPART_PORT), *port_b = part(b, CURLUPART_PORT);
		bool safer = same(scheme_a, "http") && same(port_a, "80") &&
			     same(scheme_b, "https") && same(port_b, "443");
		fits = same(host_a, host_b) &&
		       (safer || (same(scheme_a, scheme_b) && same(port_a, port_b)));
		char *const parts[] = { scheme_a, scheme_b, host_a, host_b, port_a, port_b };
		for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			curl_free(parts[i]);
	}
	curl_url_cleanup(a);
	curl_url_cleanup(b);
	return fits;
}
