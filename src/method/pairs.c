/* Several answers to each prompt, of one writer or several, are graded by a judge, and the best and a
 * worse one become a preference pair. docs/guide/pairs.md is its manual.
 *
 * The stages: each writer's answers, then the missing grades, a stage a try. A unit's context keeps the
 * answers with their grades so far, and in the end the data for the figures. A failed unit keeps its context
 * unchanged, so that sow retry finds its requests again. */
#include <math.h>

#include "base/buf.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/utf8.h"
#include "method/graded_answers.h"
#include "method/question.h"
#include "method/shown.h"

#define GRADE_TOKENS 1024            /* of a judge's reply, with reasons for a few rubrics */
#define GRADES_APART 1e-9     /* smaller differences of means are rounding */
#define FIRST_GRADING (WRITERS_MAX + 1)
#define LAST_GRADING (WRITERS_MAX + MAP_TRIES_MAX)

struct own {
	struct list rubrics;
	const char *rejected;
	double margin, least, judge_temperature;
	bool own_answers;
};

struct pairs {
	struct method_state run;
	const struct own *own;
	struct grading grading;
};

static const char *const fields[] = { "chosen_model", "rejected_model", "chosen_grades",
				      "rejected_grades" };

/* Opening */

static int pairs_open(void *state, struct sow_error *err)
{
	struct pairs *m = state;
	int64_t writers = 0;
	m->own = m->run.o.own;
	for (int i = 0; i < WRITERS_MAX; i++)
		writers += m->run.o.writers && m->run.o.writers[i];
	if (m->run.o.samples * writers + m->own->own_answers < 2)
		return error_set(err, SOW_USAGE, "--samples 1: expected 2 answers or more, or several writers");
	if (m->run.o.samples > 1 && m->run.o.sampling.temperature == 0)
		return error_set(err, SOW_USAGE, "--samples %lld: expected a --temperature above 0; at 0 each "
				 "answer is the same", (long long)m->run.o.samples);
	int status = grading_open(&m->grading, &m->run, &m->own->rubrics, err);
	const struct rubric *first = m->grading.rubrics, *odd = status ? NULL : grading_odd(&m->grading);
	return odd ? error_set(err, SOW_USAGE, "--rubric %s: expected the scale of %s, %g..%g: the mean of all "
			       "ranks the answers", odd->name, first->name, first->least, first->most)
		   : status;
}

/* The input */

/* The first existing field of the result. */
static const char *find_existing(const struct unit *u, struct arena *a, int *status)
{
	const json_value *object = u->fields.len ? json_own(u->fields, a) : NULL;
	*status = u->fields.len && !object ? SOW_NOMEM : SOW_OK;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (json_get(object, fields[i]))
			return fields[i];
	}
	return NULL;
}

/* The record's answers; none of several turns, because writers do not give such answers either. */
static void take_own(const struct record *input, struct unit *u, struct outcome *o)
{
	struct instance *list;
	size_t count;
	question_answers(input, o->arena, &list, &count);
	struct graded_answers all = { arena_array(o->arena, count + 1, sizeof(*all.list)), 0 };
	for (size_t i = 0; i < count; i++) {
		struct view text = view_trim(list[i].output);
		if (text.len && !list[i].turn_count && view_eq(list[i].input, u->input))
			graded_add(&all, &(struct graded_answer){ .writer = OF_INPUT, .text = text,
							     .thought = list[i].reasoning });
	}
	u->context = graded_keep(&all, o->arena);
}

static int64_t next_writer(const struct pairs *m, int64_t stage)
{
	int64_t next = stage + 1;
	while (next <= WRITERS_MAX && !m->run.o.writers[next - 1])
		next++;
	return next;
}

static int begin(const void *state, const struct unit *at, const struct record *input,
		 struct outcome *o)
{
	const struct pairs *m = state;
	const struct method_options *options = &m->run.o;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	u->item = 1;
	u->stage = next_writer(m, 0);
	int status = question_take(input, o->arena, u);
	const char *field = status || options->map.replace ? NULL : find_existing(u, o->arena, &status);
	if (!status && field) {
		struct buf why = BUF_INIT;
		buf_addf(&why, "there is a field '%s'", field);
		outcome_fail_for(o, u, RULE_FIELD_EXISTS, u->instruction, &why);
	} else if (!status) {
		question_finish(input, options->prompts.chat, &a, o);
	}
	bool goes_on = u->state == UNIT_UNDER_WAY;
	if (!status && goes_on && m->own->own_answers)
		take_own(input, u, o);
	if (!status && goes_on && options->system && options->prompts.chat && !options->no_system_out)
		status = question_keep_system(u, options->system, o->arena);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

/* Answers */

static size_t answers_wanted(const void *state, const struct unit *u)
{
	(void)u;
	return (size_t)method_options_of(state)->samples;
}

/* Two writers that are one model get different requests. */
static int plan_answer(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct method_options *o = method_options_of(state);
	return question_plan(u, o, o->system, sample + (size_t)((u->stage - 1) * o->samples), out);
}

static void fail_alone(struct outcome *o, struct unit *u, size_t count)
{
	struct buf why = BUF_INIT;
	buf_addstr(&why, count ? "there is one" : "there is none");
	outcome_fail_for(o, u, RULE_ONE_ANSWER, u->instruction, &why);
}

static int admit_answers(const void *state, struct unit *u, const struct reply *const *replies,
			 size_t count, struct outcome *o)
{
	const struct pairs *m = state;
	struct graded_answers all;
	int status = graded_recall(&m->grading, u->context, o->arena, count, &all);
	for (size_t i = 0; i < count && !status; i++) {
		struct instance answer;
		struct view detail;
		enum rule_id broken = question_answer(u, m->run.o.rules, replies[i], &answer, &detail);
		const struct graded_answer c = { .writer = u->stage - 1, .text = answer.output,
					     .thought = answer.reasoning };
		if (broken == RULE_COUNT && !graded_add(&all, &c))
			broken = RULE_DUPLICATE_INSTANCE;
		if (broken != RULE_COUNT)
			outcome_reject(o, u, rule_table[broken].name, u->instruction, detail);
	}
	if (status)
		return status;
	int64_t next = next_writer(m, u->stage);
	if (next >= FIRST_GRADING && all.count < 2) {
		fail_alone(o, u, all.count);
		return SOW_OK;
	}
	u->stage = next;
	u->context = graded_keep(&all, o->arena);
	return SOW_OK;
}

/* Grades */

static size_t grades_wanted(const void *state, const struct unit *u)
{
	struct arena *a = arena_new();
	struct graded_answers all;
	size_t count = !graded_recall(&((const struct pairs *)state)->grading, u->context, a, 0, &all) ? graded_count_missing(&all) : 1;
	arena_free(a);
	return count ? count : 1;
}

static int ask_grade(const struct pairs *m, const struct unit *u, size_t sample, struct request *r)
{
	struct graded_answers all;
	struct view question;
	int status = graded_recall(&m->grading, u->context, r->arena, 0, &all);
	if (status)
		return status;
	const struct graded_answer *c = graded_find_missing(&all, sample);
	status = shown_asked(u, r->arena, &question);
	r->sampling = (struct sampling){ .temperature = m->own->judge_temperature, .top_p = NOT_SAID,
					 .max_tokens = GRADE_TOKENS };
	if (!status)
		status = grading_ask(&m->grading, question, c->text, NULL, r);
	/* grades must differ, or a rehearsal would make no pair */
	request_set_example(r, grading_example(&m->grading, sample % 2 ? 0.25 : 0.75, r->arena));
	if (!status && c->why.len)
		status = grading_ask_again(&m->grading, c->reply, c->why, r);
	return status;
}

static int plan_grade(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	return request_finish(r, ask_grade(state, u, sample, r), out);
}

/* Marks an answer that cannot be graded: the others continue without it. */
static void lose(struct graded_answer *c, const struct unit *u, enum rule_id rule, struct view text,
		 struct view detail, struct outcome *o)
{
	c->is_lost = true;
	c->why = view_of("");
	outcome_reject(o, u, rule_table[rule].name, text, detail);
}

static int take_grade(const struct pairs *m, struct graded_answer *c, const struct unit *u,
		      const struct reply *r, struct outcome *o)
{
	struct view text = view_trim(r->text);
	struct buf why = BUF_INIT;
	if (r->finish == FINISH_ERROR) {
		lose(c, u, RULE_REFUSED, c->text, r->text, o);
		return SOW_OK;
	}
	if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY)) {
		lose(c, u, RULE_CUT_REPLY, text, view_of(""), o);
		return SOW_OK;
	}
	int status = grading_read(&m->grading, text, o->arena, &c->grades, &why);
	if (status != SOW_INVALID) {
		buf_release(&why);
		c->why = view_of("");
		c->mean = status ? 0 : grading_mean(&m->grading, c->grades);
		return status;
	}
	c->grades = NULL;
	c->reply = text;
	c->why = arena_takebuf(o->arena, &why);
	if (u->stage >= WRITERS_MAX + m->run.o.map.tries)
		lose(c, u, RULE_UNFIT, text, c->why, o);
	return SOW_OK;
}

/* The pair */

struct pair {
	const struct graded_answer *chosen, *rejected; /* NULL: none */
	double worst;                /* grade of all */
};

/* Draws one of those in `is_in`, all equally likely. */
static const struct graded_answer *draw_one(const struct graded_answers *all, const bool is_in[], struct draw *d)
{
	size_t count = 0, drawn;
	for (size_t i = 0; i < all->count; i++)
		count += is_in[i];
	drawn = count > 1 ? draw_below(d, count) : 0;
	for (size_t i = 0; i < all->count; i++) {
		if (is_in[i] && drawn-- == 0)
			return &all->list[i];
	}
	return NULL;
}

static bool is_far(const struct pairs *m, double best, double grade)
{
	double margin = m->own->margin == NOT_SAID ? 0 : m->own->margin;
	return best - grade > GRADES_APART && best - grade > margin - GRADES_APART;
}

/* The best answer, and of those worse by the margin the worst or a random one. One of equals is drawn: the
 * first writer has no advantage. */
static void find_pair(const struct pairs *m, const struct unit *u, const struct graded_answers *all,
		      struct arena *a, struct pair *p)
{
	bool *is_in = arena_array(a, all->count, sizeof(*is_in));
	bool takes_worst = view_eqstr(view_of(m->own->rejected), "worst");
	struct draw d = draw_start(m->run.o.seed, DRAW_PAIRS, (uint64_t)u->ticket);
	double best = -INFINITY, worst = INFINITY, lowest = INFINITY;
	for (size_t i = 0; i < all->count; i++) {
		if (all->list[i].grades) {
			best = fmax(best, all->list[i].mean);
			worst = fmin(worst, all->list[i].mean);
		}
	}
	for (size_t i = 0; i < all->count; i++)
		is_in[i] = all->list[i].grades && best - all->list[i].mean < GRADES_APART;
	p->chosen = draw_one(all, is_in, &d);
	p->worst = worst;
	for (size_t i = 0; i < all->count; i++) {
		is_in[i] = all->list[i].grades && is_far(m, best, all->list[i].mean);
		lowest = is_in[i] ? fmin(lowest, all->list[i].mean) : lowest;
	}
	for (size_t i = 0; i < all->count && takes_worst; i++)
		is_in[i] = is_in[i] && all->list[i].mean - lowest < GRADES_APART;
	p->rejected = draw_one(all, is_in, &d);
}

/* Why it is not a pair for training. */
static enum rule_id find_fault(const struct pairs *m, const struct pair *p, struct buf *why)
{
	double best = p->chosen->mean;
	if (best - p->worst < GRADES_APART) {
		buf_addf(why, "%g", best);
		return RULE_SAME_GRADE;
	}
	if (!p->rejected) {
		buf_addf(why, "%g and %g", best, p->worst);
		return RULE_SMALL_MARGIN;
	}
	if (m->own->least != NOT_SAID && best < m->own->least - GRADES_APART) {
		buf_addf(why, "%g", best);
		return RULE_LOW_GRADE;
	}
	return RULE_COUNT;
}

static struct view model_of(const struct pairs *m, const struct graded_answer *c)
{
	return view_of(c->writer == OF_INPUT ? "input" : m->run.o.writers[c->writer]);
}

/* Writes the fields of the pair after the record's own or, with --replace, in their places. */
static int write_fields(const struct pairs *m, const struct pair *p, struct unit *u, struct arena *a)
{
	struct buf text = BUF_INIT, why = BUF_INIT;
	const struct map_options options = { .as = "json", .replace = true };
	struct sow_error ignored = { 0 };
	struct map_reply *writer = map_reply_new(a, &options, &ignored);
	const json_value *object = json_own(u->fields.len ? u->fields : view_of("{}"), a);
	buf_addstr(&text, "{\"chosen_model\":");
	json_add_text(&text, model_of(m, p->chosen));
	buf_addstr(&text, ",\"rejected_model\":");
	json_add_text(&text, model_of(m, p->rejected));
	buf_addstr(&text, ",\"chosen_grades\":");
	json_add_value(&text, p->chosen->grades);
	buf_addstr(&text, ",\"rejected_grades\":");
	json_add_value(&text, p->rejected->grades);
	buf_addch(&text, '}');
	struct view json = arena_takebuf(a, &text);
	const json_value *value = json_own(json, a);
	int status = writer && object
		     ? map_reply_write(writer, object, value, a, &u->fields, &why) : SOW_NOMEM;
	buf_release(&why);
	return status ? SOW_NOMEM : SOW_OK;
}

/* The data for the figures. */
static struct view note_figures(const struct pair *p, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addf(&text, "{\"writers\":[%lld,%lld],\"lengths\":[%zu,%zu]}", (long long)p->chosen->writer,
		 (long long)p->rejected->writer, utf8_count(p->chosen->text.p, p->chosen->text.len),
		 utf8_count(p->rejected->text.p, p->rejected->text.len));
	return arena_takebuf(a, &text);
}

static struct instance instance_of(const struct unit *u, const struct graded_answers *all,
				   const struct graded_answer *c, enum answer_role role)
{
	return (struct instance){ .input = u->input, .output = c->text, .reasoning = c->thought,
				  .role = role, .scored = true, .score = c->mean,
				  .sample = c - all->list };
}

/* Call it once all possible grades are in. */
static int finish_unit(const struct pairs *m, struct unit *u, const struct graded_answers *all,
		       struct outcome *o)
{
	struct pair p = { 0 };
	struct buf why = BUF_INIT;
	size_t graded = 0;
	for (size_t i = 0; i < all->count; i++)
		graded += all->list[i].grades != NULL;
	if (graded < 2) {
		fail_alone(o, u, graded);
		return SOW_OK;
	}
	find_pair(m, u, all, o->arena, &p);
	enum rule_id rule = find_fault(m, &p, &why);
	if (rule != RULE_COUNT) {
		outcome_fail_for(o, u, rule, u->instruction, &why);
		return SOW_OK;
	}
	buf_release(&why);
	int status = write_fields(m, &p, u, o->arena);
	if (status)
		return status;
	u->context = note_figures(&p, o->arena);
	const struct instance both[] = { instance_of(u, all, p.chosen, ANSWER_CHOSEN),
					 instance_of(u, all, p.rejected, ANSWER_REJECTED) };
	u->state = UNIT_FINISHED;
	outcome_keep(o, both, 2);
	return SOW_OK;
}

static int admit_grades(const void *state, struct unit *u, const struct reply *const *replies,
			size_t count, struct outcome *o)
{
	const struct pairs *m = state;
	struct graded_answers all;
	int status = graded_recall(&m->grading, u->context, o->arena, 0, &all);
	/* the last first: a grade that is set no longer counts as missing */
	for (size_t i = count; i-- > 0 && !status;)
		status = take_grade(m, graded_find_missing(&all, i), u, replies[i], o);
	if (status)
		return status;
	if (!graded_count_missing(&all))
		return finish_unit(m, u, &all, o);
	u->stage++;
	u->context = graded_keep(&all, o->arena);
	return SOW_OK;
}

/* The figures */

enum { PAIRS, UNEVEN, LONGER, CHOSEN_1, CHOSEN_2, CHOSEN_3, CHOSEN_4, CHOSEN_INPUT };

#define SHARE_OF(row) .of = (row) + 1
#define SOME .hides_none = true

static const struct tally tallies[] = {
	[PAIRS] = { "pairs", "preference pairs" },
	[UNEVEN] = { "pairs_uneven", "pairs of answers of unequal length" },
	[LONGER] = { "longer_chosen", "  the longer one is chosen", SHARE_OF(UNEVEN) },
	[CHOSEN_1] = { "chosen_of_writer", "chosen of the writer", SHARE_OF(PAIRS) },
	[CHOSEN_2] = { "chosen_of_writer_2", "chosen of writer-2", SHARE_OF(PAIRS), SOME },
	[CHOSEN_3] = { "chosen_of_writer_3", "chosen of writer-3", SHARE_OF(PAIRS), SOME },
	[CHOSEN_4] = { "chosen_of_writer_4", "chosen of writer-4", SHARE_OF(PAIRS), SOME },
	[CHOSEN_INPUT] = { "chosen_of_input", "chosen of the record's own", SHARE_OF(PAIRS), SOME },
	{ 0 },
};

static int tally(const struct unit *u, struct arena *scratch, int64_t counts[TALLIES_MAX])
{
	if (u->state != UNIT_FINISHED || !u->context.len)
		return SOW_OK;
	const json_value *context = json_own(u->context, scratch);
	const json_value *lengths = json_get(context, "lengths"), *length = json_first(lengths);
	int64_t writer = json_integer(json_first(json_get(context, "writers")));
	int64_t chosen = json_integer(length), rejected = json_integer(json_next(lengths, length));
	if (!context)
		return SOW_NOMEM;
	counts[PAIRS]++;
	counts[UNEVEN] += chosen != rejected;
	counts[LONGER] += chosen > rejected;
	counts[writer == OF_INPUT ? CHOSEN_INPUT : CHOSEN_1 + (writer & (WRITERS_MAX - 1))]++;
	return SOW_OK;
}

#define ANSWER(name_, duty_) { .name = name_, .duty = duty_, .samples = answers_wanted, \
			       .plan = plan_answer, .admit = admit_answers }

static const struct stage answers[WRITERS_MAX] = {
	ANSWER("answer", DUTY_WRITE), ANSWER("answer of writer-2", DUTY_WRITE_2),
	ANSWER("answer of writer-3", DUTY_WRITE_3), ANSWER("answer of writer-4", DUTY_WRITE_4),
};

#define GRADE(name_) { .name = name_, .duty = DUTY_JUDGE, .samples = grades_wanted, .plan = plan_grade, \
		       .admit = admit_grades }

static const struct stage grade = GRADE("grade"), again = GRADE("grade again");

/* After the writers' stages, one for each try. */
static const struct stage *const stages[LAST_GRADING + 1] = {
	&answers[0], &answers[1], &answers[2], &answers[3], &grade, &again, &again, &again, &again, &again,
	&again, &again, &again, &again, NULL,
};

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "rubric", 0, OPTION_LIST, MINE(rubrics), "NAME",
	  "what is graded, as for sow grade; all on one scale; may be given again", .unsaid = "helpfulness",
	  .most = RUBRICS_MAX, OF_MINE },
	{ "rejected", 0, OPTION_CHOICE, MINE(rejected), NULL,
	  "what the best answer is paired with: the worst, or any that is worse", .choices = "worst|random",
	  .fallback = "worst", OF_MINE },
	{ "margin", 0, OPTION_NUMBER, MINE(margin), "X", "the least difference of the grades of a pair", 0,
	  1000, .unsaid = "any", OF_MINE },
	{ "least", 0, OPTION_NUMBER, MINE(least), "X", "drop pairs whose chosen answer is graded lower", 0,
	  1000, OF_MINE },
	{ "own-answers", 0, OPTION_FLAG, MINE(own_answers), NULL,
	  "the record's own answers compete with the new ones", OF_MINE },
	{ "judge-temperature", 0, OPTION_NUMBER, MINE(judge_temperature), "T", "of grades", 0, 2,
	  .fallback = "0", OF_MINE },
};

static const struct taken_option takes[] = {
	{ "samples", "4" }, { "system" }, { "no-system-out" }, { "tries" }, { "replace" },
	{ "temperature", "0.7" }, { "top-p", "0.9" }, { 0 },
};

const struct method method_pairs = {
	.name = "pairs",
	.summary = "make preference pairs: answers of one model or several, graded",
	.about = "Asks for several answers to each prompt of a file or of a run, has a judge grade each by "
		 "your rubrics, and keeps the best with the worst or with another that is worse. A recipe may "
		 "name several writers, writer, writer-2 and on, whose answers compete. What makes no pair is "
		 "a reject with its reason. Every reply is on disk before it is used, so Ctrl-C or a crash "
		 "loses nothing, and the same command resumes where it stopped.",
	.example = "sow pairs -i prompts.jsonl --samples 5 -o pairs\n"
		   "sow pairs -i prompts.jsonl --rubric additive --rejected random --margin 1 -o pairs\n"
		   "sow export pairs --format preference -o pairs.jsonl",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.only_answers = true,
	.exported_as = "--format preference -o pairs.jsonl",
	.several_writers = true,
	.state_size = sizeof(struct pairs),
	.open = pairs_open,
	.begin = begin,
	.tallies_title = "Pairs",
	.tallies = tallies,
	.tally = tally,
};
