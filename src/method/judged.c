#include "method/judged.h"

#include "base/buf.h"
#include "base/error.h"
#include "text/tag.h"

#define TAGS_MAX 50 /* of a record: more mean that the model repeats itself endlessly */

static const char tags_schema[] =
	"{\"type\":\"object\",\"properties\":{\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\","
	"\"minLength\":1,\"maxLength\":80},\"minItems\":1,\"maxItems\":50}},\"required\":[\"tags\"]}";

static int open_tags(struct judged *j, const struct method_state *run, struct sow_error *err)
{
	static const char *const names[] = { "question", NULL };
	j->examples[JUDGED_TAGS] = view_of("{\"tags\":[\"creative writing\",\"short poem\",\"nature\"]}");
	return json_prompt_open(&j->tags, run, "score/tags", tags_schema, names, err);
}

int judged_open(struct judged *j, const struct method_state *run, const struct list *rubrics, bool tags,
		struct sow_error *err)
{
	*j = (struct judged){ .wants = { rubrics->count > 0, tags } };
	int status = rubrics->count ? grading_open(&j->grading, run, rubrics, err) : SOW_OK;
	if (!status && rubrics->count)
		j->examples[JUDGED_GRADES] = grading_example(&j->grading, 0.7, run->arena);
	return !status && tags ? open_tags(j, run, err) : status;
}

int judged_ask(const struct judged *j, enum judged_what what, struct view question, struct view answer,
	       const json_value *context, struct request *r)
{
	const struct slot slots[] = { { "question", question }, { 0 } };
	int status = what == JUDGED_TAGS ? json_prompt_ask(&j->tags, slots, context, r)
					 : grading_ask(&j->grading, question, answer, context, r);
	if (!status)
		request_set_example(r, j->examples[what]);
	return status;
}

/* True if the list being written has the JSON text `tag`. */
static bool is_listed(const struct buf *out, size_t start, struct view tag)
{
	struct buf quoted = BUF_INIT;
	json_add_text(&quoted, tag);
	buf_addch(&quoted, '\0');
	bool found = view_find(view_from(out->data, out->len), start, quoted.data) != VIEW_NONE;
	buf_release(&quoted);
	return found;
}

static int write_tags(const json_value *value, struct buf *out, size_t *count)
{
	int status = SOW_OK;
	buf_addstr(out, "{\"tags\":[");
	size_t start = out->len;
	for (const json_value *v = json_first(json_get(value, "tags")); v && !status;
	     v = json_next(json_get(value, "tags"), v)) {
		struct buf tag = BUF_INIT;
		status = tag_normal(json_text(v), &tag);
		struct view text = view_from(tag.data, tag.len);
		if (!status && text.len && *count < TAGS_MAX && !is_listed(out, start, text)) {
			buf_addstr(out, *count ? "," : "");
			json_add_text(out, text);
			++*count;
		}
		buf_release(&tag);
	}
	buf_addf(out, "],\"tag_count\":%zu}", *count);
	return status ? status : out->status;
}

static int read_tags(const struct judged *j, struct view reply, struct arena *a, const json_value **fields,
		     struct buf *why)
{
	const json_value *value;
	struct buf text = BUF_INIT;
	size_t count = 0;
	int status = json_prompt_read(&j->tags, reply, a, &value, why);
	if (status)
		return status;
	status = write_tags(value, &text, &count);
	*fields = status ? NULL : json_own(arena_takebuf(a, &text), a);
	buf_release(&text);
	if (!*fields)
		return SOW_NOMEM;
	if (count)
		return SOW_OK;
	buf_addstr(why, "tags: expected words, not signs alone");
	return SOW_INVALID;
}

int judged_read(const struct judged *j, enum judged_what what, struct view reply, struct arena *a,
		const json_value **fields, struct buf *why)
{
	return what == JUDGED_TAGS ? read_tags(j, reply, a, fields, why)
				   : grading_read(&j->grading, reply, a, fields, why);
}
