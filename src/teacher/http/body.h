/* body.h - a request as the server reads it.
 *
 *     status = body_write(&out, &style, &dialect, request, &sent);
 *
 * A chat goes to /chat/completions, and raw text there becomes one message of the user's. Raw
 * text goes to /completions; a chat can't. Texts are copied once, into `out`; they are UTF-8
 * (request_seal has seen to that).
 */
#ifndef TEACHER_HTTP_BODY_H
#define TEACHER_HTTP_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/request.h"
#include "sow/sow.h"
#include "teacher/http/dialect.h"

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

/* Appends the body to `out`, in the dialect `d`; *sent is what it holds. SOW_OK,
 * SOW_NOMEM, or SOW_USAGE for a chat in a style that is none. */
int body_write(struct buf *out, const struct body_style *s, const struct dialect *d,
	       const struct request *r, struct dialect_sent *sent);

#endif
