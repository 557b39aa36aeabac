/* services.h - hosted services, by their hosts: where to find the key of each.
 *
 *     const char *variable = services_variable(address.url, address.host);
 *     const char *header = services_header(address.host);
 *
 * A key goes only to the host it belongs to: OPENAI_API_KEY to OpenAI's and to that of
 * OPENAI_BASE_URL, ANTHROPIC_API_KEY likewise, OPENROUTER_API_KEY to OpenRouter's, and so on.
 */
#ifndef TEACHER_HTTP_SERVICES_H
#define TEACHER_HTTP_SERVICES_H

#include <stddef.h>

#define SERVICE_VARIABLES 2

struct service {
	const char *host;      /* with a dot in front: any host with that end */
	const char *variables[SERVICE_VARIABLES]; /* the first that is set holds the key */
	const char *header;    /* "NAME: " before the key */
};

/* The variable that holds the key of a server; NULL: none is set, or the host is unknown. */
const char *services_variable(const char *url, const char *host);
/* The variable that a service of that host always needs; NULL: the host is unknown, or some of its
 * servers need no key. */
const char *services_wants(const char *host);
/* How the key is sent: "Authorization: Bearer " mostly. */
const char *services_header(const char *host);

/* For tests and documents: the ith row, NULL past the last. */
const struct service *services_row(size_t i);

#endif
