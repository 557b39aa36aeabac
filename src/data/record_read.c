#include "data/record_read_private.h"

#include "base/error.h"
#include "data/turns.h"

#define NAMES_TOLD 6

static bool is_reasoning(const json_value *v, enum reasoning_name *name)
{
	int k = 0;
	while (k < REASONING_NAMES && !is_named(v, reasoning_names[k]))
		k++;
	if (k < REASONING_NAMES)
		*name = (enum reasoning_name)k;
	return k < REASONING_NAMES;
}

static bool read_role(const json_value *v, struct instance *i)
{
	for (int role = ANSWER_CHOSEN; role <= ANSWER_REJECTED; role++) {
		if (view_eqstr(json_text(v), answer_role_names[role]))
			i->role = (enum answer_role)role;
	}
	return i->role != ANSWER_PLAIN;
}

/* 1 if an instance's member is known, 0 if it is unknown or a repetition, or negative. */
static int read_instance_member(struct reader *r, const json_value *v, struct instance *i)
{
	int status = SOW_OK;
	bool known = true;
	if (json_is_missing(v))
		return 1;
	if (json_type(v) == JSON_TEXT && !i->reasoning.len && is_reasoning(v, &i->reasoning_name)) {
		i->reasoning = json_text(v);
		return 1;
	}
	if (is_named(v, "input") && !i->input.len) {
		status = reader_text(r, v, &i->input);
	} else if (is_named(v, "output") && !i->output.len) {
		status = reader_text(r, v, &i->output);
	} else if (is_named(v, "score") && json_type(v) == JSON_NUMBER && !i->scored) {
		known = i->scored = value_as_number(v, &i->score);
		r->record->given |= known ? GIVEN_SCORES : 0;
	} else if (is_named(v, "sample") && json_is_integer(v) && !i->sample) {
		i->sample = json_integer(v);
	} else if (is_named(v, "turns") && is_list(v) && !i->turn_count) {
		status = turns_read(v, r->arena, &i->turns, &i->turn_count, r->err);
	} else {
		known = is_named(v, "role") && !i->role && read_role(v, i);
	}
	return status ? status : known;
}

int reader_instances(struct reader *r)
{
	const json_value *list = r->at[COLUMN_INSTANCES];
	bool known = true;
	if (!is_list(list))
		return reader_wrong(r, list, "an array");
	int status = SOW_OK;
	reader_make_instances(r, json_count(list));
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		if (json_type(v) != JSON_OBJECT)
			return error_set(r->err, SOW_INVALID,
					 "'instances' is %s; expected objects in the array",
					 json_type_name(json_type(v)));
		struct instance *i = reader_add_instance(r, view_of(""), view_of(""));
		for (const json_value *m = json_first(v); m && status >= 0; m = json_next(v, m)) {
			status = read_instance_member(r, m, i);
			known = known && status;
		}
		if (status < 0)
			error_prefix(r->err, "instance %zu", r->record->instance_count);
		status = status < 0 ? status : SOW_OK;
	}
	if (!known)
		reader_give_back(r, COLUMN_INSTANCES);
	return status;
}

static void take_reasoning(struct reader *r)
{
	const json_value *v = r->at[COLUMN_REASONING];
	struct instance *i = r->record->instances;
	if (r->record->instance_count != 1 || !v || i->reasoning.len || i->turn_count) {
		reader_give_back(r, COLUMN_REASONING);
		return;
	}
	i->reasoning = json_text(v);
	is_reasoning(v, &i->reasoning_name);
}

static int read_answers(struct reader *r, struct view input)
{
	const json_value *v = r->at[COLUMN_ANSWER];
	struct view text = view_of("");
	int status = is_list(v) ? SOW_OK : reader_text(r, v, &text);
	reader_make_instances(r, json_count(v) + 1);
	if (!status && is_list(v))
		status = reader_add_samples(r, v, input);
	else if (!status && v)
		reader_add_instance(r, input, text);
	/* an input stays even without an answer */
	if (!status && !r->record->instance_count && input.len)
		reader_add_instance(r, input, text);
	return status;
}

int reader_history(struct reader *r, struct turn **turns, size_t *count)
{
	const json_value *history = r->at[COLUMN_HISTORY];
	*turns = NULL;
	*count = 0;
	if (history && !is_list(history))
		return reader_wrong(r, history, "an array");
	for (const json_value *v = json_first(history); v; v = json_next(history, v)) {
		if (!turn_is(v) && (!is_list(v) || json_count(v) != 2))
			return reader_wrong(r, history, "pairs of texts in the array");
	}
	int status = history ? turns_read(history, r->arena, turns, count, r->err) : SOW_OK;
	if (status == SOW_INVALID)
		error_prefix(r->err, "'history'");
	size_t said = 0;
	for (size_t i = 0; i < *count; i++) { /* a pair may lack a side */
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

/* Makes the question turns, so that the history and the system text can precede it. */
static int add_history(struct reader *r)
{
	struct record *record = r->record;
	const struct instance *answer = record->instance_count ? &record->instances[0] : NULL;
	struct turn *turns;
	struct view system;
	size_t count;
	int status = reader_history(r, &turns, &count);
	if (!status)
		status = reader_text(r, r->at[COLUMN_SYSTEM], &system);
	if (status || (!count && !system.len))
		return status;
	struct view question = record->instruction;
	if (answer)
		question = record_question(question, answer->input, r->arena);
	reader_set_turns(r, turns, count, 2);
	status = reader_put_system(r);
	if (status)
		return status;
	record->turns[record->turn_count++] = TURN(ROLE_USER, question);
	record->beside = record->instance_count > 1 || (answer && !fits_turn(answer));
	if (record->beside) { /* each answers the whole */
		record->instruction = record_first_turn(record, 0, ROLE_USER)->text;
		return SOW_OK;
	}
	if (answer)
		record->turns[record->turn_count++] = instance_turn(answer);
	reader_use_turns(r);
	return SOW_OK;
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
	error_set(r->err, SOW_INVALID, "no instruction among %s%s; expected 'instruction', "
		  "'messages', 'conversations', 'prompt', 'question' or the like, or --map "
		  "instruction=COLUMN", names.data, count > NAMES_TOLD ? ", …" : "");
	buf_release(&names);
	return SOW_INVALID;
}

/* "input" is the instruction if no other member asks, and "context" then is its input. */
static void ask_by_context(struct reader *r)
{
	const json_value *asked = r->at[COLUMN_CONTEXT], *context = json_get(r->root, "context");
	bool is_free = is_scalar(context) && reader_column(r, context) == COLUMN_FIELD;
	r->at[COLUMN_INSTRUCTION] = asked;
	r->at[COLUMN_CONTEXT] = is_free ? context : NULL;
}

/* The instruction, or its input where it is blank. */
static int read_question(struct reader *r, struct view *input)
{
	struct view *instruction = &r->record->instruction;
	int status = reader_text(r, r->at[COLUMN_INSTRUCTION], instruction);
	if (!status)
		status = reader_text(r, r->at[COLUMN_CONTEXT], input);
	if (status || !is_blank(*instruction))
		return status;
	if (is_blank(*input))
		return error_set(r->err, SOW_INVALID, "'%.*s' is empty",
				 VIEW_ARG(json_key(r->at[COLUMN_INSTRUCTION])));
	*instruction = *input;
	*input = view_of("");
	return SOW_OK;
}

/* A label belongs to the single answer to the instruction. */
static void take_label(struct reader *r, bool listed)
{
	bool is_label = reader_is_label(r) || (is_named(r->at[COLUMN_INSTRUCTION], "prompt") &&
					       is_named(r->at[COLUMN_ANSWER], "completion"));
	if (is_label && r->at[COLUMN_LABEL] && r->record->instance_count == 1 && !listed)
		reader_label_answers(r);
	else
		reader_give_back(r, COLUMN_LABEL);
}

static int read_instruction(struct reader *r)
{
	struct view input;
	if (!r->at[COLUMN_INSTRUCTION] && is_scalar(r->at[COLUMN_CONTEXT]))
		ask_by_context(r);
	if (!r->at[COLUMN_INSTRUCTION] && r->at[COLUMN_CONTEXT])
		return reader_wrong(r, r->at[COLUMN_CONTEXT], "a text");
	if (!r->at[COLUMN_INSTRUCTION])
		return no_question(r);
	bool listed = r->at[COLUMN_INSTANCES] != NULL;
	int status = read_question(r, &input);
	if (!status)
		status = listed ? reader_instances(r) : read_answers(r, input);
	if (status)
		return status;
	if (listed) {
		reader_give_back(r, COLUMN_ANSWER);
		reader_give_back(r, COLUMN_CONTEXT);
	}
	take_reasoning(r);
	take_label(r, listed);
	return add_history(r);
}

static int read_shape(struct reader *r)
{
	bool prefers = r->at[COLUMN_CHOSEN] || r->at[COLUMN_REJECTED];
	if (are_samples(r->at[COLUMN_INSTRUCTION]) && !r->at[COLUMN_TURNS])
		return reader_wrong(r, r->at[COLUMN_INSTRUCTION], "a text, or turns in the array");
	if (!prefers) {
		reader_give_back(r, COLUMN_SCORE_CHOSEN);
		reader_give_back(r, COLUMN_SCORE_REJECTED);
	}
	if (prefers) {
		reader_give_back(r, COLUMN_COMPLETIONS);
		return reader_preference(r);
	}
	if (r->at[COLUMN_COMPLETIONS] &&
	    (is_list(r->at[COLUMN_CONTEXT]) || is_list(r->at[COLUMN_INSTRUCTION])))
		return reader_completions(r);
	reader_give_back(r, COLUMN_COMPLETIONS);
	if (is_list(r->at[COLUMN_CONTEXT]) && !is_named(r->at[COLUMN_CONTEXT], "input"))
		reader_give_back(r, COLUMN_CONTEXT);
	if (r->at[COLUMN_TURNS] || is_list(r->at[COLUMN_INSTRUCTION]))
		return reader_conversation(r);
	return read_instruction(r);
}

/* Tools as an array, or as one in a text; anything else stays a field. */
static void read_tools(struct reader *r)
{
	const json_value *v = r->at[COLUMN_TOOLS], *list = v;
	if (!v || (!is_list(v) && is_blank(json_text(v))))
		return;
	if (!is_list(v))
		list = json_root(json_parse_lenient(json_text(v), r->arena, NULL, NULL, NULL));
	if (!is_list(list)) {
		reader_give_back(r, COLUMN_TOOLS);
		return;
	}
	r->record->tools = json_compact(list, r->arena);
}

/* False for an empty text: it equals a missing member. */
static bool says_something(const json_value *v)
{
	return v && (json_type(v) != JSON_TEXT || json_text(v).len);
}

/* Reads id, name and lineage, and notes which of them the file gave. */
static int read_head(struct reader *r)
{
	struct record *record = r->record;
	struct lineage *l = &record->lineage;
	const struct {
		enum column column;
		unsigned given;
		struct view *text;   /* NULL: not a text */
	} members[] = {
		{ COLUMN_ID, GIVEN_ID, &record->id },
		{ COLUMN_NAME, GIVEN_NAME, &record->name },
		{ COLUMN_ROOT, GIVEN_ROOT, &l->root },
		{ COLUMN_PARENT, GIVEN_PARENT, &l->parent },
		{ COLUMN_OPERATION, GIVEN_OPERATION, &l->operation },
		{ COLUMN_ROUND, GIVEN_ROUND, NULL },
		{ COLUMN_CLASSIFICATION, GIVEN_CLASSIFICATION, NULL },
	};
	int status = SOW_OK;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && !status; i++) {
		const json_value *v = r->at[members[i].column];
		record->given |= says_something(v) ? members[i].given : 0;
		if (members[i].text)
			status = reader_text(r, v, members[i].text);
	}
	record->id_is_json = r->at[COLUMN_ID] && json_type(r->at[COLUMN_ID]) != JSON_TEXT;
	l->round = json_integer(r->at[COLUMN_ROUND]);
	const json_value *flag = r->at[COLUMN_CLASSIFICATION];
	if (!status && flag && !value_as_bool(flag, &record->is_classification))
		status = reader_wrong(r, flag, "true or false");
	return status;
}

static int read_object(struct reader *r)
{
	int status = reader_choose(r);
	if (!status)
		status = read_head(r);
	if (status)
		return status;
	read_tools(r);
	status = read_shape(r);
	if (!status)
		reader_keep_fields(r);
	return status;
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
	if (status)
		return status;
	reader_set_turns(r, turns, count, 0);
	status = reader_check_question(r, "");
	if (!status)
		reader_use_turns(r);
	return status;
}

static bool has_output(const struct record *record)
{
	for (size_t i = 0; i < record->instance_count; i++) {
		if (record->instances[i].output.len)
			return true;
	}
	return false;
}

int record_read(const json_value *value, const struct columns *columns, struct arena *a,
		struct record *record, struct shape *shape, struct sow_error *err)
{
	struct reader r = { .root = value, .columns = columns, .arena = a, .record = record,
			    .shape = shape, .err = err };
	*record = (struct record)RECORD_INIT;
	int status = json_type(value) == JSON_OBJECT ? read_object(&r) : read_bare(&r);
	if (!status && shape)
		shape->answered += has_output(record);
	return status;
}

/* An object with one member. */
static struct view wrapped(const char *name, const json_value *value, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addf(&text, "{\"%s\":", name);
	json_add_value(&text, value);
	buf_addch(&text, '}');
	return arena_takebuf(a, &text);
}

int record_read_any(const json_value *value, const struct columns *columns, struct arena *a,
		    struct record *record, struct shape *shape, struct sow_error *err)
{
	struct sow_error own = { 0 };
	bool is_object = json_type(value) == JSON_OBJECT;
	int status = record_read(value, columns, a, record, shape, &own);
	if (status == SOW_INVALID && is_object) {
		*record = (struct record)RECORD_INIT;
		record->fields = json_compact(value, a);
		status = SOW_OK;
	}
	if (!status) {
		record->is_text = json_type(value) == JSON_TEXT;
		record->object = is_object ? json_compact(value, a)
				 : wrapped(json_type(value) == JSON_TEXT ? "instruction" : "messages",
					   value, a);
	}
	if (status && err)
		*err = own;
	return status;
}
