/* api.h - the APIs of services that answer requests in batches: a row for each, and what is
 * written to them and read from them. Nothing is sent here.
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
	const char *hosts;     /* parted by '|', "" for any that speaks the language */
	const char *path;      /* behind the server's address */
	const char *purpose;   /* of the file that the requests are uploaded in; NULL: they go along */
	const char *cancel;    /* behind the path of a batch; NULL: it cannot be cancelled */
	const char *results;   /* likewise; NULL: they are files, which its status names */
	const char *body;      /* the member of a line that holds the request */
	const char *window;    /* member and value that say by when; "": there is none */
	bool says_where;       /* a line names method and address */
	bool says_model;       /* the batch names the model */
	bool is_named;         /* takes metadata, by which it can be found again */
	bool in_pages;         /* results come in pages, and not as lines */
	int64_t requests;      /* of one batch, at most */
	size_t bytes;          /* likewise */
};

const struct batch_api *batch_api_of(const char *host, const struct wire *w);
/* For tests and documents: the ith row, NULL past the last. */
const struct batch_api *batch_api_row(size_t i);

/* Appends one request; `id` is what its answer is known by. */
void batch_api_line(const struct batch_api *api, struct buf *out, const char *id, const char *endpoint,
		    struct view body);

/* What makes a batch. The requests are in a file that is called `file`, or are `lines`, parted by
 * newlines. `model` is JSON. */
void batch_api_create(const struct batch_api *api, struct buf *out, const char *name,
		      const char *endpoint, const char *model, struct view file, struct view lines);

/* What the server says about a batch. Views of the document. */
struct batch_news {
	struct view id;              /* empty: this is no batch */
	struct view name;            /* from its metadata */
	struct view status;          /* the server's word */
	enum { BATCH_RUNS, BATCH_ENDED, BATCH_FAILED } state;
	int64_t total, answered, failed; /* 0: not said */
	int64_t made, expires;       /* wall clock, ns; 0: not said */
	struct view files[2];        /* of answers and of failures; empty: none */
	const json_value *errors;    /* of one that failed as a whole; NULL: none */
};
void batch_api_read(const struct batch_api *api, const json_value *root, struct batch_news *news);

/* One line of results. */
struct batch_line {
	struct view id;              /* empty: this is no result */
	enum { LINE_ANSWER, LINE_FAILURE, LINE_NOT_ASKED } kind;
	int status;                  /* of HTTP; 0: not said */
	const json_value *body;      /* the answer, or what is said of the failure */
};
void batch_api_result(const json_value *root, struct batch_line *line);

#endif
