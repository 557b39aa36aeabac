#include "teacher/http/wire.h"

#include <string.h>

/* Hosts, and ends of addresses, that speak Anthropic's language: other services reserve such an address
 * for its clients. */
static bool is_anthropic(const struct address *a)
{
	struct view url = view_of(a->url);
	return strcmp(a->service, "anthropic") == 0 || strcmp(a->host, "api.anthropic.com") == 0 ||
	       view_ends(url, "/anthropic") || view_ends(url, "/anthropic/v1");
}

const struct wire *wire_of(const struct address *a, const char *api)
{
	if (strcmp(a->call, "/messages") == 0 || (api && strcmp(api, "messages") == 0))
		return &wire_anthropic;
	return !*a->call && is_anthropic(a) ? &wire_anthropic : &wire_openai;
}
