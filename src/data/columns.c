#include "data/columns.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

const char *const column_names[COLUMNS] = {
	[COLUMN_FIELD] = "field",
	[COLUMN_ID] = "id",
	[COLUMN_NAME] = "name",
	[COLUMN_INSTRUCTION] = "instruction",
	[COLUMN_CONTEXT] = "context",
	[COLUMN_ANSWER] = "answer",
	[COLUMN_SYSTEM] = "system",
	[COLUMN_TURNS] = "turns",
	[COLUMN_HISTORY] = "history",
	[COLUMN_CHOSEN] = "chosen",
	[COLUMN_REJECTED] = "rejected",
	[COLUMN_SCORE_CHOSEN] = "score_chosen",
	[COLUMN_SCORE_REJECTED] = "score_rejected",
	[COLUMN_COMPLETIONS] = "completions",
	[COLUMN_LABEL] = "label",
	[COLUMN_REASONING] = "reasoning",
	[COLUMN_TOOLS] = "tools",
	[COLUMN_INSTANCES] = "instances",
	[COLUMN_CLASSIFICATION] = "is_classification",
	[COLUMN_ROOT] = "root",
	[COLUMN_PARENT] = "parent",
	[COLUMN_OPERATION] = "operation",
	[COLUMN_ROUND] = "round",
};

/* In order of preference where several mean the same. */
const struct column_row column_rows[] = {
	{ "instruction", COLUMN_INSTRUCTION, true },
	{ "prompt", COLUMN_INSTRUCTION, true },
	{ "question", COLUMN_INSTRUCTION, false },
	{ "query", COLUMN_INSTRUCTION, false },
	{ "problem", COLUMN_INSTRUCTION, false },
	{ "inputs", COLUMN_INSTRUCTION, false },
	{ "input", COLUMN_CONTEXT, true },         /* the instruction if there is no other */
	{ "context", COLUMN_CONTEXT, false },
	{ "output", COLUMN_ANSWER, true },
	{ "response", COLUMN_ANSWER, false },
	{ "completion", COLUMN_ANSWER, true },
	{ "answer", COLUMN_ANSWER, false },
	{ "generation", COLUMN_ANSWER, false },
	{ "generations", COLUMN_ANSWER, false },
	{ "responses", COLUMN_ANSWER, false },
	{ "solution", COLUMN_ANSWER, false },
	{ "targets", COLUMN_ANSWER, false },
	{ "messages", COLUMN_TURNS, true },
	{ "conversations", COLUMN_TURNS, true },
	{ "conversation", COLUMN_TURNS, false },
	{ "dialogue", COLUMN_TURNS, false },
	{ "dialog", COLUMN_TURNS, false },
	{ "chat", COLUMN_TURNS, false },
	{ "texts", COLUMN_TURNS, false },
	{ "history", COLUMN_HISTORY, true },
	{ "system", COLUMN_SYSTEM, true },
	{ "system_prompt", COLUMN_SYSTEM, false },
	{ "chosen", COLUMN_CHOSEN, false },
	{ "chosen_messages", COLUMN_CHOSEN, false },
	{ "preferred_output", COLUMN_CHOSEN, false },
	{ "rejected", COLUMN_REJECTED, false },
	{ "rejected_messages", COLUMN_REJECTED, false },
	{ "non_preferred_output", COLUMN_REJECTED, false },
	{ "score_chosen", COLUMN_SCORE_CHOSEN, false },
	{ "chosen_score", COLUMN_SCORE_CHOSEN, false },
	{ "chosen_rating", COLUMN_SCORE_CHOSEN, false },
	{ "score_rejected", COLUMN_SCORE_REJECTED, false },
	{ "rejected_score", COLUMN_SCORE_REJECTED, false },
	{ "rejected_rating", COLUMN_SCORE_REJECTED, false },
	{ "completions", COLUMN_COMPLETIONS, false },
	{ "kto_tag", COLUMN_LABEL, false },
	{ "label", COLUMN_LABEL, false },          /* of a prompt and a completion */
	{ "reasoning_content", COLUMN_REASONING, false },
	{ "reasoning", COLUMN_REASONING, false },
	{ "thinking", COLUMN_REASONING, false },
	{ "tools", COLUMN_TOOLS, false },
	{ "id", COLUMN_ID, false },
	{ "name", COLUMN_NAME, false },
	{ "instances", COLUMN_INSTANCES, true },
	{ "is_classification", COLUMN_CLASSIFICATION, true },
	{ "root", COLUMN_ROOT, false },
	{ "parent", COLUMN_PARENT, false },
	{ "operation", COLUMN_OPERATION, false },
	{ "round", COLUMN_ROUND, false },
	{ "text", COLUMN_INSTRUCTION, false },     /* if no other member asks */
	{ NULL, COLUMN_FIELD, false },
};

const struct column_row *column_find(struct view name)
{
	for (const struct column_row *row = column_rows; row->name && name.len; row++) {
		size_t same = 0;
		while (same < name.len && row->name[same] &&
		       row->name[same] == ascii_lower(name.p[same]))
			same++;
		if (same == name.len && !row->name[same])
			return row;
	}
	return NULL;
}

int columns_map(struct columns *c, struct arena *a, const char *mapping, struct sow_error *err)
{
	const char *equals = strchr(mapping, '=');
	struct view name = view_from(mapping, equals ? (size_t)(equals - mapping) : 0);
	struct buf names = BUF_INIT;
	for (int i = COLUMN_ID; i < COLUMNS; i++) {
		if (equals && equals[1] && view_eqstr(name, column_names[i])) {
			c->path[i] = arena_copystr(a, equals + 1);
			buf_release(&names);
			return SOW_OK;
		}
		buf_addf(&names, "%s%s", i > COLUMN_ID ? ", " : "", column_names[i]);
	}
	error_set(err, SOW_USAGE, "--map: expected WHAT=COLUMN, WHAT one of %s, not '%s'", names.data,
		  mapping);
	buf_release(&names);
	return SOW_USAGE;
}

unsigned columns_mapped(const struct columns *c, const json_value *root)
{
	unsigned mapped = 0;
	for (int i = COLUMN_ID; c && i < COLUMNS; i++)
		mapped |= c->path[i] && path_find(root, c->path[i]) ? 1u << i : 0;
	return mapped;
}

int columns_check(const struct columns *c, unsigned mapped, const char *name, struct sow_error *err)
{
	for (int i = COLUMN_ID; c && i < COLUMNS; i++) {
		if (c->path[i] && !(mapped & 1u << i))
			return error_set(err, SOW_INVALID, "%s: --map %s=%s: no record has '%s'", name,
					 column_names[i], c->path[i], c->path[i]);
	}
	return SOW_OK;
}

static bool is_number(struct view name, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < name.len; i++) {
		if (!ascii_digit(name.p[i]) || i > 9)
			return false;
		*n = *n * 10 + (size_t)(name.p[i] - '0');
	}
	return name.len > 0;
}

static const json_value *element(const json_value *v, size_t n)
{
	const json_value *e = json_type(v) == JSON_ARRAY ? json_first(v) : NULL;
	while (e && n--)
		e = json_next(v, e);
	return e;
}

/* The name at the front of a path, and the rest after its dot. */
static struct view first_name(struct view path, struct view *rest)
{
	size_t dot = view_find(path, 0, ".");
	size_t len = dot == VIEW_NONE ? path.len : dot;
	*rest = view_sub(path, len + (dot != VIEW_NONE), path.len);
	return view_sub(path, 0, len);
}

static const json_value *find(const json_value *v, struct view path)
{
	while (v && path.len) {
		struct view rest;
		size_t n;
		const json_value *whole = json_find(v, path);
		if (whole)
			return whole;
		struct view name = first_name(path, &rest);
		if (json_type(v) == JSON_ARRAY)
			v = is_number(name, &n) ? element(v, n) : NULL;
		else
			v = json_find(v, name);
		path = rest;
	}
	return v;
}

const json_value *path_find(const json_value *root, const char *path)
{
	return find(root, view_of(path));
}

#define LISTS_MAX 64 /* nested */

static int each_in(const json_value *v, struct view path, int depth,
		   int (*each)(void *data, const json_value *v), void *data)
{
	size_t n;
	struct view rest;
	const json_value *whole = path.len ? json_find(v, path) : NULL;
	if (!v || depth > LISTS_MAX)
		return 0;
	if (whole || !path.len) {
		if (whole)
			return each_in(whole, view_of(""), depth, each, data);
		if (json_type(v) != JSON_ARRAY)
			return each(data, v);
	}
	struct view name = first_name(path, &rest);
	if (json_type(v) == JSON_OBJECT)
		return each_in(json_find(v, name), rest, depth, each, data);
	if (json_type(v) != JSON_ARRAY)
		return 0;
	if (is_number(name, &n))
		return each_in(element(v, n), rest, depth, each, data);
	int status = 0;
	for (const json_value *e = json_first(v); e && !status; e = json_next(v, e))
		status = each_in(e, path, depth + 1, each, data);
	return status;
}

int path_each(const json_value *root, const char *path,
	      int (*each)(void *data, const json_value *v), void *data)
{
	return each_in(root, view_of(path), 0, each, data);
}

/* Shapes */

/* A long name is cut between two characters. */
static size_t kept_length(const struct shape_row *row, struct view name)
{
	return utf8_head(name, sizeof(row->name) - 1).len;
}

static bool is_row(const struct shape_row *row, struct view name, enum column column)
{
	size_t len = kept_length(row, name);
	return row->column == column && strncmp(row->name, name.p, len) == 0 && !row->name[len];
}

static void add_rows(struct shape *s, struct view name, enum column column, size_t count)
{
	for (size_t i = 0; i < s->count; i++) {
		size_t at = s->next + i < s->count ? s->next + i : s->next + i - s->count;
		if (is_row(&s->rows[at], name, column)) {
			s->rows[at].count += count;
			s->next = at + 1 < s->count ? at + 1 : 0;
			return;
		}
	}
	if (s->count == SHAPE_ROWS) {
		s->more += count;
		return;
	}
	struct shape_row *row = &s->rows[s->count++];
	size_t len = kept_length(row, name);
	memcpy(row->name, name.p, len);
	row->name[len] = '\0';
	row->column = column;
	row->count = count;
	s->next = 0;
}

void shape_add(struct shape *s, struct view name, enum column column)
{
	if (name.len)
		add_rows(s, name, column, 1);
}

void shape_merge(struct shape *s, const struct shape *more)
{
	for (size_t i = 0; i < more->count; i++)
		add_rows(s, view_of(more->rows[i].name), more->rows[i].column, more->rows[i].count);
	s->more += more->more;
	s->mapped |= more->mapped;
	s->answered += more->answered;
}

/* True for a name that needs no explanation. */
static bool is_expected(const struct shape_row *row)
{
	static const char *const own[][2] = {
		{ "input", "context" },       { "output", "answer" },  { "prompt", "instruction" },
		{ "completion", "answer" },   { "messages", "turns" }, { "conversations", "turns" },
		{ "system_prompt", "system" }, { "label", "label" },
	};
	if (strcmp(row->name, column_names[row->column]) == 0)
		return true;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(own[i][0], row->name) == 0 &&
		    strcmp(own[i][1], column_names[row->column]) == 0)
			return true;
	}
	return false;
}

bool shape_print(const struct shape *s, struct buf *out)
{
	bool told = false, fields = false;
	for (size_t i = 0; i < s->count; i++) {
		if (s->rows[i].column == COLUMN_FIELD || is_expected(&s->rows[i]))
			continue;
		buf_addstr(out, told ? ", " : "");
		json_escape(out, view_of(s->rows[i].name));
		buf_addf(out, " → %s", column_names[s->rows[i].column]);
		told = true;
	}
	for (size_t i = 0; i < s->count; i++) {
		if (s->rows[i].column != COLUMN_FIELD)
			continue;
		buf_addstr(out, fields ? ", " : told ? "; kept as fields: " : "kept as fields: ");
		json_escape(out, view_of(s->rows[i].name));
		fields = true;
	}
	if (s->more)
		buf_addf(out, "%sand more", fields ? ", " : "");
	return told || fields;
}
