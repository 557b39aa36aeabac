#include "teacher/http/answer.h"

#include <string.h>

#include "teacher/http/ending.h"
#include "teacher/http/mend.h"
#include "teacher/http/wire.h"

#define BYTES_PER_TOKEN 4

int64_t answer_tokens(const json_value *v)
{
	const int64_t most = INT64_C(1) << 32; /* more makes no sense */
	int64_t n = json_integer(v);
	return n > 0 && n < most ? n : 0;
}

enum answer_kind answer_finish(struct view reason, enum finish *out)
{
	static const enum answer_kind kinds[] = {
		[ENDING_STOP] = ANSWER_FINE, [ENDING_CUT] = ANSWER_FINE, [ENDING_UNKNOWN] = ANSWER_FINE,
		[ENDING_FILTERED] = ANSWER_FILTERED, [ENDING_FAILED] = ANSWER_FAILURE,
	};
	enum ending ending = ending_of(reason);
	*out = ending == ENDING_CUT ? FINISH_LENGTH : FINISH_STOP;
	return kinds[ending];
}

bool answer_has_error(const json_value *v)
{
	return json_type(json_get(v, "error")) > JSON_NULL;
}

/* Removes the private characters that stood for broken ones. */
static void undo_mending(struct view *text, struct buf *kept)
{
	struct buf whole = BUF_INIT;
	mend_undo(*text, &whole);
	buf_release(kept);
	*kept = whole;
	*text = view_from(kept->data, kept->len);
}

/* If the server counted no thoughts but sent some, they get their share of the answer's tokens. */
enum answer_kind answer_normalize(struct answer *a, const struct thoughts *t)
{
	struct view none = view_of("");
	if (!a->text.p)
		a->text = none;
	if (!a->reasoning.p)
		a->reasoning = none;
	if (a->mended) {
		undo_mending(&a->text, &a->text_kept);
		undo_mending(&a->reasoning, &a->reasoning_kept);
	}
	bool is_cut = a->finish == FINISH_LENGTH;
	if (!a->reasoning.len)
		thoughts_split(t, is_cut, &a->text, &a->reasoning, &a->reasoning_kept);
	size_t all = a->text.len + a->reasoning.len;
	if (a->counted && a->reasoning.len && !a->usage.reasoning_tokens)
		a->usage.reasoning_tokens = (int64_t)((double)a->usage.completion_tokens *
						      (double)a->reasoning.len / (double)all);
	/* An answer that was cut while it thought would be cut again. */
	bool is_blank = !view_trim(a->text).len && !(is_cut && a->reasoning.len);
	return is_blank ? ANSWER_BLANK : ANSWER_FINE;
}

struct json *answer_parse(struct view text, bool *mended)
{
	struct buf whole = BUF_INIT;
	struct json *doc = json_parse(text.p, text.len, NULL);
	if (doc)
		return doc;
	mend_json(text, &whole);
	doc = json_parse(whole.data, whole.len, NULL);
	*mended |= doc != NULL;
	buf_release(&whole);
	return doc;
}

/* The body without the end of an event stream, which some servers append. */
static struct view without_events(struct view body)
{
	size_t at = view_find(body, 0, "\ndata:");
	return view_trim(body).len && *view_trim(body).p == '{' ? view_sub(body, 0, at) : body;
}

static bool is_page(struct view body)
{
	static const char *const begins[] = { "<!doctype", "<html" };
	body = view_trim(body);
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		struct view begin = view_of(begins[i]);
		if (view_eqfold(view_sub(body, 0, begin.len), begin))
			return true;
	}
	return false;
}

/* The object in a body, parsed into a->doc; NULL, and *kind says what it is instead. */
static const json_value *open_body(struct view body, struct answer *a, enum answer_kind *kind)
{
	*kind = ANSWER_PAGE;
	if (is_page(body))
		return NULL;
	a->doc = answer_parse(body, &a->mended);
	if (!a->doc)
		a->doc = answer_parse(without_events(body), &a->mended);
	*kind = ANSWER_MALFORMED;
	return json_type(json_root(a->doc)) == JSON_OBJECT ? json_root(a->doc) : NULL;
}

enum answer_kind answer_read(const struct wire *w, struct view body, const struct thoughts *t,
			     struct answer *a)
{
	enum answer_kind kind;
	*a = (struct answer)ANSWER_INIT;
	a->text = a->reasoning = a->reason = view_of("");
	const json_value *root = open_body(body, a, &kind);
	if (!root)
		return kind;
	kind = w->read(root, a);
	if (a->text_kept.len)
		a->text = view_from(a->text_kept.data, a->text_kept.len);
	if (a->reasoning_kept.len)
		a->reasoning = view_from(a->reasoning_kept.data, a->reasoning_kept.len);
	if (a->numbers.len)
		return kind;
	enum answer_kind normal = answer_normalize(a, t);
	return kind == ANSWER_FINE ? normal : kind;
}

void answer_release(struct answer *a)
{
	json_free(a->doc);
	buf_release(&a->text_kept);
	buf_release(&a->reasoning_kept);
	buf_release(&a->numbers);
}

static int64_t tokens_of(size_t bytes)
{
	return (int64_t)((bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
}

int64_t answer_prompt_tokens(const struct request *r)
{
	size_t bytes = 0;
	for (size_t i = 0; i < r->part_count; i++)
		bytes += r->parts[i].text.len + r->parts[i].content.len + r->parts[i].tool_calls.len;
	bytes += r->tools.len + r->given.len;
	return tokens_of(bytes);
}

struct usage answer_count(const struct request *r, const struct answer *a)
{
	struct usage u = { 0 };
	if (a->counted)
		u = a->usage;
	if (!u.prompt_tokens) {
		u.prompt_tokens = answer_prompt_tokens(r);
		u.estimated = true;
	}
	if (!u.completion_tokens && !a->numbers.len) {
		u.reasoning_tokens = tokens_of(a->reasoning.len);
		u.completion_tokens = tokens_of(a->text.len) + u.reasoning_tokens;
		u.estimated = true;
	}
	return u;
}
