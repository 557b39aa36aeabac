/* stream.h - an answer that comes in pieces, as server-sent events.
 *
 *     struct stream s = STREAM_INIT;
 *     s.wire = &wire_openai;
 *     while (…)
 *             if (!stream_take(&s, bytes))           // too big
 *     enum answer_kind kind = stream_end(&s, NULL, &answer);
 *     answer_release(&answer);
 *     stream_clear(&s);                              // for the next one
 *
 * Bytes may be cut anywhere, also within a character. Only the text is kept, not the events around
 * it. Lines without a JSON object are skipped: proxies send them to keep a connection. A body that
 * is not an event stream (errors are not) is kept unchanged, in `body`.
 */
#ifndef TEACHER_HTTP_STREAM_H
#define TEACHER_HTTP_STREAM_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"
#include "teacher/http/answer.h"

#define STREAM_BODY_MAX ((size_t)16 << 20)

struct wire;

struct stream {
	const struct wire *wire; /* whose events they are; set before the first byte */
	enum { STREAM_UNKNOWN, STREAM_EVENTS, STREAM_BODY } form;
	struct buf line;       /* incomplete */
	struct buf body;       /* of STREAM_BODY; of STREAM_EVENTS, the event that was an error */
	struct buf text, reasoning;
	struct buf reason;     /* why it ended, in the server's word */
	enum answer_kind kind; /* of the worst event */
	enum finish finish;
	bool finished;         /* the server reported the end */
	bool done;             /* and that nothing follows */
	bool chosen;           /* there was a choice, */
	int64_t index;         /* this one: those beside it are passed over */
	bool calls;            /* it calls a tool */
	bool mended;           /* an event was broken JSON */
	bool counted;
	struct usage usage;
};

#define STREAM_INIT { .line = BUF_INIT, .body = BUF_INIT, .text = BUF_INIT, \
		      .reasoning = BUF_INIT, .reason = BUF_INIT }

/* False if there is no room for the bytes. */
bool stream_take(struct stream *s, struct view bytes);

/* The same as answer_read says of a complete answer. A stream that stops before the server reports its
 * end is ANSWER_MALFORMED. Views live until stream_clear. */
enum answer_kind stream_end(struct stream *s, const struct thoughts *t, struct answer *a);

/* The same for a body that arrived complete; `s` is empty before. An event stream is read even if the
 * request did not ask for one. */
enum answer_kind stream_read(struct stream *s, struct view body, const struct thoughts *t,
			     struct answer *a);

void stream_clear(struct stream *s);          /* empty, memory and language kept */
void stream_release(struct stream *s);

/* For the readers of a language (wire.h). */
/* The object that an event holds (json_free); NULL if it holds none, or a broken one. */
struct json *stream_parse(struct stream *s, struct view data);
void stream_ended(struct stream *s, struct view reason);
/* The event is an error: its data is kept in `body`. */
void stream_failed(struct stream *s, struct view data);

#endif
