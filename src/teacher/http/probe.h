/* probe.h - finds out what a server can do, by a handful of tiny requests.
 *
 *     struct probe p;
 *     int status = probe_server(&p, &options, err);   // one server; o->model NULL: its first
 *     for (size_t i = 0; i < p.count; i++)
 *             … p.list[i] …
 *     probe_release(&p);
 *
 * Each is sent once, unless the server refuses a part of it. A server that cannot be reached, or that
 * refuses the key, gets no further requests.
 */
#ifndef TEACHER_HTTP_PROBE_H
#define TEACHER_HTTP_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "sow/sow.h"
#include "teacher/teacher.h"

enum probe_verdict {
	PROBE_NO,
	PROBE_YES,
	PROBE_IGNORED,               /* accepted, without effect */
	PROBE_UNKNOWN                /* not tried, or the answer does not show it */
};
extern const char *const probe_verdict_names[]; /* "no", "yes", "ignored", "unknown" */

struct probe_finding {
	const char *name;            /* "models" */
	enum probe_verdict verdict;
	struct buf found;            /* one line; may be empty */
};

#define PROBES_MAX 24

struct probe {
	char *url, *model, *language; /* mem_free by probe_release; the model may be NULL */
	int requests;                /* sent */
	bool answers;                /* to a chat or a completion request */
	struct probe_finding list[PROBES_MAX];
	size_t count;
};

/* SOW_OK, whatever was found; SOW_USAGE for options that make no sense, SOW_IO. */
int probe_server(struct probe *p, const struct teacher_options *o, struct sow_error *err);
void probe_release(struct probe *p);

#endif
