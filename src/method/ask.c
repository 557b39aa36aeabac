/* Questions about chunks of documents, their answers, and three checks of them by the judge: after
 * the pipelines of InstructLab and RAFT. docs/guide/documents.md is its manual.
 *
 * A unit's instruction is the question, its input the chunk; its fields hold the place of the chunk and the
 * kind of the question. Each try of a request is a separate stage; context keeps the answer until it is
 * checked, and a reply that did not fit with the misfit. A question waits for those before it, and continues
 * if it is new (PHASE_NEW). */
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "data/format.h"
#include "method/again.h"
#include "method/distractors.h"
#include "method/fields.h"
#include "method/json_prompt.h"
#include "method/map_reply.h"
#include "method/method.h"
#include "method/question_kinds.h"
#include "method/speech.h"

#define QUESTIONS_MAX 20
#define STAGES (PHASES * MAP_TRIES_MAX)

enum phase { PHASE_QUESTION, PHASE_NEW, PHASE_ANSWER, PHASE_CHECK, PHASES };

/* The judge's verdicts, and the rule that a "no" breaks. */
static const struct check {
	const char *name, *reason;
	enum rule_id rule;
} checks[] = {
	{ "supported", "supported_reason", RULE_UNSUPPORTED },
	{ "answers", "answers_reason", RULE_OFF_QUESTION },
	{ "alone", "alone_reason", RULE_NOT_ALONE },
};
#define CHECKS (sizeof(checks) / sizeof(*checks))

/* A small model may repeat itself endlessly. */
#define REASON "{\"type\":\"string\",\"maxLength\":400}"

static const struct {
	const char *prompt, *schema;
	const char *const *slots;
} asked[PHASES] = {
	[PHASE_QUESTION] = { "ask/question",
		"{\"type\":\"object\",\"properties\":{\"question\":{\"type\":\"string\",\"minLength\":1}},"
		"\"required\":[\"question\"],\"additionalProperties\":false}",
		(const char *const[]){ "text", "headings", "kind", NULL } },
	[PHASE_ANSWER] = { "ask/answer",
		"{\"type\":\"object\",\"properties\":{\"answer\":{\"type\":\"string\",\"minLength\":1}},"
		"\"required\":[\"answer\"],\"additionalProperties\":false}",
		(const char *const[]){ "text", "headings", "question", NULL } },
	[PHASE_CHECK] = { "ask/check",
		"{\"type\":\"object\",\"properties\":{"
		"\"supported_reason\":" REASON ",\"supported\":{\"type\":\"boolean\"},"
		"\"answers_reason\":" REASON ",\"answers\":{\"type\":\"boolean\"},"
		"\"alone_reason\":" REASON ",\"alone\":{\"type\":\"boolean\"}},"
		"\"required\":[\"supported_reason\",\"supported\",\"answers_reason\",\"answers\","
		"\"alone_reason\",\"alone\"],\"additionalProperties\":false}",
		(const char *const[]){ "text", "headings", "question", "answer", "meant", NULL } },
};

struct own {
	int64_t questions, distractors;
	const char *kinds;
	double oracle;
	bool closed_book;
};

struct ask {
	struct method_state run;
	const struct own *own;
	struct question_kinds kinds;
	struct json_prompt forms[PHASES];
	struct view examples[PHASES];
};

/* Opening */

static int open_phase(struct ask *m, enum phase p, struct sow_error *err)
{
	int status = json_prompt_open(&m->forms[p], &m->run, asked[p].prompt, asked[p].schema, asked[p].slots,
				      err);
	if (!status)
		m->examples[p] = map_reply_example(m->forms[p].reply, NULL, m->run.arena);
	return status;
}

/* One shown chunk is the question's; where it is left out, one more distractor is drawn. */
static int check_distractors(const struct ask *m, struct sow_error *err)
{
	if (!m->own->distractors)
		return SOW_OK;
	if (m->own->closed_book)
		return error_set(err, SOW_USAGE, "expected --distractors or --closed-book, not both");
	if (!m->run.o.inputs)
		return error_set(err, SOW_USAGE, "--distractors: expected --documents or --input, to draw them "
				 "from");
	if (m->run.o.input_count < (size_t)m->own->distractors + 2)
		return error_set(err, SOW_USAGE, "--distractors %lld: expected %lld chunks or more to draw from, "
				 "not %zu", (long long)m->own->distractors, (long long)m->own->distractors + 2,
				 m->run.o.input_count);
	return SOW_OK;
}

static int ask_open(void *state, struct sow_error *err)
{
	struct ask *m = state;
	m->own = m->run.o.own;
	int status = check_distractors(m, err);
	if (!status)
		status = question_kinds_read(&m->kinds, m->own->kinds, err);
	for (int p = 0; p < PHASES && !status; p++)
		status = asked[p].prompt ? open_phase(m, (enum phase)p, err) : SOW_OK;
	return status;
}

/* The chunk */

/* True if the chunk is kept in a field. Else it is the question's input. */
static bool is_chunk_field(const struct ask *m)
{
	return m->own->closed_book || m->own->distractors;
}

/* An existing member that would be overwritten. */
static const char *field_there(const struct ask *m, const json_value *object)
{
	static const char *const written[] = { "kind", "oracle", "distractors" };
	size_t count = m->own->distractors ? sizeof(written) / sizeof(*written) : 1;
	for (size_t i = 0; i < count && !m->run.o.map.replace; i++) {
		if (json_get(object, written[i]))
			return written[i];
	}
	return NULL;
}

/* Each question gets all other members of the record, and its kind. The chunk is the input; if the question
 * should stand without it, it becomes a field in the end. */
static int begin_questions(const struct ask *m, const struct unit *first, struct view object,
			   struct outcome *o)
{
	const struct question_kind *drawn[QUESTIONS_MAX];
	struct draw d = draw_start(m->run.o.seed, DRAW_ASK_KINDS, (uint64_t)first->ticket);
	int status = is_chunk_field(m) ? SOW_OK : fields_drop(&object, "chunk", o->arena);
	question_kinds_draw(&m->kinds, &d, (size_t)m->own->questions, drawn);
	for (int64_t n = 0; n < m->own->questions && !status; n++) {
		struct accepted a = { .unit = *first };
		a.unit.item = n + 1;
		a.unit.fields = object;
		status = fields_set(&a.unit.fields, "kind", view_of(drawn[n]->name), o->arena);
		if (!status)
			outcome_accept(o, &a);
	}
	return status;
}

static int begin(const void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	const struct ask *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	struct buf why = BUF_INIT;
	struct view text;
	const struct rules *rules = m->run.o.rules;
	u->item = u->stage = 1;
	u->is_classification = -1;
	int status = format_object(input, o->arena, &text);
	const json_value *object = status ? NULL : json_own(text, o->arena);
	if (!object)
		return SOW_NOMEM;
	u->input = view_trim(json_text(json_get(object, "chunk")));
	double words = rules_word_count(rules, u->input);
	bool is_short = rules_on(rules, RULE_SHORT_CHUNK) && words < rules_number(rules, RULE_SHORT_CHUNK);
	const char *there = field_there(m, object);
	enum rule_id broken = there ? RULE_FIELD_EXISTS : u->input.len ? RULE_SHORT_CHUNK : RULE_MISSING_FIELD;
	if (u->input.len && !is_short && !there)
		return begin_questions(m, u, text, o);
	if (there)
		buf_addf(&why, "there is a field '%s'", there);
	else if (u->input.len)
		buf_addf(&why, "%.0f words", words);
	else
		buf_addstr(&why, "no text in 'chunk'");
	outcome_fail_for(o, u, broken, text, &why);
	outcome_accept(o, &a);
	return SOW_OK;
}

/* The request */

static enum phase phase_of(const struct unit *u)
{
	return (enum phase)((u->stage - 1) / MAP_TRIES_MAX);
}

static int fill(const struct ask *m, const struct unit *u, struct request *r)
{
	enum phase p = phase_of(u);
	const json_value *fields = json_own(u->fields, r->arena);
	const json_value *context = u->context.len ? json_own(u->context, r->arena) : NULL;
	if (!fields || (u->context.len && !context))
		return SOW_NOMEM;
	const struct question_kind *kind = question_kind_of(json_text(json_get(fields, "kind")));
	struct view headings = json_text(json_get(fields, "heading"));
	const struct slot slots[] = {
		{ "text", u->input }, { "headings", headings.len ? headings : view_of("none") },
		{ "kind", view_of(kind->wording) }, { "question", u->instruction },
		{ "answer", json_text(json_get(context, "answer")) },
		{ "meant", view_of(kind->is_answerable ? "is meant to have its answer in the text"
						       : "is meant to have no answer in the text") },
		{ 0 },
	};
	r->sample = (uint32_t)(u->item - 1);
	if (p == PHASE_CHECK)
		r->sampling.temperature = 0;
	struct view example = m->examples[p];
	/* rules would reject identical questions */
	struct draw d = draw_start(m->run.o.seed, DRAW_EXAMPLES, (uint64_t)u->ticket << 8 | (uint64_t)u->item);
	if (p == PHASE_QUESTION)
		example = map_reply_example(m->forms[p].reply, &d, r->arena);
	request_set_example(r, example);
	return json_prompt_ask(&m->forms[p], slots, context, r);
}

static int plan(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct ask *m = state;
	struct request *r = request_new();
	int status = method_sampling(&m->run.o, r);
	(void)sample;
	if (!status)
		status = fill(m, u, r);
	return request_finish(r, status, out);
}

/* The reply */

/* Keeps until the next request: the answer, if any, and the reply that did not fit. */
static void remember(struct unit *u, struct view answer, struct view reply, struct view why,
		     struct outcome *o)
{
	struct buf text = BUF_INIT;
	buf_addch(&text, '{');
	if (answer.len) {
		json_add_key(&text, view_of("answer"));
		json_add_text(&text, answer);
	}
	if (why.len) {
		buf_addstr(&text, answer.len ? "," : "");
		again_members(reply, why, &text);
	}
	buf_addch(&text, '}');
	u->context = arena_takebuf(o->arena, &text);
}

static void move_to(struct unit *u, enum phase p)
{
	u->stage = p * MAP_TRIES_MAX + 1;
}

static int show_among_others(const struct ask *m, struct unit *u, struct arena *a)
{
	const struct distractors others = {
		.inputs = m->run.o.inputs, .input_count = m->run.o.input_count,
		.wanted = (size_t)m->own->distractors, .oracle = m->own->oracle,
	};
	struct draw d = draw_start(m->run.o.seed, DRAW_ASK_DISTRACTORS,
				   (uint64_t)u->ticket * (QUESTIONS_MAX + 1) + (uint64_t)u->item);
	return distractors_show(&others, &d, u, a);
}

static int finish(const struct ask *m, struct unit *u, struct view answer, struct outcome *o)
{
	if (m->own->closed_book)
		u->input = view_of("");
	if (m->own->distractors && show_among_others(m, u, o->arena))
		return SOW_NOMEM;
	struct instance instance = { .input = u->input, .output = answer };
	u->context = view_of("");
	u->state = UNIT_FINISHED;
	outcome_keep(o, &instance, 1);
	return SOW_OK;
}

static bool has_checks(const struct ask *m)
{
	for (size_t i = 0; i < CHECKS; i++) {
		if (rules_on(m->run.o.rules, checks[i].rule))
			return true;
	}
	return false;
}

/* The first failed check rejects the question, with the judge's reason. */
static int judge(const struct ask *m, struct unit *u, const json_value *said, struct view answer,
		 struct outcome *o)
{
	for (size_t i = 0; i < CHECKS; i++) {
		if (!rules_on(m->run.o.rules, checks[i].rule) || json_bool(json_get(said, checks[i].name)))
			continue;
		struct view reason = json_text(json_get(said, checks[i].reason));
		outcome_fail(o, u, checks[i].rule, u->instruction, reason);
		return SOW_OK;
	}
	return finish(m, u, answer, o);
}

/* Uses the reply by the unit's phase. */
static int use(const struct ask *m, struct unit *u, const json_value *said, struct view answer,
	       struct outcome *o)
{
	struct view text;
	switch (phase_of(u)) {
	case PHASE_QUESTION:
		text = view_trim(json_text(json_get(said, "question")));
		if (!text.len) {
			outcome_fail(o, u, RULE_EMPTY, u->input, view_of(""));
			return SOW_OK;
		}
		u->instruction = text;
		u->context = view_of("");
		move_to(u, PHASE_NEW);
		return SOW_OK;
	case PHASE_ANSWER:
		text = view_trim(json_text(json_get(said, "answer")));
		if (!text.len) {
			outcome_fail(o, u, RULE_NO_OUTPUT, u->instruction, view_of(""));
			return SOW_OK;
		}
		if (!has_checks(m))
			return finish(m, u, text, o);
		move_to(u, PHASE_CHECK);
		remember(u, text, view_of(""), view_of(""), o);
		return SOW_OK;
	default:
		return judge(m, u, said, answer, o);
	}
}

/* The check that does not need a judge: the request for a question about "the text" is repeated. SOW_INVALID
 * with why. */
static int check_alone(const struct ask *m, const struct unit *u, const json_value *said, struct buf *why)
{
	struct speech s;
	if (phase_of(u) != PHASE_QUESTION || !rules_on(m->run.o.rules, RULE_NOT_ALONE))
		return SOW_OK;
	speech_open(&s, json_text(json_get(said, "question")));
	const char *met = speech_of_text(&s);
	if (met)
		buf_addf(why, "it says \"%s\", but who reads the question sees no text", met);
	speech_close(&s);
	return met ? SOW_INVALID : SOW_OK;
}

static int take(const struct ask *m, struct unit *u, struct view text, struct outcome *o,
		struct buf *why)
{
	const json_value *context = u->context.len ? json_own(u->context, o->arena) : NULL, *said;
	struct view answer = json_text(json_get(context, "answer"));
	int64_t try = (u->stage - 1) % MAP_TRIES_MAX + 1;
	if (u->context.len && !context)
		return SOW_NOMEM;
	struct view about = text;
	enum rule_id broken = RULE_UNFIT;
	int status = json_prompt_read(&m->forms[phase_of(u)], text, o->arena, &said, why);
	if (!status) {
		status = check_alone(m, u, said, why);
		about = view_trim(json_text(json_get(said, "question")));
		broken = RULE_NOT_ALONE;
	}
	if (!status)
		return use(m, u, said, answer, o);
	if (status != SOW_INVALID)
		return status;
	if (try >= m->run.o.map.tries) {
		outcome_fail_for(o, u, broken, about, why);
		return SOW_OK;
	}
	u->stage++;
	remember(u, answer, text, view_from(why->data, why->len), o);
	return SOW_OK;
}

static int admit(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		 struct outcome *o)
{
	const struct ask *m = state;
	const struct reply *r = replies[0];
	struct view text = view_trim(r->text);
	struct view about = u->instruction.len ? u->instruction : u->input;
	struct buf why = BUF_INIT;
	(void)count;
	if (r->finish == FINISH_ERROR) {
		outcome_fail(o, u, RULE_REFUSED, about, r->text);
		return SOW_OK;
	}
	if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY)) {
		outcome_fail(o, u, RULE_CUT_REPLY, text, view_of(""));
		return SOW_OK;
	}
	int status = take(m, u, text, o, &why);
	buf_release(&why);
	return status;
}

/* Checks that it is new. All earlier ones are decided. */
static int decide(const void *state, struct unit *u, struct outcome *o)
{
	const struct ask *m = state;
	struct near_text near = { 0 };
	struct pool *pool = m->run.o.pool;
	int is_new = rules_on(m->run.o.rules, RULE_NEAR_DUPLICATE) ? pool_is_new(pool, u->instruction, &near) : 1;
	if (is_new < 0)
		return is_new;
	if (!is_new) {
		outcome_fail(o, u, RULE_NEAR_DUPLICATE, u->instruction, view_of(""));
		o->rejected[o->rejected_count - 1].near_id = near.id;
		o->rejected[o->rejected_count - 1].near_score = near.score;
		return SOW_OK;
	}
	move_to(u, PHASE_ANSWER);
	return pool_add_machine(pool, u);
}

/* Later questions are compared with those that passed, whatever became of them. */
static int recall(const void *state, const struct unit *u)
{
	const struct ask *m = state;
	return phase_of(u) > PHASE_NEW ? pool_add_machine(m->run.o.pool, u) : SOW_OK;
}

static bool needs_inputs(const void *own)
{
	return ((const struct own *)own)->distractors > 0;
}

#define STAGE(of, does) static const struct stage of = { .name = does, .duty = DUTY_WRITE, .plan = plan, \
							 .admit = admit }
#define JUDGING(of, does) static const struct stage of = { .name = does, .duty = DUTY_JUDGE, \
							   .plan = plan, .admit = admit }
STAGE(question, "question");
STAGE(question_again, "question again");
static const struct stage novelty = { .name = "novelty", .duty = DUTY_WRITE, .decide = decide };
STAGE(answer, "answer");
STAGE(answer_again, "answer again");
JUDGING(check, "check");
JUDGING(check_again, "check again");

#define AGAIN(s) &s, &s, &s, &s, &s, &s, &s, &s, &s

/* A stage a try. */
static const struct stage *const stages[STAGES + 1] = {
	&question, AGAIN(question_again), &novelty, AGAIN(novelty), &answer, AGAIN(answer_again), &check, AGAIN(check_again), NULL,
};

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "questions", 0, OPTION_INT, MINE(questions), "K", "questions asked about each chunk", 1,
	  QUESTIONS_MAX, .fallback = "1", OF_MINE },
	{ "kinds", 0, OPTION_TEXT, MINE(kinds), "KIND*W,KIND",
	  "the kinds of questions, fact*4 for four times as often: fact, reasoning, summary, comparison, "
	  "unanswerable", .fallback = "fact*4,reasoning*3,summary,comparison,unanswerable", OF_MINE },
	{ "closed-book", 0, OPTION_FLAG, MINE(closed_book), NULL,
	  "leave the chunk out of the question: it is a field then, and not the input", OF_MINE },
	{ "distractors", 0, OPTION_INT, MINE(distractors), "K",
	  "show a question with K other chunks besides its own, in an order that is drawn (RAFT)", 0,
	  DISTRACTORS_MAX, .fallback = "0", OF_MINE },
	{ "oracle", 0, OPTION_NUMBER, MINE(oracle), "P",
	  "with --distractors: the probability that a question's own chunk is among them; else there is one "
	  "more of the others", 0, 1, .fallback = "0.8", OF_MINE },
};

static const struct taken_option takes[] = {
	{ "against" }, { "tokenizer" }, { "documents" }, { "chunk" }, { "overlap" }, { "language" }, { "convert" },
	{ "tries" }, { "replace" }, { "temperature", "0.7" },
	{ 0 },
};

const struct method method_ask = {
	.name = "ask",
	.summary = "questions and checked answers out of documents",
	.usage = "[options] --documents PATH -o DIR",
	.about = "Cuts documents (text, Markdown, HTML, PDF, DOCX, EPUB) into chunks and has a question written about "
		 "each; where that is new, its answer is written from the chunk alone. A judge checks that the text supports the "
		 "answer, that it answers the question, and that the question stands alone; what fails is a "
		 "reject with the judge's reason. Each record knows document, headings and place. Every reply "
		 "is on disk before it is used, so Ctrl-C or a crash loses nothing, and the same command "
		 "continues where it stopped.",
	.example = "sow ask --documents notes/ --questions 3 -o run\n"
		   "sow ask --documents a.md --documents b.pdf --kinds 'fact*2,reasoning' -o run\n"
		   "sow export run --format alpaca --jsonl -o questions.jsonl",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.no_seeds = true,
	.finds_new = true,
	.needs_inputs = needs_inputs,
	.recall = recall,
	.state_size = sizeof(struct ask),
	.open = ask_open,
	.begin = begin,
};
