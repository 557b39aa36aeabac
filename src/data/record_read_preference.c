/* Preference data: answers that are known to be better or worse than others. */
#include "data/record_read_private.h"

#include "base/error.h"
#include "data/turns.h"

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

/* Turns, or one turn alone. */
static int read_list(struct reader *r, const json_value *v, struct turn **turns, size_t *count)
{
	if (!is_list(v) && turn_is(v)) {
		*count = 1;
		*turns = arena_alloc(r->arena, sizeof(**turns));
		return turn_read(v, r->arena, *turns, r->err);
	}
	if (!is_list(v))
		return reader_wrong(r, v, "an array");
	return turns_read(v, r->arena, turns, count, r->err);
}

static int read_side(struct reader *r, enum column c, struct side *s)
{
	const json_value *v = r->at[c];
	bool many = are_samples(v);
	*s = (struct side){ .several = many };
	if (!v)
		return SOW_OK;
	if (!many && !is_scalar(v))
		return reader_within(r, v, read_list(r, v, &s->turns, &s->count));
	s->turns = arena_array(r->arena, many ? json_count(v) : 1, sizeof(*s->turns));
	for (const json_value *t = many ? json_first(v) : v; t; t = many ? json_next(v, t) : NULL) {
		struct view text;
		if (!is_scalar(t) && !json_is_missing(t))
			return reader_wrong(r, v, "a text, turns, or texts in the array");
		int status = reader_text(r, t, &text);
		if (status)
			return status;
		if (!json_is_missing(t))
			s->turns[s->count++] = TURN(ROLE_ASSISTANT, text);
	}
	return SOW_OK;
}

/* The number of turns at the front of both that are the question. For a single side: all up to the last that
 * is not an answer. */
static size_t shared_turns(const struct side *a, const struct side *b)
{
	const struct side *one = a->count ? a : b;
	size_t n = 0;
	if (a->several || b->several)
		return 0;
	if (!a->count || !b->count) {
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
	for (size_t i = 0; s->several && i < s->count; i++)
		reader_add_answer(r, s->turns + i, 1, role);
	if (!s->several && s->count > from)
		reader_add_answer(r, s->turns + from, s->count - from, role);
}

/* The score of the only answer of its kind; with none or several answers it is a field. */
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
		found->scored = value_as_number(r->at[c], &found->score);
	else
		reader_give_back(r, c);
}

/* A question of one text, after the turns before it. */
static int ask_text(struct reader *r, struct view question)
{
	struct turn *turns;
	size_t count;
	int status = reader_history(r, &turns, &count);
	if (status)
		return status;
	reader_set_turns(r, turns, count, 1);
	if (question.len)
		r->record->turns[r->record->turn_count++] = TURN(ROLE_USER, question);
	return SOW_OK;
}

/* The question outside the answers, as an instruction with its input. */
static int read_prompt_text(struct reader *r)
{
	struct view instruction, context;
	int status = reader_text(r, r->at[COLUMN_INSTRUCTION], &instruction);
	if (!status)
		status = reader_text(r, r->at[COLUMN_CONTEXT], &context);
	if (status)
		return status;
	if (is_blank(instruction)) {
		instruction = context;
		context = view_of("");
	}
	struct view question = record_question(instruction, context, r->arena);
	r->asked = instruction;
	r->context = context;
	return ask_text(r, question);
}

/* OpenAI's: {"messages": […], "tools": […], …}. */
static void take_inner(struct reader *r, const json_value *input)
{
	const json_value *tools = json_get(input, "tools");
	r->inner[0] = json_get(input, "messages");
	if (!is_list(tools) || r->record->tools.len)
		return;
	r->inner[1] = tools;
	r->record->tools = json_compact(tools, r->arena);
}

/* Sets *whole if the turns beside a prompt are not the question: they are the conversation with its answer, which
 * 'chosen' has as well. */
static int is_whole(struct reader *r, bool *whole)
{
	const json_value *list = r->at[COLUMN_TURNS];
	struct turn *turns;
	size_t count;
	*whole = false;
	if (!list || !r->at[COLUMN_INSTRUCTION] || !r->at[COLUMN_CHOSEN])
		return SOW_OK;
	int status = reader_turns(r, list, &turns, &count);
	*whole = !status && count && turns[count - 1].role == ROLE_ASSISTANT;
	return status;
}

/* The question: turns, or a text. Unused members are given back. */
static int read_prompt(struct reader *r)
{
	struct turn *turns;
	size_t count;
	bool whole;
	int status = is_whole(r, &whole);
	if (status)
		return status;
	if (whole)
		reader_give_back(r, COLUMN_TURNS);
	const json_value *input = r->at[COLUMN_CONTEXT];
	const json_value *list = whole ? NULL : r->at[COLUMN_TURNS];
	if (list) {
		reader_give_back(r, COLUMN_INSTRUCTION);
		reader_give_back(r, COLUMN_CONTEXT);
	} else if (is_list(r->at[COLUMN_INSTRUCTION])) {
		list = r->at[COLUMN_INSTRUCTION];
		reader_give_back(r, COLUMN_CONTEXT);
	} else if (json_type(input) == JSON_OBJECT && is_list(json_get(input, "messages"))) {
		list = json_get(input, "messages");
		reader_give_back(r, COLUMN_INSTRUCTION);
		take_inner(r, input);
	} else if (is_list(input) && !r->at[COLUMN_INSTRUCTION]) {
		list = input;
	}
	if (!list)
		return read_prompt_text(r);
	reader_give_back(r, COLUMN_HISTORY);
	status = reader_turns(r, list, &turns, &count);
	if (!status)
		reader_set_turns(r, turns, count, 0);
	return status;
}

/* The prompt beside answers that begin with it: part of it, or a field. */
static int check_prompt(struct reader *r, const struct side *s, size_t shared)
{
	const json_value *prompt = r->at[COLUMN_INSTRUCTION];
	struct view text = json_text(prompt);
	struct turn *turns;
	size_t count, same = 0;
	for (size_t i = 0; i < shared && json_type(prompt) == JSON_TEXT; i++) {
		if (s->turns[i].role == ROLE_USER && view_eq(s->turns[i].text, text))
			return SOW_OK;
	}
	if (is_list(prompt)) {
		int status = reader_turns(r, prompt, &turns, &count);
		if (status)
			return status;
		while (same < count && same < shared && same_turn(&turns[same], &s->turns[same]))
			same++;
		if (same == count)
			return SOW_OK;
	}
	reader_give_back(r, COLUMN_INSTRUCTION);
	return SOW_OK;
}

/* The question of preference data: the turns that both answers begin with, or the prompt beside them. */
static int read_asked(struct reader *r, const struct side *one, size_t shared)
{
	int status;
	if (!shared) {
		status = read_prompt(r);
	} else {
		reader_set_turns(r, one->turns, shared, 0);
		status = check_prompt(r, one, shared);
		reader_give_back(r, COLUMN_TURNS);
		reader_give_back(r, COLUMN_CONTEXT);
		reader_give_back(r, COLUMN_HISTORY);
	}
	return status ? status : reader_put_system(r);
}

/* The answer that is not called chosen, but is better than the one called rejected: at the end of
 * the turns, or beside them as a text or as turns. */
static int add_better(struct reader *r, size_t room)
{
	struct record *record = r->record;
	const json_value *answer = r->at[COLUMN_ANSWER];
	struct turn *turns;
	struct view text;
	size_t count;
	if (record->turn_count && record->turns[record->turn_count - 1].role == ROLE_ASSISTANT) {
		reader_give_back(r, COLUMN_ANSWER);
		reader_part_answer(r, ANSWER_CHOSEN, room);
		return SOW_OK;
	}
	int status = SOW_OK;
	reader_make_instances(r, room + 1);
	if (is_scalar(answer)) {
		status = reader_text(r, answer, &text);
		reader_add_instance(r, view_of(""), text)->role = ANSWER_CHOSEN;
	} else if (is_list(answer) && turn_is(json_first(answer))) {
		status = read_list(r, answer, &turns, &count);
		if (!status)
			reader_add_answer(r, turns, count, ANSWER_CHOSEN);
	} else {
		reader_give_back(r, COLUMN_ANSWER);
	}
	return status;
}

/* A question that does not need turns: moves its input into each answer. */
static void part_question(struct reader *r)
{
	r->record->instruction = r->asked;
	for (size_t i = 0; i < r->record->instance_count; i++)
		r->record->instances[i].input = r->context;
}

int reader_preference(struct reader *r)
{
	struct side chosen, rejected;
	int status = read_side(r, COLUMN_CHOSEN, &chosen);
	if (!status)
		status = read_side(r, COLUMN_REJECTED, &rejected);
	if (status)
		return status;
	size_t shared = shared_turns(&chosen, &rejected), room = chosen.count + rejected.count;
	r->record->beside = true;
	status = read_asked(r, chosen.count ? &chosen : &rejected, shared);
	if (!status && !record_first_turn(r->record, 0, ROLE_USER))
		status = error_set(r->err, SOW_INVALID,
				   "no question for the answers; expected 'prompt', 'question', "
				   "'messages' or the like, or turns that both begin with");
	if (status)
		return status;
	if (chosen.count) {
		reader_give_back(r, COLUMN_ANSWER);
		reader_make_instances(r, room);
	} else {
		status = add_better(r, room);
	}
	if (status)
		return status;
	add_side(r, &chosen, shared, ANSWER_CHOSEN);
	add_side(r, &rejected, shared, ANSWER_REJECTED);
	take_score(r, COLUMN_SCORE_CHOSEN, ANSWER_CHOSEN);
	take_score(r, COLUMN_SCORE_REJECTED, ANSWER_REJECTED);
	reader_give_back(r, COLUMN_LABEL);
	reader_give_back(r, COLUMN_INSTANCES);
	reader_give_back(r, COLUMN_REASONING);
	status = reader_use_question(r, "");
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
	    json_type(rank) != JSON_NUMBER || !value_as_number(rank, &score))
		return error_set(r->err, SOW_INVALID, "'completions': expected objects with "
				 "\"rank\", a number, and \"completion\", an array of turns");
	int status = turns_read(answer, r->arena, &turns, &count, r->err);
	if (status == SOW_INVALID)
		error_prefix(r->err, "'completions'");
	if (status)
		return status;
	reader_add_answer(r, turns, count, score > best ? ANSWER_REJECTED : ANSWER_CHOSEN);
	struct instance *i = &r->record->instances[r->record->instance_count - 1];
	i->scored = true;
	i->score = 0 - score;
	return SOW_OK;
}

int reader_completions(struct reader *r)
{
	static const enum column others[] = { COLUMN_ANSWER, COLUMN_INSTANCES, COLUMN_LABEL,
					      COLUMN_REASONING };
	const json_value *list = r->at[COLUMN_COMPLETIONS];
	double best = 0;
	r->record->beside = true;
	int status = read_prompt(r);
	if (!status)
		status = reader_put_system(r);
	reader_make_instances(r, json_count(list));
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		double rank = json_number(json_get(v, "rank"));
		best = v == json_first(list) || rank < best ? rank : best;
	}
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v))
		status = read_completion(r, v, best);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		reader_give_back(r, others[i]);
	return status ? status : reader_use_question(r, "'context'");
}
