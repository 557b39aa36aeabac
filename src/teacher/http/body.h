/* body.h - the body of a request: what every language writes into it (wire.h writes the whole).
 *
 * Texts are copied once, into `out`; they are UTF-8 (request_set_key has seen to that). */
#ifndef TEACHER_HTTP_BODY_H
#define TEACHER_HTTP_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/request.h"
#include "sow/sow.h"
#include "teacher/http/param_support.h"

/* What is the same for all requests to a pool. */
struct body_style {
	const char *model;     /* as a JSON text, with its quotes */
	bool chat;
	bool stream;
	int64_t max_completion_tokens; /* least bound, by that name; 0: "max_tokens" is tried first */
	const char *extra;     /* members, as body_extra makes them; "": none */
	uint32_t overridden;   /* parts that are among them */
};

/* Reads what the user wants in each request, a JSON object. *members is the caller's
 * (mem_free). SOW_USAGE if it is none, or sets what is not for it to set. */
int body_extra(const char *json, char **members, uint32_t *overridden, struct sow_error *err);

/* Pieces that writers of a language are made of. */
struct body_writer {
	struct buf *out;
	const struct param_support *d;
	struct params_sent *sent;
	uint32_t overridden;
};
/* The beginning: the model. */
struct body_writer body_begin(struct buf *out, const struct body_style *s, const struct param_support *d,
			      struct params_sent *sent);
/* True if the part may be sent: ,"NAME": is written then. */
bool body_open(struct body_writer *w, enum param part, const char *name);
void body_number(struct body_writer *w, enum param part, double x);
void body_integer(struct body_writer *w, enum param part, int64_t n);
/* 0 for what is greedy by its top_p. */
void body_temperature(struct body_writer *w, const struct sampling *s);
/* A bound of so many tokens, or of so many as the style wants at least. */
void body_bound(struct body_writer *w, const struct body_style *s, enum param part, int64_t most);
/* As many stops as the server takes; all of them are applied here as well. */
void body_stops(struct body_writer *w, const char *name, const struct sampling *s, bool takes_blanks);
void body_stream(const struct body_writer *w, const struct body_style *s);
/* A member that is a text. */
void body_text(struct buf *out, const char *name, struct view text);
/* A member whose value is JSON; one without `p` is a failure. */
void body_json(struct buf *out, const char *name, struct view json);
/* What the user adds, and the end. */
void body_end(const struct body_writer *w, const struct body_style *s);
/* Why a request cannot be sent: what a language's `write` returned, in words. */
const char *body_refusal(int status);
/* Memory for the calls of its turns; NULL where there are none. */
struct arena *body_arena(const struct request *r);

#endif
