#include "method/rubric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/json.h"

static bool is_name(struct view v)
{
	bool fine = v.len > 0 && v.len < 64 && !ascii_digit(v.p[0]);
	for (size_t i = 0; i < v.len && fine; i++)
		fine = ascii_alpha(v.p[i]) || ascii_digit(v.p[i]) || v.p[i] == '_';
	return fine;
}

/* Takes "1..5" off the front of *text. */
static bool take_scale(struct view *text, struct rubric *r)
{
	char copy[48] = "", *end;
	struct view front = view_sub(*text, 0, sizeof(copy) - 1);
	memcpy(copy, front.p, front.len);
	r->least = strtod(copy, &end);
	/* "1." is also a number: of "1..5" it would leave ".5" */
	if (end > copy && end[-1] == '.')
		end--;
	if (end == copy || strncmp(end, "..", 2) != 0)
		return false;
	char *second = end + 2;
	r->most = strtod(second, &end);
	if (end == second || !isfinite(r->least) || !isfinite(r->most) || r->least >= r->most)
		return false;
	*text = view_sub(*text, (size_t)(end - copy), text->len);
	return true;
}

/* True if an end is too large for exact means of grades and values between the ends. */
static bool is_far(const struct rubric *r)
{
	return fabs(r->least) > RUBRIC_END_MAX || fabs(r->most) > RUBRIC_END_MAX;
}

static bool has_halves(struct view text)
{
	return view_find(text, 0, "halves") != VIEW_NONE || view_find(text, 0, "Halves") != VIEW_NONE;
}

static int fill(struct arena *a, const char *said, struct view name, struct view text,
		struct rubric *out, struct sow_error *err)
{
	text = view_trim(text);
	if (!is_name(name) || !take_scale(&text, out) || !view_trim(text).len)
		return error_set(err, SOW_USAGE, "--rubric '%s': expected a name of letters, a scale and what "
				 "is graded, such as 'tone=1..5 How friendly is it?'", said);
	if (is_far(out))
		return error_set(err, SOW_USAGE, "--rubric %.*s: expected a scale between -%g and %g",
				 VIEW_ARG(name), RUBRIC_END_MAX, RUBRIC_END_MAX);
	struct buf reason = BUF_INIT;
	buf_addf(&reason, "%.*s_reason", VIEW_ARG(name));
	out->reason = arena_takebuf(a, &reason).p;
	out->name = arena_copyview(a, name);
	out->text = view_from(arena_copyview(a, view_trim(text)), view_trim(text).len);
	out->is_whole = out->least == floor(out->least) && out->most == floor(out->most) &&
			!has_halves(text);
	return SOW_OK;
}

int rubric_read(struct arena *a, const struct prompt_shelf *shelf, const char *said,
		struct rubric *out, struct sow_error *err)
{
	struct view all = view_of(said), text;
	size_t equals = view_find(all, 0, "=");
	struct buf path = BUF_INIT;
	if (equals != VIEW_NONE)
		return fill(a, said, view_trim(view_sub(all, 0, equals)), view_sub(all, equals + 1, all.len),
			    out, err);
	buf_addf(&path, "grade/%s.txt", said);
	int status = shelf->find(shelf->data, path.data, &text, err);
	if (status == SOW_MISSING)
		error_set(err, SOW_USAGE, "--rubric %s: expected accuracy, additive, difficulty, helpfulness, "
			  "honesty, instruction_following, quality, truthfulness, a file grade/NAME.txt in --prompts, or "
			  "'NAME=1..5 what is graded'", said);
	buf_release(&path);
	return status ? status == SOW_MISSING ? SOW_USAGE : status : fill(a, said, all, text, out, err);
}

void rubrics_show(const struct rubric *list, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s, a%s number from %g to %g. %.*s\n", list[i].name,
			 list[i].is_whole ? " whole" : "", list[i].least, list[i].most,
			 VIEW_ARG(list[i].text));
}

void rubrics_members(const struct rubric *list, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s\"%s\", \"%s\"", i ? ", " : "", list[i].reason, list[i].name);
}

void rubrics_schema(const struct rubric *list, size_t count, struct buf *out)
{
	buf_addstr(out, "{\"type\":\"object\",\"properties\":{");
	for (size_t i = 0; i < count; i++) {
		const struct rubric *r = &list[i];
		buf_addf(out, "%s\"%s\":{\"type\":\"string\"},\"%s\":{\"type\":\"%s\",\"minimum\":", i ? "," : "",
			 r->reason, r->name, r->is_whole ? "integer" : "number");
		json_add_number(out, r->least);
		buf_addstr(out, ",\"maximum\":");
		json_add_number(out, r->most);
		buf_addch(out, '}');
	}
	buf_addstr(out, "},\"required\":[");
	for (size_t i = 0; i < count; i++)
		buf_addf(out, "%s\"%s\",\"%s\"", i ? "," : "", list[i].reason, list[i].name);
	buf_addstr(out, "],\"additionalProperties\":false}");
}
