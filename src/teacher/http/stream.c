#include "teacher/http/stream.h"

#include <string.h>

#include "teacher/http/wire.h"

struct json *stream_parse(struct stream *s, struct view data)
{
	if (!view_starts(data, "{"))
		return NULL;
	struct json *doc = answer_parse(data, &s->mended);
	if (!doc && s->kind == ANSWER_FINE)
		s->kind = ANSWER_MALFORMED;
	return doc;
}

void stream_ended(struct stream *s, struct view reason)
{
	s->finished = true;
	buf_clear(&s->reason);
	buf_add(&s->reason, reason.p, reason.len);
	if (s->kind == ANSWER_FINE)
		s->kind = answer_finish(reason, &s->finish);
}

void stream_failed(struct stream *s, struct view data)
{
	s->kind = ANSWER_FAILURE;
	buf_clear(&s->body);
	buf_add(&s->body, data.p, data.len);
}

/* A field and its value; comments, and the fields "event", "id" and "retry", are ignored.
 * Servers of this kind put each event's data into one line. */
static void take_line(struct stream *s, struct view line)
{
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	if (view_starts(line, "data:"))
		s->wire->event(s, view_trim(view_sub(line, 5, line.len)));
}

static const struct view mark = { "\xEF\xBB\xBF", 3 }; /* byte order mark */

static struct view without_mark(struct view text)
{
	return view_starts(text, mark.p) ? view_sub(text, mark.len, text.len) : text;
}

/* Detects the form from the beginning, once the first line is long enough. */
static void find_form(struct stream *s, struct view begun)
{
	static const char *const fields[] = { "data:", "event:", "id:", "retry:", ":" };
	if (begun.len < mark.len && view_eq(begun, view_sub(mark, 0, begun.len)))
		return;
	begun = without_mark(begun);
	while (begun.len && ascii_space(*begun.p))
		begun = view_sub(begun, 1, begun.len);
	bool open = false;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		struct view field = view_of(fields[i]);
		if (view_starts(begun, fields[i]))
			s->form = STREAM_EVENTS;
		open |= begun.len < field.len && view_eq(begun, view_sub(field, 0, begun.len));
	}
	if (s->form == STREAM_UNKNOWN && !open)
		s->form = STREAM_BODY;
}

static bool is_whole(const struct stream *s)
{
	return !buf_failed(&s->line) && !buf_failed(&s->body) && !buf_failed(&s->text) &&
	       !buf_failed(&s->reasoning) && !buf_failed(&s->reason);
}

static void take_lines(struct stream *s)
{
	struct view rest = view_from(s->line.data, s->line.len);
	const char *end;
	while (rest.len && (end = memchr(rest.p, '\n', rest.len))) {
		size_t len = (size_t)(end - rest.p);
		take_line(s, without_mark(view_sub(rest, 0, len)));
		rest = view_sub(rest, len + 1, rest.len);
	}
	size_t left = rest.len;
	if (left)
		memmove(s->line.data, rest.p, left);
	buf_cut(&s->line, left);
}

bool stream_take(struct stream *s, struct view bytes)
{
	s->line.cap = s->body.cap = s->text.cap = s->reasoning.cap = STREAM_BODY_MAX;
	if (s->form == STREAM_BODY)
		return !buf_add(&s->body, bytes.p, bytes.len);
	buf_add(&s->line, bytes.p, bytes.len);
	if (s->form == STREAM_UNKNOWN)
		find_form(s, view_from(s->line.data, s->line.len));
	if (s->form == STREAM_BODY) {
		buf_add(&s->body, s->line.data, s->line.len);
		buf_clear(&s->line);
	} else if (s->form == STREAM_EVENTS && memchr(bytes.p, '\n', bytes.len)) {
		take_lines(s);
	}
	return is_whole(s);
}

enum answer_kind stream_end(struct stream *s, const struct thoughts *t, struct answer *a)
{
	if (s->form != STREAM_EVENTS)
		return answer_read(s->wire, view_from(s->body.data, s->body.len), t, a);
	take_line(s, view_from(s->line.data, s->line.len)); /* its newline may be missing */
	*a = (struct answer){
		.text = view_from(s->text.data, s->text.len),
		.reasoning = view_from(s->reasoning.data, s->reasoning.len),
		.reason = view_from(s->reason.data, s->reason.len),
		.finish = s->finish, .usage = s->usage, .counted = s->counted, .mended = s->mended,
		.text_kept = BUF_INIT, .reasoning_kept = BUF_INIT, .numbers = BUF_INIT,
	};
	enum answer_kind normal = answer_normalize(a, t);
	if (!is_whole(s))
		return ANSWER_MALFORMED;
	if (s->kind != ANSWER_FINE)
		return s->kind;
	if (!s->finished)
		return ANSWER_MALFORMED;
	if (s->calls)
		return ANSWER_CALLS;
	return s->chosen ? normal : ANSWER_EMPTY;
}

enum answer_kind stream_read(struct stream *s, struct view body, const struct thoughts *t,
			     struct answer *a)
{
	enum answer_kind kind = answer_read(s->wire, body, t, a);
	if (kind != ANSWER_MALFORMED || !stream_take(s, body) || s->form != STREAM_EVENTS)
		return kind;
	answer_release(a);
	return stream_end(s, t, a);
}

void stream_clear(struct stream *s)
{
	buf_clear(&s->line);
	buf_clear(&s->body);
	buf_clear(&s->text);
	buf_clear(&s->reasoning);
	buf_clear(&s->reason);
	*s = (struct stream){ .wire = s->wire, .line = s->line, .body = s->body, .text = s->text,
			      .reasoning = s->reasoning, .reason = s->reason };
}

void stream_release(struct stream *s)
{
	buf_release(&s->line);
	buf_release(&s->body);
	buf_release(&s->text);
	buf_release(&s->reasoning);
	buf_release(&s->reason);
}
