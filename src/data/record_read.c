#include "data/record_read.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
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
	return v && view_eqstr(json_key(v), name);
}

static int wrong(struct reader *r, const json_value *v, const char *expected)
{
	return error_set(r->err, SOW_INVALID, "'%.*s' is %s; expected %s", VIEW_ARG(json_key(v)),
			 json_type_name(json_type(v)), expected);
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
		return json_type(v) == JSON_NUMBER;
	case COLUMN_ROUND:
		return json_is_integer(v);
	case COLUMN_LABEL:
		return json_type(v) == JSON_BOOL;
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

/* Takes the best member for each meaning. */
static void choose(struct reader *r)
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
		r->rank[c] = (size_t)(first_row_of((enum column)c) - column_rows);
	}
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
	buf_addstr(fields, fields->len ? ",\"" : "{\"");
	json_escape(fields, json_key(v));
	buf_addstr(fields, "\":");
	json_add_value(fields, v);
}

/* OpenAI's preference data have the question in an object: what else it holds. */
static void add_inner_fields(const struct reader *r, struct buf *fields)
{
	const json_value *input = r->at[COLUMN_CONTEXT];
	if (json_type(input) != JSON_OBJECT)
		return;
	for (const json_value *v = json_first(input); v; v = json_next(input, v)) {
		if (!is_named(v, "messages") && !is_named(v, "tools") && !missing(v))
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
	if (fields.len)
		buf_addch(&fields, '}');
	char *copy = fields.len && !buf_failed(&fields)
			     ? arena_copy(r->arena, fields.data, fields.len) : NULL;
	bool failed = buf_failed(&fields) || (fields.len && !copy);
	if (copy)
		r->record->fields = view_from(copy, fields.len);
	buf_release(&fields);
	return failed ? error_nomem(r->err) : SOW_OK;
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

/* Instruction and instance from the turns, of which one is the user's. */
static int use_turns(struct reader *r)
{
	struct record *record = r->record;
	const struct turn *question = find_turn(record, 0, ROLE_USER);
	const struct turn *answer = find_turn(record, (size_t)(question - record->turns),
					      ROLE_ASSISTANT);
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
		return status;
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

/* The answer that stands beside the turns as a completion of them. */
static int add_completion(struct reader *r, const json_value *v, bool *added)
{
	struct turn *more;
	size_t count;
	*added = false;
	if (missing(v))
		return SOW_OK;
	struct record *record = r->record;
	if (is_scalar(v)) {
		struct view text;
		int status = read_text(r, v, &text);
		record->turns[record->turn_count++] = TURN(ROLE_ASSISTANT, text);
		*added = true;
		return status;
	}
	if (!is_list(v))
		return wrong(r, v, "a text or an array");
	int status = turns_read(v, r->arena, &more, &count, r->err);
	if (status || !count)
		return status;
	memcpy(record->turns + record->turn_count, more, count * sizeof(*more));
	record->turn_count += count;
	*added = true;
	return SOW_OK;
}

static void label_answer(struct reader *r)
{
	const json_value *label = r->at[COLUMN_LABEL];
	for (size_t i = 0; i < r->record->instance_count; i++)
		r->record->instances[i].role = json_bool(label) ? ANSWER_CHOSEN : ANSWER_REJECTED;
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

/* True if members of our own format say nothing that the turns do not. */
static bool says_same(const struct record *record, const json_value *instruction)
{
	return view_eq(json_text(instruction), record->instruction);
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
	bool completed;
	char where[64];
	snprintf(where, sizeof(where), "'%.*s'", (int)(json_key(list).len < 60 ? json_key(list).len : 60),
		 json_key(list).p);
	int status = read_list(r, list, &turns, &count);
	if (status == SOW_INVALID && is_list(list))
		error_prefix(r->err, "%s", where);
	if (!status)
		status = set_turns(r, turns, count, 2 * json_count(more) + 1);
	if (!status)
		status = add_completion(r, more, &completed);
	if (!status && !r->record->turn_count)
		status = error_set(r->err, SOW_INVALID, "%s is empty", where);
	if (!status)
		status = put_system(r);
	if (status)
		return status;
	if (!is_named(r->at[COLUMN_LABEL], "kto_tag") && !(more && by_prompt))
		give_back(r, COLUMN_LABEL);
	bool labelled = r->at[COLUMN_LABEL] && r->record->turns[r->record->turn_count - 1].role == ROLE_ASSISTANT;
	if (!by_prompt && is_list(r->at[COLUMN_INSTANCES]) &&
	    json_get(json_first(r->at[COLUMN_INSTANCES]), "role")) {
		r->record->beside = true;
		status = read_instances(r);
		if (!status)
			status = use_question(r, where);
	} else if (labelled) {
		status = part_answer(r, ANSWER_PLAIN, 0);
		if (!status)
			status = use_question(r, where);
		label_answer(r);
	} else {
		give_back(r, COLUMN_LABEL);
		status = check_question(r, where);
		if (!status)
			status = use_turns(r);
	}
	if (status)
		return status;
	/* beside the turns these are fields, unless they say the same in our own format */
	if (!by_prompt && (!is_named(r->at[COLUMN_INSTRUCTION], "instruction") ||
			   !says_same(r->record, r->at[COLUMN_INSTRUCTION])))
		give_back(r, COLUMN_INSTRUCTION);
	if (!more)
		give_back(r, COLUMN_ANSWER);
	if (!is_list(r->at[COLUMN_INSTANCES]) || !r->at[COLUMN_INSTRUCTION] || by_prompt)
		give_back(r, COLUMN_INSTANCES);
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
	       view_eq(a->fields, b->fields);
}

struct side {
	const json_value *value;
	const json_value *score;
	struct turn *turns;
	size_t count;
};

/* A text is an answer; turns may begin with the question. */
static int read_side(struct reader *r, enum column c, struct side *s)
{
	*s = (struct side){ .value = r->at[c] };
	if (!s->value)
		return SOW_OK;
	if (!is_scalar(s->value)) {
		int status = read_list(r, s->value, &s->turns, &s->count);
		if (status == SOW_INVALID)
			error_prefix(r->err, "'%.*s'", VIEW_ARG(json_key(s->value)));
		return status;
	}
	struct view text;
	int status = read_text(r, s->value, &text);
	s->turns = arena_alloc(r->arena, sizeof(*s->turns));
	if (!s->turns)
		return error_nomem(r->err);
	*s->turns = TURN(ROLE_ASSISTANT, text);
	s->count = 1;
	return status;
}

/* How many turns at the front of both are the question. */
static size_t common(const struct side *a, const struct side *b)
{
	const struct side *one = a->count ? a : b;
	size_t n = 0;
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

static void add_side(struct reader *r, const struct side *s, size_t from, enum answer_role role)
{
	if (s->count <= from)
		return;
	const struct turn *last = &s->turns[s->count - 1];
	struct instance *i = add_instance(r, view_of(""), last->text);
	i->role = role;
	if (s->count - from == 1 && is_plain_answer(last)) {
		i->reasoning = last->reasoning;
		i->reasoning_name = last->reasoning_name;
	} else {
		i->turns = s->turns + from;
		i->turn_count = s->count - from;
	}
	i->scored = s->score != NULL;
	i->score = json_number(s->score);
}

/* The question that stands beside the answers: turns, or an instruction with its input. */
static int read_prompt(struct reader *r)
{
	struct turn *turns = NULL;
	size_t count = 0;
	const json_value *list = r->at[COLUMN_TURNS];
	const json_value *input = r->at[COLUMN_CONTEXT];
	if (!list && is_list(r->at[COLUMN_INSTRUCTION]))
		list = r->at[COLUMN_INSTRUCTION];
	if (!list && !r->at[COLUMN_INSTRUCTION] && is_list(input))
		list = input;
	if (!list && json_type(input) == JSON_OBJECT)
		list = json_get(input, "messages");
	if (list) {
		int status = read_list(r, list, &turns, &count);
		return status ? status : set_turns(r, turns, count, 0);
	}
	struct view instruction = view_of(""), context = view_of("");
	int status = read_text(r, r->at[COLUMN_INSTRUCTION], &instruction);
	if (!status)
		status = read_text(r, input, &context);
	if (status)
		return status;
	if (is_blank(instruction)) {
		instruction = context;
		context = view_of("");
	}
	struct view question = record_question(instruction, context, r->arena);
	if (!question.p)
		return error_nomem(r->err);
	struct turn turn = TURN(ROLE_USER, question);
	return set_turns(r, &turn, question.len > 0, 0);
}

/* The prompt beside answers that begin with it: part of it, or a field. */
static void check_prompt(struct reader *r, const struct side *s, size_t shared)
{
	struct view prompt = json_text(r->at[COLUMN_INSTRUCTION]);
	for (size_t i = 0; i < shared; i++) {
		if (is_asking(&s->turns[i]) && view_eq(s->turns[i].text, prompt))
			return;
	}
	give_back(r, COLUMN_INSTRUCTION);
}

/* The better answer is one of another name. */
static void score_chosen(struct reader *r)
{
	const json_value *score = r->at[COLUMN_SCORE_CHOSEN];
	if (!r->record->instance_count || !score) {
		give_back(r, COLUMN_SCORE_CHOSEN);
		return;
	}
	r->record->instances[0].scored = true;
	r->record->instances[0].score = json_number(score);
}

static int read_preference(struct reader *r)
{
	struct side chosen, rejected;
	struct record *record = r->record;
	const json_value *tools = json_get(r->at[COLUMN_CONTEXT], "tools");
	int status = read_side(r, COLUMN_CHOSEN, &chosen);
	if (!status)
		status = read_side(r, COLUMN_REJECTED, &rejected);
	if (status)
		return status;
	chosen.score = chosen.count ? r->at[COLUMN_SCORE_CHOSEN] : NULL;
	rejected.score = rejected.count ? r->at[COLUMN_SCORE_REJECTED] : NULL;
	size_t shared = common(&chosen, &rejected);
	record->beside = true;
	const struct side *one = chosen.count ? &chosen : &rejected;
	if (shared) {
		status = set_turns(r, one->turns, shared, 0);
		check_prompt(r, one, shared);
		give_back(r, COLUMN_TURNS);
		give_back(r, COLUMN_CONTEXT);
	} else {
		status = read_prompt(r);
		if (r->at[COLUMN_TURNS])
			give_back(r, COLUMN_INSTRUCTION);
		if (tools && json_type(r->at[COLUMN_CONTEXT]) == JSON_OBJECT && !r->at[COLUMN_TOOLS])
			record->tools = json_compact(tools, r->arena);
	}
	if (!status)
		status = put_system(r);
	if (status)
		return status;
	/* one answer at the end of the turns, and what it is better than beside them */
	bool ends = !chosen.count && record->turn_count &&
		    record->turns[record->turn_count - 1].role == ROLE_ASSISTANT;
	status = ends ? part_answer(r, ANSWER_CHOSEN, 1) : make_instances(r, 3);
	if (status)
		return status;
	if (!ends && !chosen.count && is_scalar(r->at[COLUMN_ANSWER])) {
		struct view text;
		status = read_text(r, r->at[COLUMN_ANSWER], &text);
		add_instance(r, view_of(""), text)->role = ANSWER_CHOSEN;
	} else {
		give_back(r, COLUMN_ANSWER);
	}
	if (!chosen.count)
		score_chosen(r);
	add_side(r, &chosen, shared, ANSWER_CHOSEN);
	add_side(r, &rejected, shared, ANSWER_REJECTED);
	if (!rejected.count)
		give_back(r, COLUMN_SCORE_REJECTED);
	give_back(r, COLUMN_LABEL);
	give_back(r, COLUMN_HISTORY);
	give_back(r, COLUMN_INSTANCES);
	give_back(r, COLUMN_REASONING);
	return status ? status : use_question(r, "");
}

/* NeMo's: a context, and answers with their ranks, 0 the best. */
static int read_completions(struct reader *r)
{
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
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		const json_value *answer = json_get(v, "completion");
		struct turn *turns;
		size_t count;
		if (json_count(v) != 2 || !is_list(answer))
			return error_set(r->err, SOW_INVALID, "'completions': expected objects with "
					 "\"rank\" and \"completion\", an array of turns");
		status = turns_read(answer, r->arena, &turns, &count, r->err);
		struct side s = { .turns = turns, .count = status ? 0 : count };
		double rank = json_number(json_get(v, "rank"));
		size_t before = r->record->instance_count;
		add_side(r, &s, 0, rank > best ? ANSWER_REJECTED : ANSWER_CHOSEN);
		for (size_t i = before; i < r->record->instance_count; i++) {
			r->record->instances[i].scored = true;
			r->record->instances[i].score = -rank;
		}
	}
	for (int c = COLUMN_INSTRUCTION; c < COLUMNS && !status; c++) {
		if (c == COLUMN_ANSWER || c == COLUMN_INSTANCES || c == COLUMN_HISTORY ||
		    c == COLUMN_LABEL || c == COLUMN_REASONING || c == COLUMN_TURNS)
			give_back(r, (enum column)c);
	}
	return status ? status : use_question(r, "'context'");
}

/* An instruction and its answers */

static const struct {
	const char *name;
	enum answer_role role;
} answer_roles[] = { { "chosen", ANSWER_CHOSEN }, { "rejected", ANSWER_REJECTED } };

/* 1 if an instance's member is known, 0 if it is not, or negative. */
static int read_instance_member(struct reader *r, const json_value *v, struct instance *i)
{
	if (is_named(v, "input") || is_named(v, "output")) {
		int status = read_text(r, v, is_named(v, "input") ? &i->input : &i->output);
		return status ? status : 1;
	}
	if (missing(v))
		return 1;
	for (int k = 0; k < REASONING_NAMES; k++) {
		if (!is_named(v, reasoning_names[k]) || json_type(v) != JSON_TEXT || i->reasoning.len)
			continue;
		i->reasoning = json_text(v);
		i->reasoning_name = (enum reasoning_name)k;
		return 1;
	}
	if (is_named(v, "score") && json_type(v) == JSON_NUMBER) {
		i->scored = true;
		i->score = json_number(v);
		return 1;
	}
	if (is_named(v, "sample") && json_is_integer(v)) {
		i->sample = json_integer(v);
		return 1;
	}
	if (is_named(v, "turns") && is_list(v)) {
		int status = turns_read(v, r->arena, &i->turns, &i->turn_count, r->err);
		return status ? status : 1;
	}
	for (size_t k = 0; k < 2 && is_named(v, "role"); k++) {
		if (view_eqstr(json_text(v), answer_roles[k].name)) {
			i->role = answer_roles[k].role;
			return 1;
		}
	}
	return 0;
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
	if (r->record->instance_count != 1 || !v) {
		give_back(r, COLUMN_REASONING);
		return;
	}
	struct instance *i = &r->record->instances[0];
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
	if (!is_list(v)) {
		int status = read_text(r, v, &text);
		if (!status && (v || input.len))
			status = make_instances(r, 1);
		if (!status && (v || input.len))
			add_instance(r, input, text);
		return status;
	}
	int status = make_instances(r, json_count(v));
	for (const json_value *a = json_first(v); a && !status; a = json_next(v, a)) {
		if (!is_scalar(a))
			return wrong(r, v, "a text, or texts in the array");
		text = json_scalar(a, r->arena);
		if (!text.p)
			return error_nomem(r->err);
		struct instance *i = add_instance(r, input, text);
		i->sample = (int64_t)r->record->instance_count - 1;
	}
	return status;
}

/* Alpaca's: the conversation before the instruction, which becomes the last question. */
static int add_history(struct reader *r)
{
	struct record *record = r->record;
	const json_value *history = r->at[COLUMN_HISTORY];
	struct turn *turns = NULL;
	size_t count = 0;
	if (history && !is_list(history))
		return wrong(r, history, "an array");
	for (const json_value *v = history ? json_first(history) : NULL; v;
	     v = json_next(history, v)) {
		if (!turn_is(v) && (!is_list(v) || json_count(v) != 2))
			return wrong(r, history, "pairs of texts in the array");
	}
	int status = history ? turns_read(history, r->arena, &turns, &count, r->err) : SOW_OK;
	if (status == SOW_INVALID)
		error_prefix(r->err, "'history'");
	if (!count && !json_text(r->at[COLUMN_SYSTEM]).len)
		return status;
	size_t said = 0;
	for (size_t i = 0; i < count; i++) { /* a pair may lack one of its sides */
		if (turns[i].text.len || !turn_is_plain(&turns[i]))
			turns[said++] = turns[i];
	}
	if (!status)
		status = set_turns(r, turns, said, 2);
	if (!status)
		status = put_system(r);
	if (status)
		return status;
	/* several answers, or one that is known to be good or bad, answer the whole */
	record->beside = record->instance_count > 1 || record_has_roles(record);
	struct view question = record->instruction;
	if (record->instance_count)
		question = record_question(question, record->instances[0].input, r->arena);
	if (!question.p)
		return error_nomem(r->err);
	record->turns[record->turn_count++] = TURN(ROLE_USER, question);
	for (size_t i = 0; i < record->instance_count; i++)
		record->instances[i].input = view_of("");
	if (record->beside) {
		record->instruction = find_turn(record, 0, ROLE_USER)->text;
		return SOW_OK;
	}
	if (record->instance_count) {
		const struct instance *i = &record->instances[0];
		struct turn *t = &record->turns[record->turn_count++];
		*t = TURN(ROLE_ASSISTANT, i->output);
		t->reasoning = i->reasoning;
		t->reasoning_name = i->reasoning_name;
	}
	return use_turns(r);
}

static int no_question(struct reader *r)
{
	struct buf names = BUF_INIT;
	size_t count = 0;
	for (const json_value *v = json_first(r->root); v; v = json_next(r->root, v)) {
		if (++count <= NAMES_TOLD)
			buf_addf(&names, "%s%.*s", count > 1 ? ", " : "", VIEW_ARG(json_key(v)));
	}
	error_set(r->err, SOW_INVALID, "no instruction among %s%s; expected 'instruction', 'messages', "
		  "'conversations', 'prompt', 'question' or the like, or --map instruction=COLUMN",
		  count ? names.data : "no members", count > NAMES_TOLD ? ", …" : "");
	buf_release(&names);
	return SOW_INVALID;
}

static int read_instruction(struct reader *r)
{
	struct record *record = r->record;
	if (!r->at[COLUMN_INSTRUCTION] && is_scalar(r->at[COLUMN_CONTEXT])) {
		r->at[COLUMN_INSTRUCTION] = r->at[COLUMN_CONTEXT];
		give_back(r, COLUMN_CONTEXT);
	}
	if (!r->at[COLUMN_INSTRUCTION])
		return no_question(r);
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
	if (r->at[COLUMN_LABEL] && record->instance_count == 1 &&
	    (is_named(r->at[COLUMN_LABEL], "kto_tag") ||
	     (is_named(r->at[COLUMN_INSTRUCTION], "prompt") &&
	      is_named(r->at[COLUMN_ANSWER], "completion"))))
		label_answer(r);
	else
		give_back(r, COLUMN_LABEL);
	return add_history(r);
}

/* Any of them */

static int read_shape(struct reader *r)
{
	bool prefers = r->at[COLUMN_CHOSEN] || r->at[COLUMN_REJECTED];
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

/* An empty text, false and 0 are what a record has without. */
static bool says_something(const json_value *v)
{
	struct view text = json_text(v);
	return v && (json_type(v) == JSON_TEXT   ? text.len > 0
		     : json_type(v) == JSON_BOOL ? json_bool(v)
						 : true);
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
	if (!status && flag && json_type(flag) != JSON_BOOL)
		status = wrong(r, flag, "true or false");
	record->is_classification = json_bool(flag);
	return status;
}

static int read_object(struct reader *r)
{
	choose(r);
	int status = read_head(r);
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
