/* A judge grades the answer of each record, by one or several rubrics in one reply, and the grades
 * become fields. docs/guide/grade.md is its manual.
 *
 * A unit's object is the record, its instruction and input the texts for the judge: question and answer. Each
 * request is a separate stage; context keeps the votes so far, and the reply that did not fit. */
#include "base/buf.h"
#include "base/error.h"
#include "data/format.h"
#include "data/jinja.h"
#include "method/grading.h"
#include "method/question.h"
#include "method/shown.h"

#define VOTES_MAX 9
#define STAGES (VOTES_MAX + MAP_TRIES_MAX - 1)

#define MEAN "grade"     /* the field of the mean of several rubrics */

struct own {
	struct list rubrics;
	const char *question, *answer;
	int64_t votes;
	double least;
};

struct grade {
	struct method_state run;
	const struct own *own;
	struct grading grading;
	bool has_mean;               /* several rubrics on one scale */
	struct jinja *question, *answer; /* NULL: the record's own */
	struct view example;
};

/* Opening */

/* For several rubrics on one scale the mean is also a field. */
static int check_mean(struct grade *m, struct sow_error *err)
{
	const struct grading *g = &m->grading;
	m->has_mean = g->count > 1 && !grading_odd(g);
	for (size_t i = 0; i < g->count && m->has_mean; i++) {
		if (view_eqstr(view_of(g->rubrics[i].name), MEAN))
			return error_set(err, SOW_USAGE, "--rubric " MEAN ": the mean of several rubrics goes "
					 "into this field; rename the rubric");
	}
	return SOW_OK;
}

static int read_templates(struct grade *m, struct sow_error *err)
{
	const struct own *o = m->own;
	struct arena *a = m->run.arena;
	if (!o->question != !o->answer)
		return error_set(err, SOW_USAGE, "expected --question and --answer, or neither");
	if (!o->question)
		return SOW_OK;
	m->question = jinja_read(a, "question", view_of(o->question), err);
	m->answer = m->question ? jinja_read(a, "answer", view_of(o->answer), err) : NULL;
	return m->answer ? SOW_OK : SOW_INVALID;
}

static int grade_open(void *state, struct sow_error *err)
{
	struct grade *m = state;
	m->own = m->run.o.own;
	if (m->own->votes > 1 && m->run.o.sampling.temperature == 0)
		return error_set(err, SOW_USAGE, "--votes %lld: expected a --temperature above 0, such as 0.7; at 0 "
				 "each vote is the same", (long long)m->own->votes);
	int status = grading_open(&m->grading, &m->run, &m->own->rubrics, err);
	if (!status)
		status = check_mean(m, err);
	if (!status)
		status = read_templates(m, err);
	if (!status)
		m->example = map_reply_example(m->grading.reply, NULL, m->run.arena);
	return status;
}

/* The record */

static void find_answer(const struct record *input, struct arena *a, struct view *out)
{
	struct instance *list;
	size_t count;
	question_answers(input, a, &list, &count);
	*out = view_of("");
	if (count)
		shown_answer(&list[0], a, out);
}

/* Sets the texts to show. RULE_COUNT, or why there is nothing to grade. */
static enum rule_id show(const struct grade *m, const struct record *input, const json_value *object,
			 struct unit *u, struct arena *a, struct buf *why, int *status)
{
	if (m->question) {
		*status = shown_filled(m->question, object, a, &u->instruction, why);
		if (!*status)
			*status = shown_filled(m->answer, object, a, &u->input, why);
	} else {
		*status = shown_question(input, a, &u->instruction);
		find_answer(input, a, &u->input);
	}
	if (*status == SOW_INVALID) {
		*status = SOW_OK;
		return RULE_MISSING_FIELD;
	}
	return *status || u->input.len ? RULE_COUNT : RULE_NO_ANSWER;
}

/* The first existing field that must not be overwritten: checked before any paid request. */
static const char *find_field(const struct grade *m, const json_value *object)
{
	if (m->run.o.map.replace)
		return NULL;
	for (size_t i = 0; i < m->grading.count; i++) {
		const struct rubric *r = &m->grading.rubrics[i];
		if (json_get(object, r->name) || json_get(object, r->reason))
			return json_get(object, r->name) ? r->name : r->reason;
	}
	return m->has_mean && json_get(object, MEAN) ? MEAN : NULL;
}

static int begin(const void *state, const struct unit *at, const struct record *input,
		 struct outcome *o)
{
	const struct grade *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	struct buf why = BUF_INIT;
	enum rule_id rule = RULE_COUNT;
	u->item = u->stage = 1;
	u->is_classification = -1;
	int status = format_object(input, o->arena, &u->object);
	const json_value *object = status ? NULL : json_own(u->object, o->arena);
	const char *field = find_field(m, object);
	if (field) {
		buf_addf(&why, "there is a field '%s'", field);
		rule = RULE_FIELD_EXISTS;
	} else if (!status) {
		rule = object ? show(m, input, object, u, o->arena, &why, &status) : RULE_COUNT;
		status = object ? status : SOW_NOMEM;
	}
	if (!status && rule != RULE_COUNT)
		outcome_fail_for(o, u, rule, u->object, &why);
	buf_release(&why);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

/* The request */

static int ask(const struct grade *m, const struct unit *u, struct request *r)
{
	const json_value *context = u->context.len ? json_own(u->context, r->arena) : NULL;
	int status = u->context.len && !context ? SOW_NOMEM : method_sampling(&m->run.o, r);
	r->sample = (uint32_t)grading_votes(context);
	if (!status)
		status = grading_ask(&m->grading, u->instruction, u->input, context, r);
	request_set_example(r, m->example);
	return status;
}

static int plan(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	(void)sample;
	return request_finish(r, ask(state, u, r), out);
}

/* The reply */

/* All votes are in, or no more will come. */
static int finish_unit(const struct grade *m, struct unit *u, struct outcome *o, struct buf *why)
{
	const json_value *votes = json_get(json_own(u->context, o->arena), "votes");
	const json_value *object = json_own(u->object, o->arena);
	struct view written;
	double worst;
	if (!votes || !object)
		return SOW_NOMEM;
	const json_value *fields = grading_sum(&m->grading, votes, m->has_mean ? MEAN : NULL, o->arena, &worst);
	int status = map_reply_write(m->grading.reply, object, fields, o->arena, &written, why);
	if (status == SOW_USAGE) {
		outcome_fail_for(o, u, RULE_FIELD_EXISTS, u->object, why);
		return SOW_OK;
	}
	if (status)
		return SOW_NOMEM;
	u->object = written;
	u->context = view_of("");
	if (m->own->least != NOT_SAID && worst < m->own->least) {
		buf_addf(why, "%g", worst);
		outcome_fail_for(o, u, RULE_LOW_GRADE, u->object, why);
		return SOW_OK;
	}
	u->state = UNIT_FINISHED;
	return SOW_OK;
}

static int admit(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		 struct outcome *o)
{
	const struct grade *m = state;
	const struct reply *r = replies[0];
	struct view text = view_trim(r->text);
	struct buf why = BUF_INIT;
	int status;
	(void)count;
	if (r->finish == FINISH_ERROR)
		status = grading_lose(u, RULE_REFUSED, u->object, r->text, o);
	else if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY))
		status = grading_lose(u, RULE_CUT_REPLY, text, view_of(""), o);
	else
		status = grading_vote(&m->grading, u, u->stage, m->own->votes, m->run.o.map.tries, text, o, &why);
	if (status == GRADING_DONE)
		status = finish_unit(m, u, o, &why);
	buf_release(&why);
	return status;
}

static const struct stage grading = {
	.name = "grade",
	.duty = DUTY_JUDGE,
	.plan = plan,
	.admit = admit,
};

static const struct stage again = {
	.name = "grade again",
	.duty = DUTY_JUDGE,
	.plan = plan,
	.admit = admit,
};

static const struct stage *const stages[STAGES + 1] = {
	&grading, &again, &again, &again, &again, &again, &again, &again, &again,
	&again, &again, &again, &again, &again, &again, &again, &again, &again, NULL,
};

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "rubric", 0, OPTION_LIST, MINE(rubrics), "NAME",
	  "what is graded: accuracy, additive, difficulty, helpfulness, honesty, instruction_following, "
	  "quality, truthfulness, or 'NAME=1..5 what its ends mean'; may be given again",
	  .unsaid = "helpfulness", .most = RUBRICS_MAX, OF_MINE },
	{ "question", 0, OPTION_TEXT, MINE(question), "TEXT",
	  "what the judge is shown as the question, with fields in double braces",
	  .unsaid = "the record's", OF_MINE },
	{ "answer", 0, OPTION_TEXT, MINE(answer), "TEXT", "and as the answer", .unsaid = "the record's",
	  OF_MINE },
	{ "votes", 0, OPTION_INT, MINE(votes), "N", "grades are the mean of so many replies", 1, VOTES_MAX,
	  .fallback = "1", OF_MINE },
	{ "least", 0, OPTION_NUMBER, MINE(least), "X",
	  "drop records graded lower; of several rubrics on one scale their mean counts, else the lowest",
	  0, 1000, OF_MINE },
};

static const struct taken_option takes[] = {
	{ "tries" }, { "replace" }, { "temperature", "0" }, { 0 },
};

const struct method method_grade = {
	.name = "grade",
	.summary = "have a judge grade the answers of records, with reasons",
	.about = "Shows a judge the question and the answer of each record and asks for a grade by each of "
		 "your rubrics, with the reason before it, as JSON. Grades and reasons become fields of the "
		 "record. A reply that does not fit is asked for again, with what was wrong. Every reply is "
		 "on disk before it is used, so Ctrl-C or a crash loses nothing, and the same command resumes "
		 "where it stopped.",
	.example = "sow grade -i answers.jsonl --rubric helpfulness --rubric truthfulness -o graded\n"
		   "sow grade -i run --rubric accuracy --least 4.5 --votes 3 --temperature 0.7 -o best\n"
		   "sow export graded --format records -o graded.jsonl",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.state_size = sizeof(struct grade),
	.open = grade_open,
	.begin = begin,
};
