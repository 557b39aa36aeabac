#include "data/record_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "data/turns.h"

#define NAMES_TOLD 6

struct reader {
	const json_value *root;
	const struct columns *columns;
	struct arena *arena;
	struct record *record;
	struct shape *shape;
	struct sow_error *err;
	const json_value *at[COLUMNS]; /* the member taken for each meaning */
	size_t rank[COLUMNS];          /* its row, smaller is better */
	const json_value *inner[2];    /* what was taken of a question that is an object */
	struct view asked, context;    /* of a question in two texts, which a turn holds as one */
};

static bool missing(const json_value *v)
{
	return json_type(v) == JSON_NOTHING || json_type(v) == JSON_NULL;
}

static bool is_scalar(const json_value *v)
{
	enum json_type t = json_type(v);
	return t == JSON_TEXT || t == JSON_NUMBER || t == JSON_BOOL;
}

static bool is_list(const json_value *v)
{
	return json_type(v) == JSON_ARRAY;
}

static bool is_blank(struct view text)
{
	return !view_trim(text).len;
}

static bool is_named(const json_value *v, const char *name)
{
	return v && view_eqfold(json_key(v), view_of(name));
}

static int wrong(struct reader *r, const json_value *v, const char *expected)
{
	return error_set(r->err, SOW_INVALID, "'%.*s' is %s; expected %s", VIEW_ARG(json_key(v)),
			 json_type_name(json_type(v)), expected);
}

/* Cells of a CSV are texts, whatever they say. */
static bool read_bool(const json_value *v, bool *b)
{
	struct view text = json_text(v);
	*b = json_bool(v) || view_eqfold(text, view_of("true"));
	return json_type(v) == JSON_BOOL || *b || view_eqfold(text, view_of("false"));
}

static bool read_number(const json_value *v, double *x)
{
	struct view text = json_text(v);
	char digits[40], *end;
	*x = json_number(v);
	if (json_type(v) == JSON_NUMBER)
		return isfinite(*x);
	if (!text.len || text.len >= sizeof(digits) || view_find(text, 0, "x") != VIEW_NONE ||
	    (*text.p != '-' && !ascii_digit(*text.p)))
		return false;
	memcpy(digits, text.p, text.len);
	digits[text.len] = '\0';
	*x = strtod(digits, &end);
	return end == digits + text.len && isfinite(*x);
}

/* A text, or what reads as one; nothing where it is missing. */
static int read_text(struct reader *r, const json_value *v, struct view *out)
{
	*out = view_of("");
	if (missing(v))
		return SOW_OK;
	if (!is_scalar(v))
		return wrong(r, v, "a text");
	*out = json_scalar(v, r->arena);
	return out->p ? SOW_OK : error_nomem(r->err);
}

static int make_instances(struct reader *r, size_t count)
{
	r->record->instances = arena_array(r->arena, count, sizeof(*r->record->instances));
	if (count && !r->record->instances)
		return error_nomem(r->err);
	return SOW_OK;
}

static struct instance *add_instance(struct reader *r, struct view input, struct view output)
{
	struct instance *i = &r->record->instances[r->record->instance_count++];
	*i = (struct instance){ .input = input, .output = output };
	return i;
}

/* Which member is what */

/* Can it be what its name says? Of a name that is sure, another type is a mistake that is
 * told later. */
static bool fits(const struct column_row *row, const json_value *v)
{
	double x;
	bool b;
	switch (row->column) {
	case COLUMN_INSTRUCTION:
		return row->sure || is_scalar(v);
	case COLUMN_ANSWER:
		return row->sure || is_scalar(v) ||
		       (is_list(v) && json_count(v) && is_scalar(json_first(v)));
	case COLUMN_CONTEXT:
		return row->sure || is_scalar(v) || (is_list(v) && turn_is(json_first(v)));
	case COLUMN_SYSTEM:
	case COLUMN_REASONING:
	case COLUMN_ROOT:
	case COLUMN_PARENT:
	case COLUMN_OPERATION:
	case COLUMN_NAME:
		return row->sure || json_type(v) == JSON_TEXT;
	case COLUMN_ID:
		return is_scalar(v);
	case COLUMN_SCORE_CHOSEN:
	case COLUMN_SCORE_REJECTED:
		return read_number(v, &x);
	case COLUMN_ROUND:
		return json_is_integer(v);
	case COLUMN_LABEL:
		return read_bool(v, &b);
	case COLUMN_TURNS:
		return row->sure || is_list(v);
	case COLUMN_CHOSEN:
	case COLUMN_REJECTED:
		return is_scalar(v) || is_list(v) || turn_is(v);
	case COLUMN_COMPLETIONS:
		return is_list(v) && json_get(json_first(v), "completion");
	case COLUMN_TOOLS:
		return is_list(v) || json_type(v) == JSON_TEXT;
	default:
		return true;
	}
}

static const struct column_row *first_row_of(enum column c)
{
	const struct column_row *row = column_rows;
	while (row->column != c)
		row++;
	return row;
}

/* What the user says a member is, it has to be. */
static int check_mapped(struct reader *r, enum column c, const json_value *v)
{
	static const char *const wanted[COLUMNS] = {
		[COLUMN_ID] = "a text or a number",        [COLUMN_ROUND] = "a whole number",
		[COLUMN_SCORE_CHOSEN] = "a number",        [COLUMN_SCORE_REJECTED] = "a number",
		[COLUMN_LABEL] = "true or false",          [COLUMN_CLASSIFICATION] = "true or false",
		[COLUMN_TURNS] = "an array of turns",      [COLUMN_HISTORY] = "an array",
		[COLUMN_INSTANCES] = "an array",           [COLUMN_TOOLS] = "an array or a text",
		[COLUMN_CHOSEN] = "a text or turns",       [COLUMN_REJECTED] = "a text or turns",
		[COLUMN_COMPLETIONS] = "an array of objects with \"rank\" and \"completion\"",
	};
	bool list = is_list(v) && (c == COLUMN_INSTRUCTION || c == COLUMN_ANSWER || c == COLUMN_TURNS ||
				   c == COLUMN_HISTORY || c == COLUMN_INSTANCES);
	bool any = c == COLUMN_CLASSIFICATION || (c == COLUMN_TURNS && json_type(v) == JSON_TEXT);
	bool texts = c == COLUMN_HISTORY || c == COLUMN_INSTANCES || c == COLUMN_TURNS;
	const struct column_row row = { .column = c };
	if (list || any || (!texts && fits(&row, v)))
		return SOW_OK;
	return error_set(r->err, SOW_INVALID, "--map %s=%s: it is %s; expected %s", column_names[c],
			 r->columns->path[c], json_type_name(json_type(v)),
			 wanted[c] ? wanted[c] : "a text");
}

/* Takes the best member for each meaning. */
static int choose(struct reader *r)
{
	for (const json_value *v = json_first(r->root); v; v = json_next(r->root, v)) {
		const struct column_row *row = column_find(json_key(v));
		if (!row || missing(v) || !fits(row, v))
			continue;
		enum column c = row->column;
		size_t rank = (size_t)(row - column_rows);
		if (r->at[c] && r->rank[c] <= rank)
			continue;
		r->at[c] = v;
		r->rank[c] = rank;
	}
	for (int c = COLUMN_ID; r->columns && c < COLUMNS; c++) {
		if (!r->columns->path[c])
			continue;
		const json_value *v = path_find(r->root, r->columns->path[c]);
		/* what the user named elsewhere is free for that alone */
		for (int other = COLUMN_ID; v && other < COLUMNS; other++)
			r->at[other] = r->at[other] == v ? NULL : r->at[other];
		r->at[c] = missing(v) ? NULL : v;
		if (r->at[c] && r->shape)
			r->shape->mapped |= 1u << c;
		r->rank[c] = (size_t)(first_row_of((enum column)c) - column_rows);
		if (r->at[c] && check_mapped(r, (enum column)c, v))
			return SOW_INVALID;
	}
	return SOW_OK;
}

static bool is_mapped(const struct reader *r, enum column c)
{
	return r->columns && r->columns->path[c];
}

static enum column column_of(const struct reader *r, const json_value *v)
{
	for (int c = COLUMN_ID; c < COLUMNS; c++) {
		if (r->at[c] == v)
			return (enum column)c;
	}
	return COLUMN_FIELD;
}

/* A member that turned out to be something else stays a field. */
static void give_back(struct reader *r, enum column c)
{
	r->at[c] = NULL;
}

static void add_field(struct buf *fields, const json_value *v)
{
	if (!fields->len)
		buf_addch(fields, '{');
	json_add_member(fields, v);
}

/* OpenAI's preference data have the question in an object: what else it holds. */
static void add_inner_fields(const struct reader *r, struct buf *fields)
{
	const json_value *input = r->at[COLUMN_CONTEXT];
	if (json_type(input) != JSON_OBJECT)
		return;
	for (const json_value *v = json_first(input); v; v = json_next(input, v)) {
		if (v != r->inner[0] && v != r->inner[1] && !missing(v))
			add_field(fields, v);
	}
}

/* What is left over, as fields. A known name without a value is nothing. */
static int keep_fields(struct reader *r)
{
	struct buf fields = BUF_INIT;
	for (const json_value *v = json_first(r->root); v; v = json_next(r->root, v)) {
		enum column c = column_of(r, v);
		bool nothing = missing(v) && column_find(json_key(v));
		if (r->shape && !nothing)
			shape_add(r->shape, json_key(v), c);
		if (c == COLUMN_FIELD && !nothing)
			add_field(&fields, v);
	}
	add_inner_fields(r, &fields);
	if (!fields.len && !buf_failed(&fields))
		return SOW_OK;
	buf_addch(&fields, '}');
	r->record->fields = arena_takebuf(r->arena, &fields);
	return r->record->fields.p ? SOW_OK : error_nomem(r->err);
}

/* Conversations */

static bool is_asking(const struct turn *t)
{
	return t->role == ROLE_USER;
}

static const struct turn *find_turn(const struct record *t, size_t from, enum role role)
{
	for (size_t i = from; i < t->turn_count; i++) {
		if (t->turns[i].role == role)
			return &t->turns[i];
	}
	return NULL;
}

/* An answer that an instance can hold: a text, and what was thought before it. */
static bool is_plain_answer(const struct turn *t)
{
	struct turn rest = *t;
	rest.reasoning = (struct view){ 0 };
	return t->role == ROLE_ASSISTANT && turn_is_plain(&rest);
}

/* A question, or a question and its answer, need no turns. */
static bool needs_no_turns(const struct record *t)
{
	return t->turn_count <= 2 && is_asking(&t->turns[0]) && turn_is_plain(&t->turns[0]) &&
	       (t->turn_count < 2 || is_plain_answer(&t->turns[1]));
}

static int check_question(struct reader *r, const char *where)
{
	const struct turn *question = find_turn(r->record, 0, ROLE_USER);
	if (!question)
		return error_set(r->err, SOW_INVALID, "no turn of role 'user'%s%s", *where ? " in " : "",
				 where);
	if (is_blank(question->text) && !question->parts.len)
		return error_set(r->err, SOW_INVALID, "the first turn of role 'user' is empty");
	return SOW_OK;
}

/* The first answer in words; of calls alone the first. */
static const struct turn *find_answer(const struct record *t, size_t from)
{
	for (size_t i = from; i < t->turn_count; i++) {
		if (t->turns[i].role == ROLE_ASSISTANT && t->turns[i].text.len)
			return &t->turns[i];
	}
	return find_turn(t, from, ROLE_ASSISTANT);
}

/* Instruction and instance from the turns, of which one is the user's. */
static int use_turns(struct reader *r)
{
	struct record *record = r->record;
	const struct turn *question = find_turn(record, 0, ROLE_USER);
	const struct turn *answer = find_answer(record, (size_t)(question - record->turns));
	record->instruction = question->text;
	record->instance_count = 0;
	if (answer && make_instances(r, 1))
		return SOW_NOMEM;
	if (answer) {
		struct instance *i = add_instance(r, view_of(""), answer->text);
		if (needs_no_turns(record)) {
			i->reasoning = answer->reasoning;
			i->reasoning_name = answer->reasoning_name;
		}
	}
	if (needs_no_turns(record))
		record->turn_count = 0;
	return SOW_OK;
}

/* Turns with room for `more` behind and one before. */
static int set_turns(struct reader *r, const struct turn *list, size_t count, size_t more)
{
	struct turn *turns = arena_array(r->arena, count + more + 1, sizeof(*turns));
	if (!turns)
		return error_nomem(r->err);
	if (count)
		memcpy(turns + 1, list, count * sizeof(*turns));
	r->record->turns = turns + 1;
	r->record->turn_count = count;
	return SOW_OK;
}

static int read_instances(struct reader *r);

/* A system text beside the turns comes before them; the same is not said twice, and another
 * stays a field. */
static int put_system(struct reader *r)
{
	struct view system;
	struct record *record = r->record;
	int status = read_text(r, r->at[COLUMN_SYSTEM], &system);
	if (status || !system.len)
		return status; /* an empty one says nothing */
	bool begun = record->turn_count && (record->turns[0].role == ROLE_SYSTEM ||
					    record->turns[0].role == ROLE_DEVELOPER);
	if (begun) {
		if (!view_eq(record->turns[0].text, system))
			give_back(r, COLUMN_SYSTEM);
		return SOW_OK;
	}
	record->turns--;
	record->turns[0] = TURN(ROLE_SYSTEM, system);
	record->turn_count++;
	return SOW_OK;
}

static int read_list(struct reader *r, const json_value *v, struct turn **turns, size_t *count)
{
	if (!is_list(v) && turn_is(v)) {
		*count = 1;
		*turns = arena_alloc(r->arena, sizeof(**turns));
		return *turns ? turn_read(v, r->arena, *turns, r->err) : error_nomem(r->err);
	}
	if (!is_list(v))
		return wrong(r, v, "an array");
	return turns_read(v, r->arena, turns, count, r->err);
}

/* Several answers to one question, each a text; their list has room for them. */
static int add_samples(struct reader *r, const json_value *list, struct view input)
{
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		if (missing(v))
			continue;
		if (!is_scalar(v))
			return wrong(r, list, "a text, or texts in the array");
		struct view text = json_scalar(v, r->arena);
		if (!text.p)
			return error_nomem(r->err);
		struct instance *i = add_instance(r, input, text);
		i->sample = (int64_t)r->record->instance_count - 1;
	}
	return SOW_OK;
}

static bool are_samples(const json_value *v)
{
	return is_list(v) && is_scalar(json_first(v));
}

/* The answer that stands beside the turns as a completion of them; samples stay beside them. */
static int add_completion(struct reader *r, const json_value *v)
{
	struct turn *more;
	size_t count;
	if (missing(v))
		return SOW_OK;
	struct record *record = r->record;
	if (are_samples(v)) {
		record->beside = true;
		int status = make_instances(r, json_count(v));
		return status ? status : add_samples(r, v, view_of(""));
	}
	if (is_scalar(v)) {
		struct view text;
		int status = read_text(r, v, &text);
		record->turns[record->turn_count++] = TURN(ROLE_ASSISTANT, text);
		return status;
	}
	if (!is_list(v))
		return wrong(r, v, "a text or an array");
	int status = turns_read(v, r->arena, &more, &count, r->err);
	if (status == SOW_INVALID)
		error_prefix(r->err, "'%.*s'", VIEW_ARG(json_key(v)));
	if (status || !count)
		return status;
	memcpy(record->turns + record->turn_count, more, count * sizeof(*more));
	record->turn_count += count;
	return SOW_OK;
}

static void label_answer(struct reader *r)
{
	bool good;
	read_bool(r->at[COLUMN_LABEL], &good);
	for (size_t i = 0; i < r->record->instance_count; i++)
		r->record->instances[i].role = good ? ANSWER_CHOSEN : ANSWER_REJECTED;
}

/* Takes the answer at the end out of the turns, to stand beside them with a role. */
static int part_answer(struct reader *r, enum answer_role role, size_t extra)
{
	struct record *record = r->record;
	size_t count = record->turn_count;
	while (count && record->turns[count - 1].role == ROLE_ASSISTANT)
		count--;
	record->beside = true;
	size_t answer_count = record->turn_count - count;
	struct turn *answer = record->turns + count;
	int status = make_instances(r, 1 + extra);
	if (status || !answer_count)
		return status;
	record->turn_count = count;
	struct instance *i = add_instance(r, view_of(""), answer[answer_count - 1].text);
	i->role = role;
	if (answer_count == 1 && is_plain_answer(answer)) {
		i->reasoning = answer->reasoning;
		i->reasoning_name = answer->reasoning_name;
	} else {
		i->turns = answer;
		i->turn_count = answer_count;
	}
	return SOW_OK;
}

/* A question alone: its instruction, and no turns where it needs none. */
static int use_question(struct reader *r, const char *where)
{
	struct record *record = r->record;
	int status = check_question(r, where);
	if (status)
		return status;
	record->instruction = find_turn(record, 0, ROLE_USER)->text;
	if (record->turn_count == 1 && needs_no_turns(record))
		record->turn_count = 0;
	return SOW_OK;
}

/* The question or the instances of our own format say nothing that the turns do not. */
static bool same_instruction(const struct reader *r)
{
	const json_value *v = r->at[COLUMN_INSTRUCTION];
	return is_named(v, "instruction") && view_eq(json_text(v), r->record->instruction);
}

static bool same_instance(const json_value *v, const struct instance *i)
{
	for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
		struct view text = is_named(m, "input") ? i->input : i->output;
		if ((!is_named(m, "input") && !is_named(m, "output")) || json_type(m) != JSON_TEXT ||
		    !view_eq(json_text(m), text))
			return false;
	}
	return json_type(v) == JSON_OBJECT;
}

static bool same_instances(const struct reader *r)
{
	const json_value *list = r->at[COLUMN_INSTANCES];
	const struct instance *i = r->record->instances;
	if (!is_list(list) || json_count(list) != r->record->instance_count)
		return false;
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		if (!same_instance(v, i++))
			return false;
	}
	return true;
}

/* An instance that repeats the first answer among the turns, as our own format writes it. */
static bool repeats_answer(const struct record *record, const json_value *list)
{
	const struct turn *question = find_turn(record, 0, ROLE_USER);
	const struct turn *answer =
		question ? find_answer(record, (size_t)(question - record->turns)) : NULL;
	const struct instance i = { .input = view_of(""),
				    .output = answer ? answer->text : view_of("") };
	return answer && json_count(list) == 1 && same_instance(json_first(list), &i);
}

/* The instances of our own format are the answers to the turns. */
static bool answers_turns(const struct reader *r)
{
	const json_value *list = r->at[COLUMN_INSTANCES], *first = json_first(list);
	const struct record *record = r->record;
	if (!is_list(list) || json_type(first) != JSON_OBJECT)
		return false;
	return json_get(first, "role") ||
	       (record->turns[record->turn_count - 1].role != ROLE_ASSISTANT &&
		!repeats_answer(record, list));
}

static int use_conversation(struct reader *r, const json_value *more, const char *where)
{
	struct record *record = r->record;
	int status;
	bool by_kto = is_named(r->at[COLUMN_LABEL], "kto_tag") || is_mapped(r, COLUMN_LABEL);
	bool labelled = r->at[COLUMN_LABEL] && (by_kto || more) && !record->beside &&
			record->turns[record->turn_count - 1].role == ROLE_ASSISTANT;
	bool listed = !more && !labelled && answers_turns(r);
	if (!labelled)
		give_back(r, COLUMN_LABEL);
	if (labelled)
		status = part_answer(r, ANSWER_PLAIN, 0);
	else if (listed)
		status = read_instances(r);
	else if (record->beside)
		status = SOW_OK;
	else
		status = check_question(r, where);
	record->beside = record->beside || listed;
	if (!status)
		status = record->beside ? use_question(r, where) : use_turns(r);
	if (labelled && !status)
		label_answer(r);
	if (!status && !listed && !same_instances(r))
		give_back(r, COLUMN_INSTANCES);
	return status;
}

/* The turns of a list, or of one that stands in a text as JSON. */
static int read_turns(struct reader *r, const json_value *v, struct turn **turns, size_t *count)
{
	struct sow_error own = { 0 };
	size_t repaired = 0;
	const json_value *list = v;
	if (json_type(v) == JSON_TEXT && view_starts(view_trim(json_text(v)), "[")) {
		struct json *doc = json_parse_lenient(json_text(v), r->arena, &repaired, NULL, &own);
		if (!doc && own.status == SOW_NOMEM)
			return error_nomem(r->err);
		list = is_list(json_root(doc)) ? json_root(doc) : v;
	}
	if (!is_list(list))
		return wrong(r, v, "an array");
	int status = turns_read(list, r->arena, turns, count, r->err);
	if (status == SOW_INVALID)
		error_prefix(r->err, "'%.*s'", VIEW_ARG(json_key(v)));
	return status;
}

static int read_conversation(struct reader *r)
{
	const json_value *list = r->at[COLUMN_TURNS];
	bool by_prompt = !list;
	const json_value *more = by_prompt ? r->at[COLUMN_ANSWER] : NULL;
	if (by_prompt)
		list = r->at[COLUMN_INSTRUCTION];
	struct turn *turns;
	size_t count;
	char where[64];
	struct view name = json_key(list);
	size_t len = utf8_floor(name.p, name.len < 60 ? name.len : 60);
	snprintf(where, sizeof(where), "'%.*s'", (int)len, name.p);
	int status = read_turns(r, list, &turns, &count);
	if (!status)
		status = set_turns(r, turns, count, 2 * json_count(more) + 1);
	if (!status)
		status = add_completion(r, more);
	if (!status && !r->record->turn_count)
		status = error_set(r->err, SOW_INVALID, "%s is empty", where);
	if (!status)
		status = put_system(r);
	if (!status)
		status = use_conversation(r, more, where);
	if (status)
		return status;
	/* beside the turns these are fields, unless they say the same in our own format */
	if (!by_prompt && !same_instruction(r))
		give_back(r, COLUMN_INSTRUCTION);
	if (!more)
		give_back(r, COLUMN_ANSWER);
	give_back(r, COLUMN_CONTEXT);
	give_back(r, COLUMN_HISTORY);
	give_back(r, COLUMN_REASONING);
	return SOW_OK;
}

/* Preference data */

static bool same_turn(const struct turn *a, const struct turn *b)
{
	return a->role == b->role && a->is_silent == b->is_silent && view_eq(a->text, b->text) &&
	       view_eq(a->parts, b->parts) && view_eq(a->reasoning, b->reasoning) &&
	       view_eq(a->tool_calls, b->tool_calls) && view_eq(a->tool_call_id, b->tool_call_id) &&
	       view_eq(a->name, b->name) && view_eq(a->weight, b->weight) &&
	       a->weight_name == b->weight_name && a->reasoning_name == b->reasoning_name &&
	       view_eq(a->fields, b->fields);
}

/* The answers of one kind: one, of turns that may begin with the question, or several texts. */
struct side {
	struct turn *turns;
	size_t count;
	bool several;
};

static int read_side(struct reader *r, enum column c, struct side *s)
{
	const json_value *v = r->at[c];
	bool many = are_samples(v);
	*s = (struct side){ .several = many };
	if (!v)
		return SOW_OK;
	if (!many && !is_scalar(v)) {
		int status = read_list(r, v, &s->turns, &s->count);
		if (status == SOW_INVALID)
			error_prefix(r->err, "'%.*s'", VIEW_ARG(json_key(v)));
		return status;
	}
	s->turns = arena_array(r->arena, many ? json_count(v) : 1, sizeof(*s->turns));
	if (!s->turns)
		return error_nomem(r->err);
	for (const json_value *t = many ? json_first(v) : v; t; t = many ? json_next(v, t) : NULL) {
		struct view text;
		if (!is_scalar(t) && !missing(t))
			return wrong(r, v, "a text, turns, or texts in the array");
		int status = read_text(r, t, &text);
		if (status)
			return status;
		if (!missing(t))
			s->turns[s->count++] = TURN(ROLE_ASSISTANT, text);
	}
	return SOW_OK;
}

/* How many turns at the front of both are the question. */
static size_t common(const struct side *a, const struct side *b)
{
	const struct side *one = a->count ? a : b;
	size_t n = 0;
	if (a->several || b->several)
		return 0;
	if (!a->count || !b->count) { /* alone: all up to the last question */
		for (size_t i = 0; i < one->count; i++)
			n = one->turns[i].role == ROLE_ASSISTANT ? n : i + 1;
		return n < one->count ? n : 0;
	}
	while (n + 1 < a->count && n + 1 < b->count && same_turn(&a->turns[n], &b->turns[n]))
		n++;
	/* an answer that both begin with is part of both */
	while (n && a->turns[n - 1].role == ROLE_ASSISTANT && a->turns[n].role == ROLE_ASSISTANT)
		n--;
	return n;
}

static void add_one(struct reader *r, struct turn *turns, size_t count, enum answer_role role)
{
	const struct turn *last = &turns[count - 1];
	struct instance *i = add_instance(r, view_of(""), last->text);
	i->role = role;
	if (count == 1 && is_plain_answer(last)) {
		i->reasoning = last->reasoning;
		i->reasoning_name = last->reasoning_name;
	} else {
		i->turns = turns;
		i->turn_count = count;
	}
}

static void add_side(struct reader *r, const struct side *s, size_t from, enum answer_role role)
{
	for (size_t i = 0; s->several && i < s->count; i++)
		add_one(r, s->turns + i, 1, role);
	if (!s->several && s->count > from)
		add_one(r, s->turns + from, s->count - from, role);
}

/* The score of the one answer of its kind; beside none or several it is a field. */
static void take_score(struct reader *r, enum column c, enum answer_role role)
{
	struct instance *found = NULL;
	size_t count = 0;
	for (size_t i = 0; i < r->record->instance_count; i++) {
		if (r->record->instances[i].role != role)
			continue;
		found = &r->record->instances[i];
		count++;
	}
	if (count == 1 && r->at[c])
		found->scored = read_number(r->at[c], &found->score);
	else
		give_back(r, c);
}

static int read_history(struct reader *r, struct turn **turns, size_t *count);

/* A question of one text, after what was said before. */
static int ask_text(struct reader *r, struct view question)
{
	struct turn *turns;
	size_t count;
	int status = read_history(r, &turns, &count);
	if (!status)
		status = set_turns(r, turns, count, 1);
	if (!status && question.len)
		r->record->turns[r->record->turn_count++] = TURN(ROLE_USER, question);
	return status;
}

/* The question that stands beside the answers, as an instruction with its input. */
static int read_prompt_text(struct reader *r)
{
	struct view instruction, context;
	int status = read_text(r, r->at[COLUMN_INSTRUCTION], &instruction);
	if (!status)
		status = read_text(r, r->at[COLUMN_CONTEXT], &context);
	if (status)
		return status;
	if (is_blank(instruction)) {
		instruction = context;
		context = view_of("");
	}
	struct view question = record_question(instruction, context, r->arena);
	r->asked = instruction;
	r->context = context;
	return question.p ? ask_text(r, question) : error_nomem(r->err);
}

/* OpenAI's: {"messages": […], "tools": […], …}. */
static int take_inner(struct reader *r, const json_value *input)
{
	const json_value *tools = json_get(input, "tools");
	r->inner[0] = json_get(input, "messages");
	if (!is_list(tools) || r->record->tools.len)
		return SOW_OK;
	r->inner[1] = tools;
	r->record->tools = json_compact(tools, r->arena);
	return r->record->tools.p ? SOW_OK : error_nomem(r->err);
}

/* The question: turns, or a text. What is not used of it is given back. */
static int read_prompt(struct reader *r)
{
	struct turn *turns;
	size_t count;
	const json_value *input = r->at[COLUMN_CONTEXT];
	const json_value *list = r->at[COLUMN_TURNS];
	int status = SOW_OK;
	if (list) {
		give_back(r, COLUMN_INSTRUCTION);
		give_back(r, COLUMN_CONTEXT);
	} else if (is_list(r->at[COLUMN_INSTRUCTION])) {
		list = r->at[COLUMN_INSTRUCTION];
		give_back(r, COLUMN_CONTEXT);
	} else if (json_type(input) == JSON_OBJECT && is_list(json_get(input, "messages"))) {
		list = json_get(input, "messages");
		give_back(r, COLUMN_INSTRUCTION);
		status = take_inner(r, input);
	} else if (is_list(input) && !r->at[COLUMN_INSTRUCTION]) {
		list = input;
	}
	if (!list)
		return read_prompt_text(r);
	give_back(r, COLUMN_HISTORY);
	if (!status)
		status = read_turns(r, list, &turns, &count);
	return status ? status : set_turns(r, turns, count, 0);
}

/* The prompt beside answers that begin with it: part of it, or a field. */
static int check_prompt(struct reader *r, const struct side *s, size_t shared)
{
	const json_value *prompt = r->at[COLUMN_INSTRUCTION];
	struct view text = json_text(prompt);
	struct turn *turns;
	size_t count, same = 0;
	for (size_t i = 0; i < shared && json_type(prompt) == JSON_TEXT; i++) {
		if (is_asking(&s->turns[i]) && view_eq(s->turns[i].text, text))
			return SOW_OK;
	}
	if (is_list(prompt)) {
		int status = read_turns(r, prompt, &turns, &count);
		if (status)
			return status;
		while (same < count && same < shared && same_turn(&turns[same], &s->turns[same]))
			same++;
		if (same == count)
			return SOW_OK;
	}
	give_back(r, COLUMN_INSTRUCTION);
	return SOW_OK;
}

/* The question of preference data: what both answers begin with, or what stands beside them. */
static int read_asked(struct reader *r, const struct side *one, size_t shared)
{
	int status;
	if (!shared) {
		status = read_prompt(r);
	} else {
		status = set_turns(r, one->turns, shared, 0);
		if (!status)
			status = check_prompt(r, one, shared);
		give_back(r, COLUMN_TURNS);
		give_back(r, COLUMN_CONTEXT);
		give_back(r, COLUMN_HISTORY);
	}
	return status ? status : put_system(r);
}

/* The answer that is not called chosen, but is better than the one called rejected: at the end of
 * the turns, or a text. */
static int add_better(struct reader *r, size_t room)
{
	struct record *record = r->record;
	if (record->turn_count && record->turns[record->turn_count - 1].role == ROLE_ASSISTANT) {
		give_back(r, COLUMN_ANSWER);
		return part_answer(r, ANSWER_CHOSEN, room);
	}
	int status = make_instances(r, room + 1);
	if (!status && is_scalar(r->at[COLUMN_ANSWER])) {
		struct view text;
		status = read_text(r, r->at[COLUMN_ANSWER], &text);
		add_instance(r, view_of(""), text)->role = ANSWER_CHOSEN;
	} else {
		give_back(r, COLUMN_ANSWER);
	}
	return status;
}

/* A question that needs no turns: its input stands where each answer has it. */
static void part_question(struct reader *r)
{
	r->record->instruction = r->asked;
	for (size_t i = 0; i < r->record->instance_count; i++)
		r->record->instances[i].input = r->context;
}

static int read_preference(struct reader *r)
{
	struct side chosen, rejected;
	int status = read_side(r, COLUMN_CHOSEN, &chosen);
	if (!status)
		status = read_side(r, COLUMN_REJECTED, &rejected);
	if (status)
		return status;
	size_t shared = common(&chosen, &rejected), room = chosen.count + rejected.count;
	r->record->beside = true;
	status = read_asked(r, chosen.count ? &chosen : &rejected, shared);
	if (!status && !find_turn(r->record, 0, ROLE_USER))
		status = error_set(r->err, SOW_INVALID, "no question for the answers; expected 'prompt', "
				   "'question', 'messages' or the like, or turns that both begin with");
	if (status)
		return status;
	if (chosen.count) {
		give_back(r, COLUMN_ANSWER);
		status = make_instances(r, room);
	} else {
		status = add_better(r, room);
	}
	if (status)
		return status;
	add_side(r, &chosen, shared, ANSWER_CHOSEN);
	add_side(r, &rejected, shared, ANSWER_REJECTED);
	take_score(r, COLUMN_SCORE_CHOSEN, ANSWER_CHOSEN);
	take_score(r, COLUMN_SCORE_REJECTED, ANSWER_REJECTED);
	give_back(r, COLUMN_LABEL);
	give_back(r, COLUMN_INSTANCES);
	give_back(r, COLUMN_REASONING);
	status = use_question(r, "");
	if (!status && !r->record->turn_count && r->context.len)
		part_question(r);
	return status;
}

/* NeMo's: a context, and answers with their ranks, 0 the best. */
static int read_completion(struct reader *r, const json_value *v, double best)
{
	const json_value *answer = json_get(v, "completion"), *rank = json_get(v, "rank");
	struct turn *turns;
	size_t count;
	double score;
	if (json_count(v) != 2 || !is_list(answer) || !json_count(answer) ||
	    json_type(rank) != JSON_NUMBER || !read_number(rank, &score))
		return error_set(r->err, SOW_INVALID, "'completions': expected objects with \"rank\", a "
				 "number, and \"completion\", an array of turns");
	int status = turns_read(answer, r->arena, &turns, &count, r->err);
	if (status == SOW_INVALID)
		error_prefix(r->err, "'completions'");
	if (status)
		return status;
	add_one(r, turns, count, score > best ? ANSWER_REJECTED : ANSWER_CHOSEN);
	struct instance *i = &r->record->instances[r->record->instance_count - 1];
	i->scored = true;
	i->score = 0 - score;
	return SOW_OK;
}

static int read_completions(struct reader *r)
{
	static const enum column others[] = { COLUMN_ANSWER, COLUMN_INSTANCES, COLUMN_LABEL,
					      COLUMN_REASONING };
	const json_value *list = r->at[COLUMN_COMPLETIONS];
	double best = 0;
	r->record->beside = true;
	int status = read_prompt(r);
	if (!status)
		status = put_system(r);
	if (!status)
		status = make_instances(r, json_count(list));
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		double rank = json_number(json_get(v, "rank"));
		best = v == json_first(list) || rank < best ? rank : best;
	}
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v))
		status = read_completion(r, v, best);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		give_back(r, others[i]);
	return status ? status : use_question(r, "'context'");
}

/* An instruction and its answers */

static const struct {
	const char *name;
	enum answer_role role;
} answer_roles[] = { { "chosen", ANSWER_CHOSEN }, { "rejected", ANSWER_REJECTED } };

/* 1 if an instance's member is known, 0 if it is not or comes again, or negative. */
static int read_instance_member(struct reader *r, const json_value *v, struct instance *i)
{
	int status = SOW_OK;
	bool known = true;
	if (missing(v))
		return 1;
	for (int k = 0; k < REASONING_NAMES; k++) {
		if (!is_named(v, reasoning_names[k]) || json_type(v) != JSON_TEXT || i->reasoning.len)
			continue;
		i->reasoning = json_text(v);
		i->reasoning_name = (enum reasoning_name)k;
		return 1;
	}
	if (is_named(v, "input") && !i->input.len) {
		status = read_text(r, v, &i->input);
	} else if (is_named(v, "output") && !i->output.len) {
		status = read_text(r, v, &i->output);
	} else if (is_named(v, "score") && json_type(v) == JSON_NUMBER && !i->scored) {
		known = i->scored = read_number(v, &i->score);
	} else if (is_named(v, "sample") && json_is_integer(v) && !i->sample) {
		i->sample = json_integer(v);
	} else if (is_named(v, "turns") && is_list(v) && !i->turn_count) {
		status = turns_read(v, r->arena, &i->turns, &i->turn_count, r->err);
	} else {
		known = false;
	}
	for (size_t k = 0; k < 2 && !known && is_named(v, "role") && !i->role; k++) {
		known = view_eqstr(json_text(v), answer_roles[k].name);
		i->role = known ? answer_roles[k].role : i->role;
	}
	return status ? status : known;
}

/* What an instance has besides stays, with the whole list, as a field. */
static int read_instances(struct reader *r)
{
	const json_value *list = r->at[COLUMN_INSTANCES];
	bool known = true;
	if (!is_list(list))
		return wrong(r, list, "an array");
	int status = make_instances(r, json_count(list));
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		if (json_type(v) != JSON_OBJECT)
			return error_set(r->err, SOW_INVALID, "'instances' is %s; expected objects in "
					 "the array", json_type_name(json_type(v)));
		struct instance *i = add_instance(r, view_of(""), view_of(""));
		for (const json_value *m = json_first(v); m && status >= 0; m = json_next(v, m)) {
			status = read_instance_member(r, m, i);
			known = known && status;
		}
		if (status < 0)
			error_prefix(r->err, "instance %zu", r->record->instance_count);
		status = status < 0 ? status : SOW_OK;
	}
	if (!known)
		give_back(r, COLUMN_INSTANCES);
	return status;
}

static void take_reasoning(struct reader *r)
{
	const json_value *v = r->at[COLUMN_REASONING];
	struct instance *i = r->record->instances;
	if (r->record->instance_count != 1 || !v || i->reasoning.len || i->turn_count) {
		give_back(r, COLUMN_REASONING);
		return;
	}
	i->reasoning = json_text(v);
	for (int k = 0; k < REASONING_NAMES; k++) {
		if (is_named(v, reasoning_names[k]))
			i->reasoning_name = (enum reasoning_name)k;
	}
}

static int read_answers(struct reader *r, struct view input)
{
	const json_value *v = r->at[COLUMN_ANSWER];
	struct view text = view_of("");
	int status = is_list(v) ? SOW_OK : read_text(r, v, &text);
	if (!status)
		status = make_instances(r, json_count(v) + 1);
	if (!status && is_list(v))
		status = add_samples(r, v, input);
	else if (!status && v)
		add_instance(r, input, text);
	/* an input stays though nothing answers it */
	if (!status && !r->record->instance_count && input.len)
		add_instance(r, input, text);
	return status;
}

/* Alpaca's: the conversation before the instruction, which becomes the last question. */
static int read_history(struct reader *r, struct turn **turns, size_t *count)
{
	const json_value *history = r->at[COLUMN_HISTORY];
	*turns = NULL;
	*count = 0;
	if (history && !is_list(history))
		return wrong(r, history, "an array");
	for (const json_value *v = json_first(history); v; v = json_next(history, v)) {
		if (!turn_is(v) && (!is_list(v) || json_count(v) != 2))
			return wrong(r, history, "pairs of texts in the array");
	}
	int status = history ? turns_read(history, r->arena, turns, count, r->err) : SOW_OK;
	if (status == SOW_INVALID)
		error_prefix(r->err, "'history'");
	size_t said = 0;
	for (size_t i = 0; i < *count; i++) { /* a pair may lack one of its sides */
		if ((*turns)[i].text.len || !turn_is_plain(&(*turns)[i]))
			(*turns)[said++] = (*turns)[i];
	}
	*count = said;
	return status;
}

/* An answer that a turn can hold. */
static bool fits_turn(const struct instance *i)
{
	return !i->role && !i->scored && !i->sample && !i->turn_count;
}

/* The question as turns, for what was said before and what the system says to stand before it. */
static int add_history(struct reader *r)
{
	struct record *record = r->record;
	const struct instance *answer = record->instance_count ? &record->instances[0] : NULL;
	struct turn *turns;
	struct view system;
	size_t count;
	int status = read_history(r, &turns, &count);
	if (!status)
		status = read_text(r, r->at[COLUMN_SYSTEM], &system);
	if (status || (!count && !system.len))
		return status;
	struct view question = record->instruction;
	if (answer)
		question = record_question(question, answer->input, r->arena);
	if (!question.p)
		return error_nomem(r->err);
	status = set_turns(r, turns, count, 2);
	if (!status)
		status = put_system(r);
	if (status)
		return status;
	record->turns[record->turn_count++] = TURN(ROLE_USER, question);
	record->beside = record->instance_count > 1 || (answer && !fits_turn(answer));
	if (record->beside) { /* each is an answer to the whole */
		record->instruction = find_turn(record, 0, ROLE_USER)->text;
		return SOW_OK;
	}
	if (answer)
		record->turns[record->turn_count++] = instance_turn(answer);
	return use_turns(r);
}

static int no_question(struct reader *r)
{
	struct buf names = BUF_INIT;
	size_t count = 0;
	if (!json_count(r->root))
		return error_set(r->err, SOW_INVALID, "the object is empty");
	for (const json_value *v = json_first(r->root); v; v = json_next(r->root, v)) {
		if (++count <= NAMES_TOLD)
			buf_addf(&names, "%s%.*s", count > 1 ? ", " : "", VIEW_ARG(json_key(v)));
	}
	error_set(r->err, SOW_INVALID, "no instruction among %s%s; expected 'instruction', 'messages', "
		  "'conversations', 'prompt', 'question' or the like, or --map instruction=COLUMN",
		  names.data, count > NAMES_TOLD ? ", …" : "");
	buf_release(&names);
	return SOW_INVALID;
}

static int read_instruction(struct reader *r)
{
	struct record *record = r->record;
	if (!r->at[COLUMN_INSTRUCTION] && is_scalar(r->at[COLUMN_CONTEXT])) {
		const json_value *context = json_get(r->root, "context");
		r->at[COLUMN_INSTRUCTION] = r->at[COLUMN_CONTEXT];
		r->at[COLUMN_CONTEXT] = is_scalar(context) && context != r->at[COLUMN_INSTRUCTION] &&
						column_of(r, context) == COLUMN_FIELD ? context : NULL;
	}
	if (!r->at[COLUMN_INSTRUCTION])
		return r->at[COLUMN_CONTEXT] ? wrong(r, r->at[COLUMN_CONTEXT], "a text") : no_question(r);
	struct view input = view_of("");
	int status = read_text(r, r->at[COLUMN_INSTRUCTION], &record->instruction);
	if (!status)
		status = read_text(r, r->at[COLUMN_CONTEXT], &input);
	if (status)
		return status;
	if (is_blank(record->instruction)) {
		if (is_blank(input))
			return error_set(r->err, SOW_INVALID, "'%.*s' is empty",
					 VIEW_ARG(json_key(r->at[COLUMN_INSTRUCTION])));
		record->instruction = input;
		input = view_of("");
	}
	bool listed = r->at[COLUMN_INSTANCES] != NULL;
	status = listed ? read_instances(r) : read_answers(r, input);
	if (status)
		return status;
	if (listed) {
		give_back(r, COLUMN_ANSWER);
		give_back(r, COLUMN_CONTEXT);
	}
	take_reasoning(r);
	bool is_label = is_named(r->at[COLUMN_LABEL], "kto_tag") || is_mapped(r, COLUMN_LABEL) ||
			(is_named(r->at[COLUMN_INSTRUCTION], "prompt") &&
			 is_named(r->at[COLUMN_ANSWER], "completion"));
	if (is_label && r->at[COLUMN_LABEL] && record->instance_count == 1 && !listed)
		label_answer(r);
	else
		give_back(r, COLUMN_LABEL);
	return add_history(r);
}

/* Any of them */

static int read_shape(struct reader *r)
{
	bool prefers = r->at[COLUMN_CHOSEN] || r->at[COLUMN_REJECTED];
	if (are_samples(r->at[COLUMN_INSTRUCTION]) && !r->at[COLUMN_TURNS])
		return wrong(r, r->at[COLUMN_INSTRUCTION], "a text, or turns in the array");
	if (!prefers) {
		give_back(r, COLUMN_SCORE_CHOSEN);
		give_back(r, COLUMN_SCORE_REJECTED);
	}
	if (prefers) {
		give_back(r, COLUMN_COMPLETIONS);
		return read_preference(r);
	}
	if (r->at[COLUMN_COMPLETIONS] &&
	    (is_list(r->at[COLUMN_CONTEXT]) || is_list(r->at[COLUMN_INSTRUCTION])))
		return read_completions(r);
	give_back(r, COLUMN_COMPLETIONS);
	if (is_list(r->at[COLUMN_CONTEXT]) && !is_named(r->at[COLUMN_CONTEXT], "input"))
		give_back(r, COLUMN_CONTEXT);
	if (r->at[COLUMN_TURNS] || is_list(r->at[COLUMN_INSTRUCTION]))
		return read_conversation(r);
	return read_instruction(r);
}

static int read_tools(struct reader *r)
{
	const json_value *v = r->at[COLUMN_TOOLS];
	struct sow_error own = { 0 };
	size_t repaired = 0;
	if (!v)
		return SOW_OK;
	if (is_list(v)) {
		r->record->tools = json_compact(v, r->arena);
		return r->record->tools.p ? SOW_OK : error_nomem(r->err);
	}
	if (is_blank(json_text(v)))
		return SOW_OK;
	struct json *doc = json_parse_lenient(json_text(v), r->arena, &repaired, NULL, &own);
	if (doc && is_list(json_root(doc))) {
		r->record->tools = json_compact(json_root(doc), r->arena);
		return r->record->tools.p ? SOW_OK : error_nomem(r->err);
	}
	if (own.status == SOW_NOMEM)
		return error_nomem(r->err);
	give_back(r, COLUMN_TOOLS);
	return SOW_OK;
}

/* An empty text is what a record has without. */
static bool says_something(const json_value *v)
{
	return v && (json_type(v) != JSON_TEXT || json_text(v).len);
}

static int read_head(struct reader *r)
{
	struct record *record = r->record;
	struct lineage *l = &record->lineage;
	static const struct {
		enum column column;
		unsigned given;
	} marks[] = {
		{ COLUMN_ID, GIVEN_ID },         { COLUMN_NAME, GIVEN_NAME },
		{ COLUMN_ROOT, GIVEN_ROOT },     { COLUMN_CLASSIFICATION, GIVEN_CLASSIFICATION },
		{ COLUMN_PARENT, GIVEN_PARENT }, { COLUMN_OPERATION, GIVEN_OPERATION },
		{ COLUMN_ROUND, GIVEN_ROUND },
	};
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		record->given |= says_something(r->at[marks[i].column]) ? marks[i].given : 0;
	record->id_is_json = r->at[COLUMN_ID] && json_type(r->at[COLUMN_ID]) != JSON_TEXT;
	int status = read_text(r, r->at[COLUMN_ID], &record->id);
	if (!status)
		status = read_text(r, r->at[COLUMN_NAME], &record->name);
	if (!status)
		status = read_text(r, r->at[COLUMN_ROOT], &l->root);
	if (!status)
		status = read_text(r, r->at[COLUMN_PARENT], &l->parent);
	if (!status)
		status = read_text(r, r->at[COLUMN_OPERATION], &l->operation);
	l->round = json_integer(r->at[COLUMN_ROUND]);
	const json_value *flag = r->at[COLUMN_CLASSIFICATION];
	if (!status && flag && !read_bool(flag, &record->is_classification))
		status = wrong(r, flag, "true or false");
	return status;
}

static int read_object(struct reader *r)
{
	int status = choose(r);
	if (!status)
		status = read_head(r);
	if (!status)
		status = read_tools(r);
	if (!status)
		status = read_shape(r);
	return status ? status : keep_fields(r);
}

static int read_bare(struct reader *r)
{
	struct turn *turns;
	size_t count;
	if (json_type(r->root) == JSON_TEXT) {
		r->record->instruction = json_text(r->root);
		return is_blank(r->record->instruction)
			       ? error_set(r->err, SOW_INVALID, "the text is empty") : SOW_OK;
	}
	if (!is_list(r->root))
		return error_set(r->err, SOW_INVALID, "expected an object, not %s",
				 json_type_name(json_type(r->root)));
	int status = turns_read(r->root, r->arena, &turns, &count, r->err);
	if (!status)
		status = set_turns(r, turns, count, 0);
	if (!status)
		status = check_question(r, "");
	return status ? status : use_turns(r);
}

int record_read(const json_value *value, const struct columns *columns, struct arena *a,
		struct record *record, struct shape *shape, struct sow_error *err)
{
	struct reader r = { .root = value, .columns = columns, .arena = a, .record = record,
			    .shape = shape, .err = err };
	*record = (struct record)RECORD_INIT;
	int status = json_type(value) == JSON_OBJECT ? read_object(&r) : read_bare(&r);
	if (!status && shape) {
		shape->records++;
		for (size_t i = 0; i < record->instance_count; i++) {
			if (record->instances[i].output.len) {
				shape->answered++;
				break;
			}
		}
	}
	return status;
}
