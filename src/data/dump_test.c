#include "data/dump_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "data/turns.h"

#define MUST(holds) \
	((holds) ? (void)0 \
		 : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds), abort()))

#define DEPTH_MAX 100 /* containers in one another that are looked into */

/* Writing */

static void add_text(struct json_out *out, const char *key, struct view text)
{
	if (text.len)
		json_out_text(out, key, text);
}

static void add_turns(struct json_out *out, const char *key, const struct turn *turns, size_t count)
{
	struct buf text = BUF_INIT;
	if (!count)
		return;
	MUST(turns_write(turns, count, &text) == SOW_OK);
	json_out_raw(out, key, view_from(text.data, text.len));
	buf_release(&text);
}

static void add_answer(struct json_out *out, const struct instance *i)
{
	static const char *const roles[] = { "", "chosen", "rejected" };
	json_out_object(out, NULL);
	add_text(out, "input", i->input);
	json_out_text(out, "output", i->output);
	add_text(out, "role", view_of(roles[i->role]));
	if (i->scored)
		json_out_number(out, "score", i->score);
	if (i->sample)
		json_out_integer(out, "sample", i->sample);
	add_text(out, reasoning_names[i->reasoning_name], i->reasoning);
	add_turns(out, "turns", i->turns, i->turn_count);
	json_out_end(out);
}

static void add_head(struct json_out *out, const struct record *r)
{
	if (r->given & GIVEN_ID && r->id_is_json)
		json_out_raw(out, "id", r->id);
	else
		add_text(out, "id", r->id);
	add_text(out, "name", r->name);
	add_text(out, "root", r->lineage.root);
	add_text(out, "parent", r->lineage.parent);
	add_text(out, "operation", r->lineage.operation);
	if (r->given & GIVEN_ROUND)
		json_out_integer(out, "round", r->lineage.round);
	if (r->given & GIVEN_CLASSIFICATION)
		json_out_bool(out, "is_classification", r->is_classification);
}

void record_dump(const struct record *r, struct buf *out)
{
	struct json_out *json = json_out_new();
	MUST(json);
	json_out_object(json, NULL);
	add_head(json, r);
	add_text(json, "instruction", r->instruction);
	if (r->instance_count)
		json_out_array(json, "answers");
	for (size_t i = 0; i < r->instance_count; i++)
		add_answer(json, &r->instances[i]);
	if (r->instance_count)
		json_out_end(json);
	add_turns(json, "turns", r->turns, r->turn_count);
	if (r->beside)
		json_out_bool(json, "beside", true);
	if (r->tools.len)
		json_out_raw(json, "tools", r->tools);
	if (r->fields.len)
		json_out_raw(json, "fields", r->fields);
	json_out_end(json);
	MUST(json_out_write(json, out, JSON_LINE) == SOW_OK);
	json_out_free(json);
}

/* Finding */

static const char *const known_names[] = {
	/* of turns */
	"role", "from", "author", "content", "value", "text", "name", "tool_calls", "tool_call_id",
	"function_call", "reasoning_content", "reasoning", "thinking", "weight", "train",
	"loss_weight", "type", "function", "arguments",
	/* of pairs, answers and what holds them */
	"input", "output", "question", "answer", "user", "assistant", "human", "prompt", "response",
	"instruction", "completion", "score", "sample", "turns", "rank", "messages", "tools",
};

static const char *const role_words[] = {
	"user", "human", "prompter", "assistant", "gpt", "model", "bot", "chatgpt", "ai", "system",
	"developer", "tool", "observation", "function", "tool_response", "function_response",
	"ipython", "function_call", "tool_call",
	/* of parts and calls, and of answers */
	"text", "reasoning", "chosen", "rejected",
};

static bool is_among(struct view name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (view_eqfold(name, view_of(list[i])))
			return true;
	}
	return false;
}

#define AMONG(name, list) is_among(name, list, sizeof(list) / sizeof((list)[0]))

struct search {
	const json_value *dump;
	const struct columns *columns;
	struct arena *arena;
	struct buf *name;
};

static bool has_text(struct view whole, struct view part)
{
	for (size_t i = 0; part.len && i + part.len <= whole.len; i++) {
		if (memcmp(whole.p + i, part.p, part.len) == 0)
			return true;
	}
	return false;
}

/* An instruction and its input may stand in one text. */
static bool has_line(struct view whole, struct view line)
{
	struct view rest = whole, one;
	while (view_line(&rest, &one)) {
		if (view_eq(one, line))
			return true;
	}
	return false;
}

static bool same_scalar(const json_value *in, const json_value *v, struct arena *a)
{
	struct view want = json_scalar(v, a), is = json_scalar(in, a);
	if (json_type(in) == JSON_TEXT)
		return json_type(v) == JSON_TEXT ? has_text(is, want) : has_line(is, want);
	if (json_type(in) == JSON_NUMBER && json_type(v) == JSON_TEXT) /* a cell of a CSV */
		return strtod(want.p, NULL) == json_number(in);
	if (json_type(in) == JSON_NUMBER && json_type(v) == JSON_NUMBER) {
		double x = json_number(in), y = json_number(v);
		return view_eq(is, want) || x == y || x == -y; /* a rank is a score below 0 */
	}
	return view_eq(is, want);
}

/* A member of this name anywhere in `in`; a scalar like `v` anywhere in it if that is given. */
static bool occurs(const struct search *s, const json_value *in, struct view name,
		   const json_value *v, int depth)
{
	if (depth > 2 * DEPTH_MAX)
		return false;
	if (json_type(in) != JSON_ARRAY && json_type(in) != JSON_OBJECT)
		return v && same_scalar(in, v, s->arena);
	for (const json_value *m = json_first(in); m; m = json_next(in, m)) {
		if (!v && json_type(in) == JSON_OBJECT && view_eq(json_key(m), name))
			return true;
		if (occurs(s, m, name, v, depth + 1))
			return true;
	}
	return false;
}

static bool lost(const struct search *s, const json_value *v, struct view name, int depth);

static bool lost_inside(const struct search *s, const json_value *v, int depth)
{
	size_t number = 0, len = s->name->len;
	bool object = json_type(v) == JSON_OBJECT;
	for (const json_value *m = json_first(v); m; m = json_next(v, m), number++) {
		struct view name = object ? json_key(m) : view_of("");
		buf_addstr(s->name, len ? "." : "");
		if (object)
			buf_add(s->name, name.p, name.len);
		else
			buf_addf(s->name, "%zu", number);
		if (lost(s, m, name, depth + 1))
			return true;
		s->name->len = len;
	}
	return false;
}

/* A text that is JSON may have been kept as what it says. */
static bool lost_as_json(const struct search *s, const json_value *v, int depth)
{
	struct sow_error err = { 0 };
	struct json *doc = json_parse_lenient(json_text(v), s->arena, NULL, NULL, &err);
	enum json_type t = json_type(json_root(doc));
	return (t != JSON_ARRAY && t != JSON_OBJECT) || lost_inside(s, json_root(doc), depth);
}

static bool lost(const struct search *s, const json_value *v, struct view name, int depth)
{
	bool known = !name.len || AMONG(name, known_names) || column_find(name);
	if (depth > DEPTH_MAX)
		return false;
	if (!known && !occurs(s, s->dump, name, NULL, 0))
		return true;
	if (json_type(v) == JSON_ARRAY || json_type(v) == JSON_OBJECT)
		return lost_inside(s, v, depth);
	if (json_type(v) == JSON_NULL || (json_type(v) == JSON_TEXT && !view_trim(json_text(v)).len))
		return false;
	if (known && json_type(v) == JSON_TEXT && AMONG(json_text(v), role_words))
		return false;
	if (view_eqstr(name, "sample") && json_number(v) == 0)
		return false;
	return !occurs(s, s->dump, name, v, 0) &&
	       (json_type(v) != JSON_TEXT || lost_as_json(s, v, depth));
}

static bool is_mapped(const struct search *s, struct view name, enum column *column)
{
	for (int c = COLUMN_ID; s->columns && c < COLUMNS; c++) {
		*column = (enum column)c;
		if (s->columns->path[c] && view_eqstr(name, s->columns->path[c]))
			return true;
	}
	return false;
}

/* Members at the top: those without a meaning are fields just as they came. */
static bool lost_member(const struct search *s, const struct record *r, const json_value *v)
{
	const struct column_row *row = column_find(json_key(v));
	const json_value *fields = json_get(s->dump, "fields");
	enum column column = row ? row->column : COLUMN_FIELD;
	if (is_mapped(s, json_key(v), &column) || row) {
		bool label = column == COLUMN_LABEL && record_has_roles(r);
		bool flag = column == COLUMN_CLASSIFICATION && r->given & GIVEN_CLASSIFICATION;
		return !label && !flag && lost(s, v, view_of(""), 0);
	}
	struct view want = json_compact(v, s->arena);
	for (const json_value *f = json_first(fields); f; f = json_next(fields, f)) {
		if (view_eq(json_key(f), json_key(v)) && view_eq(json_compact(f, s->arena), want))
			return false;
	}
	return true;
}

bool record_lost(const json_value *value, const struct columns *columns, const struct record *r,
		 struct buf *name)
{
	struct buf text = BUF_INIT;
	struct sow_error err = { 0 };
	size_t repaired = 0;
	struct arena *a = arena_new();
	MUST(a);
	record_dump(r, &text);
	struct json *doc = json_parse_lenient(view_from(text.data, text.len), a, &repaired, NULL, &err);
	MUST(doc && !repaired);
	struct search s = { json_root(doc), columns, a, name };
	bool found = false;
	buf_clear(name);
	if (json_type(value) != JSON_OBJECT)
		found = lost(&s, value, view_of(""), 0);
	for (const json_value *v = json_type(value) == JSON_OBJECT ? json_first(value) : NULL;
	     v && !found; v = json_next(value, v)) {
		buf_clear(name);
		buf_add(name, json_key(v).p, json_key(v).len);
		found = lost_member(&s, r, v);
	}
	buf_release(&text);
	arena_free(a);
	return found;
}
