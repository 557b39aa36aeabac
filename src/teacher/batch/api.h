/* api.h - the APIs of services that answer requests in batches: one row each, and functions that write
 * their requests and read their responses. Nothing is sent here.
 *
 *     const struct batch_api *api = batch_api_of(host, wire);
 *     batch_api_line(api, &out, id, "/v1/chat/completions", body);
 *     batch_api_read(api, json_root(doc), &news);
 *
 * Sources: the APIs' own pages, named in docs/guide/batches.md.
 */
#ifndef TEACHER_BATCH_API_H
#define TEACHER_BATCH_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "io/json.h"
#include "teacher/http/wire.h"

struct batch_api {
	const char *name;
	const char *hosts;     /* parted by '|'; "" for any host that speaks the language */
	const char *path;      /* appended to the server's address */
	const char *purpose;   /* of the uploaded file of requests; NULL: they are part of the call */
	const char *cancel;    /* appended to the path of a batch; NULL: it cannot be cancelled */
	const char *results;   /* likewise; NULL: results are files, which the batch's status names */
	const char *body;      /* the member of a line that holds the request */
	const char *window;    /* member and value that set the deadline; "": none */
	bool says_where;       /* a line names method and address */
	bool says_model;       /* the batch names the model */
	bool is_named;         /* takes metadata, by which the program finds it again */
	bool in_pages;         /* results come in pages, not as lines */
	int64_t requests;      /* of one batch, at most */
	size_t bytes;          /* likewise */
};

const struct batch_api *batch_api_of(const char *host, const struct wire *w);
/* For tests and documents: the ith row, NULL past the last. */
const struct batch_api *batch_api_row(size_t i);

/* Appends one request; its result carries `id`. */
void batch_api_line(const struct batch_api *api, struct buf *out, const char *id, const char *endpoint,
		    struct view body);

/* Appends the body that creates a batch. The requests are in the uploaded file named `file`, or are `lines`,
 * parted by newlines. `model` is JSON. */
void batch_api_create(const struct batch_api *api, struct buf *out, const char *name,
		      const char *endpoint, const char *model, struct view file, struct view lines);

/* A server's report of a batch. Views of the document. */
struct batch_news {
	struct view id;              /* empty: this is not a batch */
	struct view name;            /* from its metadata */
	struct view status;          /* the server's own word */
	enum { BATCH_RUNS, BATCH_ENDED, BATCH_FAILED } state;
	int64_t total, answered, failed; /* 0: not reported */
	int64_t made, expires;       /* wall clock, ns; 0: not reported */
	struct view files[2];        /* of answers and of failures; empty: none */
	const json_value *errors;    /* of a batch that failed as a whole; NULL: none */
};
void batch_api_read(const struct batch_api *api, const json_value *root, struct batch_news *news);

/* One line of results. */
struct batch_line {
	struct view id;              /* empty: this is not a result */
	enum { LINE_ANSWER, LINE_FAILURE, LINE_NOT_ASKED } kind;
	int status;                  /* of HTTP; 0: not reported */
	const json_value *body;      /* the answer, or the server's words about the failure */
};
void batch_api_result(const json_value *root, struct batch_line *line);

#endif
