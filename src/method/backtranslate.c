/* Instruction backtranslation (Li et al. 2023, "Humpback", arXiv:2308.06259): a text that people wrote is
 * the answer; a teacher writes the instruction that it answers (self-augmentation), a judge grades the pair
 * from 1 to 5 (self-curation), and pairs with a high enough grade are kept. docs/guide/backtranslate.md is
 * its manual.
 *
 * A unit's input is the text until it is kept as the answer, its instruction the written one. Each try
 * of a request is a stage; context keeps the votes so far, and a reply that did not fit. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "data/format.h"
#include "method/again.h"
#include "method/elimination.h"
#include "method/fields.h"
#include "method/json_prompt.h"
#include "method/grading.h"
#include "method/question.h"
#include "method/shown.h"
#include "method/speech.h"
#include "text/spacing.h"

#define VOTES_MAX 9
#define STAGE_GRADE (MAP_TRIES_MAX + 1)
#define STAGES (MAP_TRIES_MAX + VOTES_MAX + MAP_TRIES_MAX - 1)
#define RUBRIC "quality" /* prompts/grade; the grade is a field of this name */

static const char schema[] =
	"{\"type\":\"object\",\"properties\":{\"instruction\":{\"type\":\"string\",\"minLength\":1}},"
	"\"required\":[\"instruction\"],\"additionalProperties\":false}";

struct own {
	const char *field;
	double keep;
	int64_t votes;
};

struct backtranslate {
	struct method_state run;
	const struct own *own;
	struct json_prompt form;
	struct grading grading;
};

/* Opening */

static int backtranslate_open(void *state, struct sow_error *err)
{
	static const char *const slots[] = { "headings", "text", NULL };
	static const char *const rubric[] = { RUBRIC };
	struct backtranslate *m = state;
	m->own = m->run.o.own;
	if (m->own->votes > 1 && m->run.o.sampling.temperature == 0)
		return error_set(err, SOW_USAGE, "--votes %lld: expected a --temperature above 0, such as 0.7; at 0 "
				 "each vote is the same", (long long)m->own->votes);
	int status = json_prompt_open(&m->form, &m->run, "backtranslate/instruction", schema, slots, err);
	return status ? status : grading_open(&m->grading, &m->run, &(struct list){ rubric, 1 }, err);
}

/* The record */

/* A text of the record, and its place. */
struct found {
	struct view text, reasoning;
	const char *field;           /* NULL: it is an answer, or the record is a text */
	bool is_record;              /* the record is this text */
	bool is_turns;               /* an answer with more than a text */
};

/* The usual names of a text without a question. */
static const char *const usual_fields[] = { "chunk", "output", "text", "content", "response", "answer" };

static bool find_field(const json_value *object, const char *name, struct found *f)
{
	const json_value *v = json_get(object, name);
	if (json_type(v) != JSON_TEXT)
		return false;
	*f = (struct found){ .text = spacing_trim(json_text(v)), .field = name };
	return true;
}

static void find_texts(const struct backtranslate *m, const struct record *input, const json_value *object,
		       struct arena *a, struct found **list, size_t *count)
{
	struct instance *answers;
	size_t answer_count;
	question_answers(input, a, &answers, &answer_count);
	*list = arena_array(a, answer_count + 1, sizeof(**list));
	*count = 0;
	if (m->own->field || find_field(object, "chunk", &(*list)[0])) {
		*count = find_field(object, m->own->field ? m->own->field : "chunk", &(*list)[0]);
		return;
	}
	for (size_t i = 0; i < answer_count; i++)
		(*list)[(*count)++] = (struct found){ .text = spacing_trim(answers[i].output),
						      .reasoning = answers[i].reasoning,
						      .is_turns = answers[i].turn_count > 0 };
	if (!*count && input->is_text) {
		(*list)[0] = (struct found){ .text = spacing_trim(input->instruction), .is_record = true };
		*count = 1;
	}
	for (size_t i = 0; !*count && i < sizeof(usual_fields) / sizeof(*usual_fields); i++)
		*count = find_field(object, usual_fields[i], &(*list)[0]);
}

/* Sets a member; RULE_FIELD_EXISTS if it exists. */
static int set_new(const struct backtranslate *m, struct unit *u, const char *name, struct view text,
		   struct arena *a, enum rule_id *broken, struct buf *why)
{
	const json_value *fields = u->fields.len ? json_own(u->fields, a) : NULL;
	if (json_get(fields, name) && !m->run.o.map.replace) {
		buf_addf(why, "%sthere is a field '%s'", why->len ? "; " : "", name);
		*broken = RULE_FIELD_EXISTS;
		return SOW_OK;
	}
	return text.len ? fields_set(&u->fields, name, text, a) : SOW_OK;
}

/* Keeps the record's original question and answer in fields of other names. */
static int keep_original(const struct backtranslate *m, const struct record *input, const struct found *f,
			 struct unit *u, struct arena *a, enum rule_id *broken, struct buf *why)
{
	struct view question = view_of(""), answer = view_of("");
	struct instance *answers;
	size_t count;
	bool is_answer = !f->field && !f->is_record;
	int status = fields_of(input, a, &u->fields);
	if (!status && f->field)
		status = fields_drop(&u->fields, f->field, a);
	if (!status && !f->is_record)
		status = shown_question(input, a, &question);
	question_answers(input, a, &answers, &count);
	if (!is_answer && count && !f->is_record)
		shown_answer(&answers[0], a, &answer);
	if (view_eq(answer, f->text))
		answer = view_of("");
	const struct { const char *name; struct view text; } kept[] = {
		{ RUBRIC, view_of("") }, { RUBRIC "_reason", view_of("") },
		{ "original_instruction", question }, { "original_output", answer },
		{ "original_reasoning", f->reasoning },
	};
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept) && !status; i++)
		status = set_new(m, u, kept[i].name, kept[i].text, a, broken, why);
	return status;
}

/* The paper takes texts of 600 to 3,000 characters. */
static enum rule_id check_text(const struct rules *rules, const struct found *f, struct buf *why)
{
	double length = (double)utf8_count(f->text.p, f->text.len);
	if (f->is_turns) {
		buf_addstr(why, "the answer is more than a text");
		return RULE_NO_ANSWER;
	}
	if (!f->text.len) {
		buf_addstr(why, "no text");
		return RULE_MISSING_FIELD;
	}
	bool is_short = rules_on(rules, RULE_SHORT_TEXT) && length < rules_number(rules, RULE_SHORT_TEXT);
	bool is_long = rules_on(rules, RULE_LONG_TEXT) && length > rules_number(rules, RULE_LONG_TEXT);
	if (is_short || is_long)
		buf_addf(why, "%.0f characters", length);
	return is_short ? RULE_SHORT_TEXT : is_long ? RULE_LONG_TEXT : RULE_COUNT;
}

static int begin_text(const struct backtranslate *m, const struct record *input, const struct found *f,
		      const struct unit *at, int64_t item, struct outcome *o)
{
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	struct buf why = BUF_INIT;
	u->item = item;
	u->stage = 1;
	u->is_classification = -1;
	u->input = f->text;
	enum rule_id broken = check_text(m->run.o.rules, f, &why);
	int status = keep_original(m, input, f, u, o->arena, &broken, &why);
	if (!status && broken != RULE_COUNT)
		outcome_fail_for(o, u, broken, f->text, &why);
	buf_release(&why);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

/* Each answer of a record is a text for which to write an instruction. */
static int begin(const void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	const struct backtranslate *m = state;
	struct view text;
	struct found *list = NULL;
	size_t count = 0;
	int status = format_object(input, o->arena, &text);
	const json_value *object = status ? NULL : json_own(text, o->arena);
	if (!object)
		return SOW_NOMEM;
	find_texts(m, input, object, o->arena, &list, &count);
	for (size_t i = 0; i < count && !status; i++)
		status = begin_text(m, input, &list[i], at, (int64_t)i + 1, o);
	if (status || count)
		return status;
	struct accepted a = { .unit = *at };
	struct buf why = BUF_INIT;
	a.unit.item = a.unit.stage = 1;
	a.unit.is_classification = -1;
	if (m->own->field)
		buf_addf(&why, "no text in '%s'", m->own->field);
	else
		buf_addstr(&why, "no answer, and no text in 'chunk', 'text' or 'output'");
	outcome_fail_for(o, &a.unit, RULE_MISSING_FIELD, text, &why);
	outcome_accept(o, &a);
	return SOW_OK;
}

/* The requests */

static int ask_instruction(const struct backtranslate *m, const struct unit *u, const json_value *context,
			   struct request *r)
{
	static const char example[] = "{\"instruction\":\"Explain step by step how this is done, and what to look out "
				      "for.\"}";
	const json_value *fields = u->fields.len ? json_own(u->fields, r->arena) : NULL;
	struct view headings = json_text(json_get(fields, "heading"));
	const struct slot slots[] = { { "headings", headings.len ? headings : view_of("none") },
				      { "text", u->input }, { 0 } };
	request_set_example(r, view_of(example));
	return json_prompt_ask(&m->form, slots, context, r);
}

static int ask_grade(const struct backtranslate *m, const struct unit *u, const json_value *context,
		     struct request *r)
{
	if (m->own->votes == 1)
		r->sampling.temperature = 0;
	r->sample = (uint32_t)grading_votes(context);
	/* the paper's share of kept texts does not apply to other data: half */
	request_set_example(r, grading_example(&m->grading, u->ticket % 2 ? 1 : 0.5, r->arena));
	return grading_ask(&m->grading, u->instruction, u->input, context, r);
}

static int plan(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct backtranslate *m = state;
	struct request *r = request_new();
	int status = method_sampling(&m->run.o, r);
	const json_value *context = !status && u->context.len ? json_own(u->context, r->arena) : NULL;
	(void)sample;
	if (!status && u->context.len && !context)
		status = SOW_NOMEM;
	if (!status)
		status = (u->stage < STAGE_GRADE ? ask_instruction : ask_grade)(m, u, context, r);
	return request_finish(r, status, out);
}

/* The replies */

/* True if the instruction gives away its answer. */
static bool copies_text(const struct rules *rules, struct view instruction, struct view text,
			struct arena *a, struct view *copied)
{
	struct speech s, none;
	struct buf words = BUF_INIT;
	speech_open(&s, instruction);
	speech_open(&none, view_of(""));
	speech_add_words(&words, text);
	struct view run = speech_shared(&s, view_from(words.data, words.len), &none,
					(size_t)rules_number(rules, RULE_COPIES_TEXT));
	*copied = view_from(arena_copyview(a, run), run.len);
	buf_release(&words);
	speech_close(&s);
	speech_close(&none);
	return copied->len;
}

static enum rule_id check_instruction(const struct rules *rules, struct view instruction, struct view text,
				      struct arena *a, struct view *detail)
{
	*detail = view_of("");
	if (!instruction.len)
		return RULE_EMPTY;
	enum rule_id broken = elimination_of_speech(rules, instruction, text, detail);
	if (broken != RULE_COUNT || !rules_on(rules, RULE_COPIES_TEXT))
		return broken;
	return copies_text(rules, instruction, text, a, detail) ? RULE_COPIES_TEXT : RULE_COUNT;
}

/* A reply that did not fit, as the context of the next try (again.h). */
static void keep_misfit(struct unit *u, struct view reply, struct view why, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addch(&text, '{');
	again_members(reply, why, &text);
	buf_addch(&text, '}');
	u->context = arena_takebuf(a, &text);
}

/* SOW_INVALID with why if it is a heading, or about a text that only the writer has seen: then the request is
 * repeated. */
static int check_alone(const struct backtranslate *m, const struct unit *u, struct view instruction,
		       struct arena *a, struct buf *why)
{
	struct speech s;
	const json_value *fields = u->fields.len ? json_own(u->fields, a) : NULL;
	struct view heading = json_text(json_get(fields, "heading")), last = heading;
	for (size_t at; (at = view_find(last, 0, " > ")) != VIEW_NONE;)
		last = view_sub(last, at + strlen(" > "), last.len);
	if (!rules_on(m->run.o.rules, RULE_NOT_ALONE))
		return SOW_OK;
	if (instruction.len && (view_eqfold(instruction, heading) || view_eqfold(instruction, last))) {
		buf_addstr(why, "it is the heading, and no request");
		return SOW_INVALID;
	}
	speech_open(&s, instruction);
	const char *met = speech_of_text(&s);
	if (met)
		buf_addf(why, "it says \"%s\", but who reads it sees no text", met);
	speech_close(&s);
	return met ? SOW_INVALID : SOW_OK;
}

static int take_instruction(const struct backtranslate *m, struct unit *u, struct view text,
			    struct outcome *o, struct buf *why)
{
	const struct rules *rules = m->run.o.rules;
	const json_value *said;
	struct view detail;
	struct view about = text;
	enum rule_id unfit = RULE_UNFIT;
	int status = json_prompt_read(&m->form, text, o->arena, &said, why);
	if (!status) {
		about = spacing_trim(json_text(json_get(said, "instruction")));
		unfit = RULE_NOT_ALONE;
		status = check_alone(m, u, about, o->arena, why);
	}
	if (status == SOW_INVALID && u->stage >= m->run.o.map.tries) {
		outcome_fail_for(o, u, unfit, about, why);
		return SOW_OK;
	}
	if (status == SOW_INVALID) {
		keep_misfit(u, text, arena_takebuf(o->arena, why), o->arena);
		u->stage++;
		return SOW_OK;
	}
	if (status)
		return status;
	u->instruction = spacing_trim(json_text(json_get(said, "instruction")));
	enum rule_id broken = check_instruction(rules, u->instruction, u->input, o->arena, &detail);
	if (broken != RULE_COUNT)
		outcome_fail(o, u, broken, u->instruction.len ? u->instruction : u->input, detail);
	u->context = view_of("");
	u->stage = STAGE_GRADE;
	return SOW_OK;
}

/* All votes are in, or no more will come. */
static int finish_unit(const struct backtranslate *m, struct unit *u, struct outcome *o, struct buf *why)
{
	const json_value *votes = json_get(json_own(u->context, o->arena), "votes");
	struct arena *a = o->arena;
	double grade;
	if (!votes)
		return SOW_NOMEM;
	const json_value *grades = grading_sum(&m->grading, votes, NULL, a, &grade);
	int status = SOW_OK;
	for (const json_value *v = json_first(grades); v && !status; v = json_next(grades, v)) {
		const char *name = arena_copyview(a, json_key(v));
		status = fields_set_json(&u->fields, name, json_compact(v, a), a);
	}
	if (status)
		return status;
	if (grade < m->own->keep) {
		struct view reason = json_text(json_get(json_first(votes), m->grading.rubrics[0].reason));
		buf_addf(why, "%.3g: %.*s", grade, VIEW_ARG(reason));
		outcome_fail_for(o, u, RULE_LOW_GRADE, u->instruction, why);
		return SOW_OK;
	}
	const struct instance answer = { .input = view_of(""), .output = u->input };
	u->context = u->input = view_of("");
	u->state = UNIT_FINISHED;
	outcome_keep(o, &answer, 1);
	return SOW_OK;
}

static int admit(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		 struct outcome *o)
{
	const struct backtranslate *m = state;
	const struct reply *r = replies[0];
	struct view text = view_trim(r->text);
	struct view about = u->instruction.len ? u->instruction : u->input;
	struct buf why = BUF_INIT;
	int status;
	(void)count;
	if (r->finish == FINISH_ERROR)
		status = grading_lose(u, RULE_REFUSED, about, r->text, o);
	else if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY))
		status = grading_lose(u, RULE_CUT_REPLY, text, view_of(""), o);
	else if (u->stage < STAGE_GRADE)
		status = take_instruction(m, u, text, o, &why);
	else
		status = grading_vote(&m->grading, u, u->stage - STAGE_GRADE + 1, m->own->votes,
				      m->run.o.map.tries, text, o, &why);
	if (status == GRADING_DONE)
		status = finish_unit(m, u, o, &why);
	buf_release(&why);
	return status;
}

#define STAGE(of, does, whose) static const struct stage of = { .name = does, .duty = whose, .plan = plan, \
								.admit = admit }
STAGE(instruction, "instruction", DUTY_WRITE);
STAGE(instruction_again, "instruction again", DUTY_WRITE);
STAGE(grade, "grade", DUTY_JUDGE);
STAGE(grade_again, "grade again", DUTY_JUDGE);

#define EIGHT(s) &s, &s, &s, &s, &s, &s, &s, &s
#define NINE(s) EIGHT(s), &s

/* A stage a try, and a vote. */
static const struct stage *const stages[STAGES + 1] = {
	&instruction, NINE(instruction_again), &grade, EIGHT(grade_again), NINE(grade_again), NULL,
};

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "field", 0, OPTION_TEXT, MINE(field), "FIELD", "the field of --input that is the text",
	  .unsaid = "chunk, else the record's answers, else text or output", OF_MINE },
	{ "keep", 0, OPTION_NUMBER, MINE(keep), "X", "keep what is graded so high, from 1 to 5", 1, 5,
	  .fallback = "4.5", OF_MINE },
	{ "votes", 0, OPTION_INT, MINE(votes), "N", "the grade is the mean of so many replies", 1, VOTES_MAX,
	  .fallback = "1", OF_MINE },
};

static const struct taken_option takes[] = {
	{ "documents" }, { "chunk" }, { "overlap" }, { "language" }, { "convert" }, { "tries" }, { "replace" },
	{ "strict-paper" },
	{ "temperature", "0.7", "0.7" },
	{ "top-p", "0.9", "0.9" },
	{ "keep", NULL, "4.5" },
	{ 0 },
};

static const char *const own_rules[] = {
	"refusal-opening", "self-naming", "asks-back", "holds-answer", "copies-text", "not-alone", NULL,
};

const struct method method_backtranslate = {
	.name = "backtranslate",
	.summary = "instructions that texts of yours answer (Humpback)",
	.usage = "[options] --documents PATH|--input FILE -o DIR",
	.about = "Takes each text (a chunk of a document, or the answer of a record) for an answer, has the "
		 "instruction written that it answers, and has a judge grade the two from 1 to 5, with the "
		 "reason. What is graded --keep or higher is kept, with document and place; the rest is a reject "
		 "with grade and reason. Every reply is on disk before it is used, so Ctrl-C or a crash loses "
		 "nothing, and the same command continues where it stopped.",
	.example = "sow backtranslate --documents notes/ -o run\n"
		   "sow backtranslate -i answers.jsonl --votes 3 --keep 4 -o run\n"
		   "sow export run --format alpaca --jsonl -o data.jsonl",
	.exported_as = "--format alpaca --jsonl -o data.jsonl",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.own_rules = own_rules,
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.state_size = sizeof(struct backtranslate),
	.open = backtranslate_open,
	.begin = begin,
};
