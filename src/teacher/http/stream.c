#include "teacher/http/stream.h"

#include <string.h>

/* -- one event ------------------------------------------------------------------------ */

/* Most events hold a piece of the answer, some servers' the whole of it: that stands for all that
 * came before. */
static void take_message(struct stream *s, const json_value *choice)
{
	const json_value *delta = json_get(choice, "delta"), *whole = json_get(choice, "message");
	if (json_type(delta) == JSON_OBJECT) {
		answer_add(delta, &s->text, &s->reasoning);
	} else if (json_type(whole) == JSON_OBJECT) {
		struct buf text = BUF_INIT, reasoning = BUF_INIT;
		answer_add(whole, &text, &reasoning);
		buf_cut(&s->text, text.len ? 0 : s->text.len);
		buf_cut(&s->reasoning, reasoning.len ? 0 : s->reasoning.len);
		buf_add(&s->text, text.data, text.len);
		buf_add(&s->reasoning, reasoning.data, reasoning.len);
		buf_release_part(&text, &s->text);
		buf_release_part(&reasoning, &s->reasoning);
	} else {
		struct view text = json_text(json_get(choice, "text"));
		buf_add(&s->text, text.p, text.len);
	}
}

static void take_choice(struct stream *s, const json_value *choice)
{
	struct view reason = json_text(json_get(choice, "finish_reason"));
	s->chosen = true;
	s->calls = s->calls || answer_calls(json_get(choice, "delta")) ||
		   answer_calls(json_get(choice, "message"));
	take_message(s, choice);
	if (!reason.len)
		return;
	s->finished = true;
	buf_clear(&s->reason);
	buf_add(&s->reason, reason.p, reason.len);
	if (s->kind == ANSWER_FINE)
		s->kind = answer_finish(reason, &s->finish);
}

static void take_event(struct stream *s, struct view data)
{
	int status = SOW_OK;
	if (view_eqstr(data, "[DONE]")) {
		s->finished = true;
		return;
	}
	if (!view_starts(data, "{"))
		return;
	struct json *doc = answer_parse(data, &s->mended, &status);
	const json_value *root = json_root(doc), *choice = json_first(json_get(root, "choices"));
	bool failed = json_type(json_get(root, "error")) > JSON_NULL ||
		      json_type(json_get(choice, "error")) > JSON_NULL;
	if (failed && s->kind != ANSWER_FAILURE) {
		s->kind = ANSWER_FAILURE;
		buf_clear(&s->body);
		buf_add(&s->body, data.p, data.len);
	} else if (choice) {
		take_choice(s, choice);
	} else if (!doc && s->kind == ANSWER_FINE) {
		s->kind = status == SOW_NOMEM ? ANSWER_NOMEM : ANSWER_MALFORMED;
	}
	s->counted |= answer_usage(json_get(root, "usage"), &s->usage);
	json_free(doc);
}

/* -- lines ---------------------------------------------------------------------------- */

/* A field and its value; comments, and the fields "event", "id" and "retry", say nothing here.
 * Servers of this kind put each event's data into one line. */
static void take_line(struct stream *s, struct view line)
{
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	if (view_starts(line, "data:"))
		take_event(s, view_trim(view_sub(line, 5, line.len)));
}

static const struct view mark = { "\xEF\xBB\xBF", 3 }; /* byte order mark */

static struct view without_mark(struct view text)
{
	return view_starts(text, mark.p) ? view_sub(text, mark.len, text.len) : text;
}

/* By how it begins: known once the first line is long enough to tell. */
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

/* -- the end -------------------------------------------------------------------------- */

enum answer_kind stream_end(struct stream *s, const struct thoughts *t, struct answer *a)
{
	if (s->form != STREAM_EVENTS)
		return answer_read(view_from(s->body.data, s->body.len), t, a);
	take_line(s, view_from(s->line.data, s->line.len)); /* its newline may be missing */
	*a = (struct answer){
		.text = view_from(s->text.data, s->text.len),
		.reasoning = view_from(s->reasoning.data, s->reasoning.len),
		.reason = view_from(s->reason.data, s->reason.len),
		.finish = s->finish, .usage = s->usage, .counted = s->counted, .mended = s->mended,
		.text_kept = BUF_INIT, .reasoning_kept = BUF_INIT,
	};
	enum answer_kind settled = answer_settle(a, t);
	if (!is_whole(s) || settled == ANSWER_NOMEM)
		return ANSWER_NOMEM;
	if (s->kind != ANSWER_FINE)
		return s->kind;
	if (!s->finished)
		return ANSWER_MALFORMED;
	if (s->calls)
		return ANSWER_CALLS;
	return s->chosen ? settled : ANSWER_EMPTY;
}

void stream_clear(struct stream *s)
{
	buf_clear(&s->line);
	buf_clear(&s->body);
	buf_clear(&s->text);
	buf_clear(&s->reasoning);
	buf_clear(&s->reason);
	*s = (struct stream){ .line = s->line, .body = s->body, .text = s->text,
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
