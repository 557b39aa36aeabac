/* body.h - the body of a request: the parts that every language writes (wire.h writes the whole).
 *
 * Texts are copied once, into `out`; they are UTF-8 (request_set_key checks that). */
#ifndef TEACHER_HTTP_BODY_H
#define TEACHER_HTTP_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/request.h"
#include "sow/sow.h"
#include "teacher/http/param_support.h"

/* The same for all requests to a pool. */
struct body_style {
	const char *model;     /* as a JSON text, with its quotes */
	bool chat;
	bool stream;
	int64_t max_completion_tokens; /* least bound, by that name; 0: "max_tokens" is tried first */
	const char *extra;     /* members, as body_extra makes them; "": none */
	uint32_t overridden;   /* parts that `extra` sets */
};

/* Reads the user's members for every request, a JSON object. *members is the caller's (mem_free).
 * SOW_USAGE if it is not an object, or sets a member that it may not set. */
int body_extra(const char *json, char **members, uint32_t *overridden, struct sow_error *err);

/* Pieces for the writers of a language. */
struct body_writer {
	struct buf *out;
	const struct param_support *d;
	struct params_sent *sent;
	uint32_t overridden;
};
/* The beginning: the model. */
struct body_writer body_begin(struct buf *out, const struct body_style *s, const struct param_support *d,
			      struct params_sent *sent);
/* True if the part may be sent: then ,"NAME": is written. */
bool body_open(struct body_writer *w, enum param part, const char *name);
void body_number(struct body_writer *w, enum param part, double x);
void body_integer(struct body_writer *w, enum param part, int64_t n);
/* 0 for sampling that is greedy by its top_p. */
void body_temperature(struct body_writer *w, const struct sampling *s);
/* A bound of so many tokens, or of the style's least bound if that is larger. */
void body_bound(struct body_writer *w, const struct body_style *s, enum param part, int64_t most);
/* As many stops as the server takes; the client applies all of them as well. */
void body_stops(struct body_writer *w, const char *name, const struct sampling *s, bool takes_blanks);
void body_stream(const struct body_writer *w, const struct body_style *s);
/* A member that is a text. */
void body_text(struct buf *out, const char *name, struct view text);
/* A member whose value is JSON; a view with a NULL `p` is a failure. */
void body_json(struct buf *out, const char *name, struct view json);
/* The user's members, and the end. */
void body_end(const struct body_writer *w, const struct body_style *s);
/* Why a request cannot be sent: the status of a language's `write`, in words. */
const char *body_refusal(int status);
/* Memory for the calls of its turns; NULL if there are none. */
struct arena *body_arena(const struct request *r);

#endif
