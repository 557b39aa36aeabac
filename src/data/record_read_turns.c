/* Conversations: turns, with the members beside them. */
#include "data/record_read_private.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "data/turns.h"

const struct turn *record_first_turn(const struct record *record, size_t from, enum role role)
{
	for (size_t i = from; i < record->turn_count; i++) {
		if (record->turns[i].role == role)
			return &record->turns[i];
	}
	return NULL;
}

/* An answer that an instance can hold: a text, and the thought before it. */
static bool is_plain_answer(const struct turn *t)
{
	struct turn rest = *t;
	rest.reasoning = (struct view){ 0 };
	return t->role == ROLE_ASSISTANT && turn_is_plain(&rest);
}

/* True for a question, or a question and its answer: they do not need turns. */
static bool needs_no_turns(const struct record *record)
{
	const struct turn *turns = record->turns;
	return record->turn_count <= 2 && turns[0].role == ROLE_USER && turn_is_plain(&turns[0]) &&
	       (record->turn_count < 2 || is_plain_answer(&turns[1]));
}

int reader_check_question(struct reader *r, const char *where)
{
	const struct turn *question = record_first_turn(r->record, 0, ROLE_USER);
	if (!question)
		return error_set(r->err, SOW_INVALID, "no turn of role 'user'%s%s",
				 *where ? " in " : "", where);
	if (is_blank(question->text) && !question->parts.len)
		return error_set(r->err, SOW_INVALID, "the first turn of role 'user' is empty");
	return SOW_OK;
}

/* The first answer with a text; if all are calls, the first. */
static const struct turn *find_answer(const struct record *record, size_t from)
{
	for (size_t i = from; i < record->turn_count; i++) {
		if (record->turns[i].role == ROLE_ASSISTANT && record->turns[i].text.len)
			return &record->turns[i];
	}
	return record_first_turn(record, from, ROLE_ASSISTANT);
}

void reader_use_turns(struct reader *r)
{
	struct record *record = r->record;
	const struct turn *question = record_first_turn(record, 0, ROLE_USER);
	const struct turn *answer = find_answer(record, (size_t)(question - record->turns));
	record->instruction = question->text;
	record->instance_count = 0;
	if (answer) {
		reader_make_instances(r, 1);
		struct instance *i = reader_add_instance(r, view_of(""), answer->text);
		if (needs_no_turns(record)) {
			i->reasoning = answer->reasoning;
			i->reasoning_name = answer->reasoning_name;
		}
	}
	if (needs_no_turns(record))
		record->turn_count = 0;
}

void reader_set_turns(struct reader *r, const struct turn *list, size_t count, size_t more)
{
	struct turn *turns = arena_array(r->arena, count + more + 1, sizeof(*turns));
	if (count)
		memcpy(turns + 1, list, count * sizeof(*turns));
	r->record->turns = turns + 1;
	r->record->turn_count = count;
}

int reader_put_system(struct reader *r)
{
	struct view system;
	struct record *record = r->record;
	int status = reader_text(r, r->at[COLUMN_SYSTEM], &system);
	if (status || !system.len)
		return status; /* an empty one adds nothing */
	bool begun = record->turn_count && (record->turns[0].role == ROLE_SYSTEM ||
					    record->turns[0].role == ROLE_DEVELOPER);
	if (begun) {
		if (!view_eq(record->turns[0].text, system))
			reader_give_back(r, COLUMN_SYSTEM);
		return SOW_OK;
	}
	record->turns--;
	record->turns[0] = TURN(ROLE_SYSTEM, system);
	record->turn_count++;
	return SOW_OK;
}

int reader_add_samples(struct reader *r, const json_value *list, struct view input)
{
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		if (json_is_missing(v))
			continue;
		if (!is_scalar(v))
			return reader_wrong(r, list, "a text, or texts in the array");
		struct instance *i = reader_add_instance(r, input, json_scalar(v, r->arena));
		i->sample = (int64_t)r->record->instance_count - 1;
	}
	return SOW_OK;
}

/* Adds the answer beside the turns that completes them; samples stay beside them. */
static int add_completion(struct reader *r, const json_value *v)
{
	struct turn *more;
	size_t count;
	if (json_is_missing(v))
		return SOW_OK;
	struct record *record = r->record;
	if (are_samples(v)) {
		record->beside = true;
		reader_make_instances(r, json_count(v));
		return reader_add_samples(r, v, view_of(""));
	}
	if (is_scalar(v)) {
		struct view text;
		int status = reader_text(r, v, &text);
		record->turns[record->turn_count++] = TURN(ROLE_ASSISTANT, text);
		return status;
	}
	if (!is_list(v))
		return reader_wrong(r, v, "a text or an array");
	int status = reader_within(r, v, turns_read(v, r->arena, &more, &count, r->err));
	if (status || !count)
		return status;
	memcpy(record->turns + record->turn_count, more, count * sizeof(*more));
	record->turn_count += count;
	return SOW_OK;
}

bool reader_is_label(const struct reader *r)
{
	return is_named(r->at[COLUMN_LABEL], "kto_tag") || reader_is_mapped(r, COLUMN_LABEL);
}

void reader_label_answers(struct reader *r)
{
	bool good;
	value_as_label(r->at[COLUMN_LABEL], &good);
	for (size_t i = 0; i < r->record->instance_count; i++)
		r->record->instances[i].role = good ? ANSWER_CHOSEN : ANSWER_REJECTED;
}

void reader_add_answer(struct reader *r, struct turn *turns, size_t count, enum answer_role role)
{
	const struct turn *last = &turns[count - 1];
	struct instance *i = reader_add_instance(r, view_of(""), last->text);
	i->role = role;
	if (count == 1 && is_plain_answer(last)) {
		i->reasoning = last->reasoning;
		i->reasoning_name = last->reasoning_name;
	} else {
		i->turns = turns;
		i->turn_count = count;
	}
}

void reader_part_answer(struct reader *r, enum answer_role role, size_t more)
{
	struct record *record = r->record;
	size_t asking = record->turn_count;
	while (asking && record->turns[asking - 1].role == ROLE_ASSISTANT)
		asking--;
	record->beside = true;
	reader_make_instances(r, 1 + more);
	if (asking == record->turn_count)
		return;
	reader_add_answer(r, record->turns + asking, record->turn_count - asking, role);
	record->turn_count = asking;
}

int reader_use_question(struct reader *r, const char *where)
{
	struct record *record = r->record;
	int status = reader_check_question(r, where);
	if (status)
		return status;
	record->instruction = record_first_turn(record, 0, ROLE_USER)->text;
	if (record->turn_count == 1 && needs_no_turns(record))
		record->turn_count = 0;
	return SOW_OK;
}

/* True if the question or the instances of our own format add nothing to the turns. */
static bool same_instruction(const struct reader *r)
{
	const json_value *v = r->at[COLUMN_INSTRUCTION];
	return is_named(v, "instruction") && view_eq(json_text(v), r->record->instruction);
}

static bool same_instance(const json_value *v, const struct instance *i)
{
	for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
		bool is_input = is_named(m, "input");
		if ((!is_input && !is_named(m, "output")) || json_type(m) != JSON_TEXT ||
		    !view_eq(json_text(m), is_input ? i->input : i->output))
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

/* True for an instance that repeats the first answer among the turns, as our own format writes it. */
static bool repeats_answer(const struct record *record, const json_value *list)
{
	const struct turn *question = record_first_turn(record, 0, ROLE_USER);
	const struct turn *answer =
		question ? find_answer(record, (size_t)(question - record->turns)) : NULL;
	const struct instance i = { .input = view_of(""),
				    .output = answer ? answer->text : view_of("") };
	return answer && json_count(list) == 1 && same_instance(json_first(list), &i);
}

/* True if the instances, as in our own format, are the answers to the turns. */
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
	int status = SOW_OK;
	bool labelled = r->at[COLUMN_LABEL] && (reader_is_label(r) || more) && !record->beside &&
			record->turns[record->turn_count - 1].role == ROLE_ASSISTANT;
	bool listed = !more && !labelled && answers_turns(r);
	if (!labelled)
		reader_give_back(r, COLUMN_LABEL);
	if (labelled)
		reader_part_answer(r, ANSWER_PLAIN, 0);
	else if (listed)
		status = reader_instances(r);
	else if (!record->beside)
		status = reader_check_question(r, where);
	record->beside = record->beside || listed;
	if (!status && record->beside)
		status = reader_use_question(r, where);
	else if (!status)
		reader_use_turns(r);
	if (labelled && !status)
		reader_label_answers(r);
	if (!status && !listed && !same_instances(r))
		reader_give_back(r, COLUMN_INSTANCES);
	return status;
}

int reader_turns(struct reader *r, const json_value *v, struct turn **turns, size_t *count)
{
	const json_value *list = v;
	struct view text = json_text(v);
	if (view_starts(view_trim(text), "[")) {
		struct json *doc = json_parse_lenient(text, r->arena, NULL, NULL, NULL);
		list = is_list(json_root(doc)) ? json_root(doc) : v;
	}
	if (!is_list(list))
		return reader_wrong(r, v, "an array");
	return reader_within(r, v, turns_read(list, r->arena, turns, count, r->err));
}

int reader_conversation(struct reader *r)
{
	const json_value *list = r->at[COLUMN_TURNS];
	bool by_prompt = !list;
	const json_value *more = by_prompt ? r->at[COLUMN_ANSWER] : NULL;
	if (by_prompt)
		list = r->at[COLUMN_INSTRUCTION];
	struct turn *turns;
	size_t count;
	char where[64];
	struct view name = utf8_head(json_key(list), 60);
	snprintf(where, sizeof(where), "'%.*s'", VIEW_ARG(name));
	int status = reader_turns(r, list, &turns, &count);
	if (status)
		return status;
	reader_set_turns(r, turns, count, 2 * json_count(more) + 1);
	status = add_completion(r, more);
	if (!status && !r->record->turn_count)
		status = error_set(r->err, SOW_INVALID, "%s is empty", where);
	if (!status)
		status = reader_put_system(r);
	if (!status)
		status = use_conversation(r, more, where);
	if (status)
		return status;
	/* beside the turns these are fields, unless they repeat the turns, as in our own format */
	if (!by_prompt && !same_instruction(r))
		reader_give_back(r, COLUMN_INSTRUCTION);
	if (!more)
		reader_give_back(r, COLUMN_ANSWER);
	reader_give_back(r, COLUMN_CONTEXT);
	reader_give_back(r, COLUMN_HISTORY);
	reader_give_back(r, COLUMN_REASONING);
	return SOW_OK;
}
