#include "teacher/http/answer_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/json.h"
#include "teacher/http/backoff.h"

#define RESET_MAX 9e18 /* latest ns since 1970 that fits, in the year 2255 */

/* FastAPI: {"detail": [{"loc": ["body", "top_k"], "msg": "…", "type": "extra_forbidden"}]} */
static void read_detail(const json_value *detail, struct answer_words *w)
{
	w->message = json_text(detail);
	const json_value *first = json_first(detail);
	if (json_type(detail) != JSON_ARRAY || !first)
		return;
	w->message = json_text(json_get(first, "msg"));
	w->type = json_text(json_get(first, "type"));
	const json_value *loc = json_get(first, "loc");
	for (const json_value *v = json_first(loc); v; v = json_next(loc, v))
		w->param = json_text(v);
}

static void read_error(const json_value *e, struct answer_words *w)
{
	if (json_type(e) == JSON_TEXT) {
		w->message = json_text(e);
		return;
	}
	const json_value *code = json_get(e, "code");
	w->message = json_text(json_get(e, "message"));
	w->code = json_text(code);
	w->type = json_text(json_get(e, "type"));
	w->param = json_text(json_get(e, "param"));
	int64_t status = json_integer(code);
	w->status = status >= 400 && status <= 599 ? (int)status : 0;
}

/* "7m12s", even at the end of a sentence. */
static int64_t read_duration(struct view text)
{
	size_t len = 0;
	while (len < text.len && (ascii_digit(text.p[len]) || ascii_alpha(text.p[len]) ||
				  text.p[len] == '.'))
		len++;
	while (len && text.p[len - 1] == '.')
		len--;
	return backoff_duration(view_sub(text, 0, len), CLOCK_SECOND);
}

/* "Please try again in 20s." */
static int64_t read_sentence(struct view message)
{
	static const char *const words[] = { "try again in ", "retry in ", "retry after " };
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t at = view_find(message, 0, words[i]);
		int64_t after = at == VIEW_NONE ? -1
						: read_duration(view_sub(message, at + strlen(words[i]),
									 message.len));
		if (after >= 0)
			return after;
	}
	return -1;
}

/* Milliseconds since 1970 as ns; 0 if it is not a time. */
static int64_t read_reset(const char *text)
{
	double ns = strtod(text, NULL) * (double)CLOCK_MS;
	if (!(ns > 0)) /* or NaN */
		return 0;
	return (int64_t)(ns < RESET_MAX ? ns : RESET_MAX);
}

/* Limits that proxies and Google write in the body instead of a header. */
static void read_limits(const json_value *e, struct answer_words *w)
{
	const json_value *headers = json_get(json_get(e, "metadata"), "headers");
	const json_value *details = json_get(e, "details");
	struct view reset = json_text(json_get(headers, "X-RateLimit-Reset")); /* OpenRouter's: ms */
	if (reset.len > 12)
		w->reset = read_reset(reset.p);
	for (const json_value *v = json_first(details); v; v = json_next(details, v)) {
		struct view delay = json_text(json_get(v, "retryDelay"));
		const json_value *quota = json_first(json_get(v, "violations"));
		if (delay.len)
			w->after = read_duration(delay);
		if (json_text(json_get(quota, "quotaId")).len)
			w->quota = json_text(json_get(quota, "quotaId"));
	}
	if (w->after < 0 && json_number(json_get(e, "retry_after")) > 0)
		w->after = backoff_limit(json_number(json_get(e, "retry_after")) * (double)CLOCK_SECOND);
	if (w->after < 0)
		w->after = read_sentence(w->message);
}

void answer_words_read(struct view body, struct answer_words *w)
{
	*w = (struct answer_words){ .message = view_of(""), .after = -1 };
	w->code = w->type = w->param = w->quota = w->message;
	w->doc = json_parse(body.p, body.len, NULL);
	const json_value *root = json_root(w->doc), *error = json_get(root, "error");
	const json_value *choice = json_first(json_get(root, "choices"));
	if (json_type(root) == JSON_ARRAY) /* Google wraps it once more */
		error = json_get(json_first(root), "error");
	if (!error)
		error = json_get(choice, "error");
	if (json_type(error) > JSON_NULL)
		read_error(error, w);
	else if (json_get(root, "detail"))
		read_detail(json_get(root, "detail"), w);
	else
		read_error(root, w);
	read_limits(json_type(error) == JSON_OBJECT ? error : root, w);
	w->has_no_message = !w->message.len;
	if (w->has_no_message)
		w->message = view_trim(body);
	if (!w->message.p)
		w->message = view_of("");
}

void answer_words_release(struct answer_words *w)
{
	json_free(w->doc);
}
