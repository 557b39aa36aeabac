#include "method/judged.h"

#include "base/buf.h"
#include "base/error.h"
#include "method/again.h"
#include "text/tag.h"

#define TAGS_MAX 50 /* of a record: a model that goes on and on has lost its way */

static const char tags_schema[] =
	"{\"type\":\"object\",\"properties\":{\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\","
	"\"minLength\":1,\"maxLength\":80},\"minItems\":1,\"maxItems\":50}},\"required\":[\"tags\"]}";

static int open_tags(struct judged *j, const struct method_state *run, struct sow_error *err)
{
	static const char *const names[] = { "question", NULL };
	static const struct slot none = { 0 };
	j->tags_prompt = prompt_load(run->arena, &run->o.prompts, "score/tags", &none, names, err);
	if (!j->tags_prompt)
		return SOW_INVALID;
	j->tags_options = (struct map_options){ .as = "json", .schema = view_of(tags_schema),
						.schema_name = "tags" };
	j->tags = map_reply_new(run->arena, &j->tags_options, err);
	j->examples[JUDGED_TAGS] = view_of("{\"tags\":[\"creative writing\",\"short poem\",\"nature\"]}");
	return j->tags ? SOW_OK : SOW_INVALID;
}

int judged_open(struct judged *j, const struct method_state *run, const struct list *rubrics, bool tags,
		struct sow_error *err)
{
	*j = (struct judged){ .wants = { rubrics->count > 0, tags }, .chat = run->o.prompts.chat };
	int status = rubrics->count ? grading_open(&j->grading, run, rubrics, err) : SOW_OK;
	if (!status && rubrics->count)
		status = grading_example(&j->grading, 0.7, run->arena, &j->examples[JUDGED_GRADES])
				 ? error_nomem(err) : SOW_OK;
	return !status && tags ? open_tags(j, run, err) : status;
}

static int ask_tags(const struct judged *j, struct view question, struct request *r)
{
	const struct slot slots[] = { { "question", question }, { 0 } };
	int status = request_set_schema(r, map_reply_schema(j->tags));
	return status ? status : prompt_fill(j->tags_prompt, slots, r);
}

int judged_ask(const struct judged *j, enum judged_what what, struct view question, struct view answer,
	       const json_value *context, struct request *r)
{
	bool is_tags = what == JUDGED_TAGS;
	int status = is_tags ? ask_tags(j, question, r) : grading_ask(&j->grading, question, answer, r);
	if (!status)
		status = request_set_example(r, j->examples[what]);
	if (status || !json_get(context, "why"))
		return status;
	const struct map_reply *reply = is_tags ? j->tags : j->grading.reply;
	return again_ask_of(context, j->chat, map_reply_wanted(reply), r);
}

/* True if the JSON text `tag` stands in the list that is being written. */
static bool is_listed(const struct buf *out, size_t start, struct view tag)
{
	struct buf quoted = BUF_INIT;
	json_add_text(&quoted, tag);
	buf_addch(&quoted, '\0');
	bool found = !buf_failed(&quoted) &&
		     view_find(view_from(out->data, out->len), start, quoted.data) != VIEW_NONE;
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
	int status = map_reply_read(j->tags, reply, a, &value, why);
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
