/* Instructions from nothing: after the opening of a user's turn an aligned model writes what users ask, and
 * then answers it (Xu et al. 2024, arXiv:2406.08464). Numbers: docs/guide/methods.md. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "method/candidate.h"
#include "method/chat_template.h"
#include "method/judge.h"
#include "method/question.h"
#include "method/unit_turns.h"
#include "method/user_turn.h"
#include "text/spacing.h"

/* Turn n of the user is stage 2n - 1, its answer stage 2n; choosing an answer comes last. */
#define TURNS_MAX 8
#define STAGE_JUDGING (2 * TURNS_MAX + 1)

struct own {
	const char *template, *cut;
	int64_t turns;
	double answer_temperature, answer_top_p, first_token;
	struct list grid;
};

struct magpie {
	struct method_state run;
	const struct own *own;
	const struct chat_template *template; /* NULL: the model's own */
	const char *steering;        /* the system turn of further turns; NULL: there are none */
	double (*grid)[2];           /* temperature and top_p, by ticket */
};

/* Opening */

static int check_teacher(const struct magpie *m, struct sow_error *err)
{
	enum turn_opening opens = m->run.o.opens;
	if (m->own->template && !m->template)
		return error_set(err, SOW_USAGE, "--template %s: expected one of " CHAT_TEMPLATE_NAMES,
				 m->own->template);
	if (opens == OPENS_NOTHING)
		return error_set(err, SOW_USAGE, "the teacher takes chats only, and magpie has it write the "
				 "user's turn: ask a server's /v1/completions (--api completion --template "
				 "NAME), or a model without a server");
	if (opens == OPENS_TEXT && !m->template)
		return error_set(err, SOW_USAGE, "--template: expected how the server's model writes turns, "
				 "one of " CHAT_TEMPLATE_NAMES);
	if (!(m->own->first_token > 0))
		return error_set(err, SOW_USAGE, "--first-token: expected a number above 0");
	if (opens == OPENS_TEXT && (m->own->first_token < 1 || m->own->first_token > 1))
		return error_set(err, SOW_USAGE, "--first-token is for models without a server: a server draws "
				 "all tokens alike");
	if (opens == OPENS_TURN && m->template)
		return error_set(err, SOW_USAGE, "--template is for servers: a model without a server has "
				 "its own");
	return SOW_OK;
}

static int read_grid(struct magpie *m, struct sow_error *err)
{
	const struct list *list = &m->own->grid;
	m->grid = arena_array(m->run.arena, list->count + 1, sizeof(*m->grid));
	for (size_t i = 0; i < list->count; i++) {
		double *at = m->grid[i];
		char more;
		if (sscanf(list->items[i], "%lf/%lf%c", &at[0], &at[1], &more) != 2 ||
		    !(at[0] >= 0 && at[0] <= 2 && at[1] > 0 && at[1] <= 1))
			return error_set(err, SOW_USAGE, "--grid: expected a temperature from 0 to 2 and a "
					 "top-p up to 1, such as 0.8/0.95, not '%s'", list->items[i]);
	}
	return SOW_OK;
}

/* The system text that makes the model write several turns of one talk, unless the user set one. */
static int load_steering(struct magpie *m, struct sow_error *err)
{
	char count[24];
	struct buf text = BUF_INIT;
	if (m->own->turns < 2 || m->run.o.system) {
		m->steering = m->run.o.system;
		return SOW_OK;
	}
	snprintf(count, sizeof(count), "%lld", (long long)m->own->turns);
	int status = prompt_sentence(m->run.arena, &m->run.o.prompts, "magpie/turns.txt", "turns", count,
				     &text, err);
	if (!status) {
		struct view said = view_trim(view_from(text.data, text.len));
		m->steering = arena_copyview(m->run.arena, said);
	}
	buf_release(&text);
	return status;
}

static int magpie_open(void *state, struct sow_error *err)
{
	struct magpie *m = state;
	m->own = m->run.o.own;
	m->template = m->own->template ? chat_template_find(m->own->template) : NULL;
	int status = check_teacher(m, err);
	if (!status)
		status = read_grid(m, err);
	return status ? status : load_steering(m, err);
}

/* Requests */

static int add_stops(const struct magpie *m, struct request *r)
{
	int status = SOW_OK;
	for (size_t i = 0; m->template && m->template->stops[i] && !status; i++)
		status = request_add_stop(r, m->template->stops[i]);
	return status;
}

/* Adds the talk so far, and the opening of the next turn. */
static int add_talk(const struct magpie *m, const char *system, const struct turn *turns, size_t count,
		    enum role next, struct request *r)
{
	struct buf text = BUF_INIT;
	int status = SOW_OK;
	if (m->template) {
		status = chat_template_open(m->template, system, turns, count, next, &text);
		if (!status)
			status = request_add(r, ROLE_NONE, !count,
					     view_from(text.data, text.len));
	} else {
		r->opens = next == ROLE_USER ? ROLE_USER : ROLE_NONE;
		status = request_add(r, ROLE_SYSTEM, true, view_of(system));
		for (size_t i = 0; i < count && !status; i++)
			status = request_add(r, turns[i].role, false, turns[i].text);
	}
	buf_release(&text);
	return status ? status : add_stops(m, r);
}

static int plan_user(const struct magpie *m, int64_t ticket, const char *system,
		     const struct turn *turns, size_t count, struct request *r)
{
	size_t grid = m->own->grid.count;
	int status = method_sampling(&m->run.o, r);
	if (!status && grid) {
		r->sampling.temperature = m->grid[(size_t)ticket % grid][0];
		r->sampling.top_p = m->grid[(size_t)ticket % grid][1];
	}
	double temperature = r->sampling.temperature;
	if (m->own->first_token < 1 || m->own->first_token > 1)
		r->sampling.first_temperature = temperature * m->own->first_token;
	r->sample = (uint32_t)ticket; /* the prompt is always the same: the number varies the reply */
	if (!status && strcmp(m->own->cut, "line") == 0)
		status = request_add_stop(r, "\n");
	if (!status)
		status = user_turn_example(ticket, r);
	return status ? status : add_talk(m, system, turns, count, ROLE_USER, r);
}

static int plan_ticket(const void *state, int64_t ticket, size_t machine, struct request **out,
		       size_t examples[POOL_EXAMPLES_MAX], size_t *count)
{
	const struct magpie *m = state;
	struct request *r = request_new();
	(void)machine;
	(void)examples;
	*count = 0;
	const char *system = m->own->turns > 1 ? m->steering : m->run.o.system;
	return request_finish(r, plan_user(m, ticket, system, NULL, 0, r), out);
}

static int plan_next(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct magpie *m = state;
	struct request *r = request_new();
	struct turn *turns = NULL;
	size_t count = 0;
	(void)sample;
	int status = unit_turns(u, r->arena, &turns, &count);
	if (!status)
		status = plan_user(m, u->ticket, m->steering, turns, count, r);
	return request_finish(r, status, out);
}

/* Answers do not see the text that steers the user. */
static int plan_answer(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct magpie *m = state;
	struct request *r = request_new();
	struct turn *turns = NULL;
	size_t count = 0;
	int status = method_sampling(&m->run.o, r);
	if (!status)
		status = unit_turns(u, r->arena, &turns, &count);
	if (!status) {
		r->sampling.temperature = m->own->answer_temperature;
		r->sampling.top_p = m->own->answer_top_p;
		r->sample = (uint32_t)sample;
		status = add_talk(m, NULL, turns, count, ROLE_ASSISTANT, r);
	}
	return request_finish(r, status, out);
}

/* Replies */

/* Reads the user's turn: RULE_COUNT, or why it is not a usable question. */
static enum rule_id read_user(const struct magpie *m, const struct reply *r, struct arena *a,
			      struct view *text, struct view *detail)
{
	const struct rules *rules = m->run.o.rules;
	*detail = view_of("");
	*text = r->text;
	if (r->finish == FINISH_ERROR) {
		*detail = r->text;
		*text = view_of("");
		return RULE_REFUSED;
	}
	if (r->finish == FINISH_LENGTH && rules_on(rules, RULE_CUT_REPLY))
		return RULE_CUT_REPLY;
	bool is_whole = strcmp(m->own->cut, "none") == 0;
	if (strcmp(m->own->cut, "sanitizer") == 0)
		*text = user_turn_sanitize(r->text);
	else
		*text = is_whole ? spacing_trim(r->text) : user_turn_unlabel(spacing_trim(r->text));
	if (!is_whole) {
		struct buf line = BUF_INIT;
		spacing_collapse(*text, &line);
		*text = arena_takebuf(a, &line);
	}
	/* the text that it announces would follow it */
	bool is_announced = view_ends(*text, ":") || view_ends(*text, "\xEF\xBC\x9A");
	return is_announced && rules_on(rules, RULE_ENDS_WITH_COLON) ? RULE_ENDS_WITH_COLON : RULE_COUNT;
}

static int admit_ticket(const void *state, int64_t step, int64_t ticket, const struct reply *r,
			struct outcome *o)
{
	const struct magpie *m = state;
	struct accepted a = { .unit = { .step = step, .ticket = ticket, .item = 1, .stage = 1,
					.is_classification = -1 } };
	struct view text, detail;
	enum rule_id broken = read_user(m, r, o->arena, &text, &detail);
	a.unit.instruction = text;
	if (broken == RULE_COUNT)
		broken = candidate_check(m->run.o.rules, &a.unit, &detail);
	if (broken != RULE_COUNT) {
		outcome_reject(o, &a.unit, rule_table[broken].name, text, detail);
		return SOW_OK;
	}
	int status = candidate_admit(m->run.o.pool, m->run.o.rules, &a, o);
	for (size_t i = 0; i < o->accepted_count; i++)
		o->accepted[i].unit.stage = 2;
	return status;
}

/* Removes a later question without an answer: the talk is as before. */
static int take_back(struct unit *u, enum rule_id broken, struct view detail, struct outcome *o)
{
	struct turn *turns = NULL;
	size_t count = 0;
	int status = unit_turns(u, o->arena, &turns, &count);
	if (!status)
		outcome_reject(o, u, rule_table[broken].name, turns[count - 1].text, detail);
	if (!status)
		status = unit_turns_drop(u, o->arena);
	return status ? status : unit_turns_end(u, o);
}

static int admit_answer(const void *state, struct unit *u, const struct reply *const *replies,
			size_t count, struct outcome *o)
{
	const struct magpie *m = state;
	struct instance answer;
	struct view detail;
	(void)count;
	enum rule_id broken = question_answer(u, m->run.o.rules, replies[0], &answer, &detail);
	bool is_first = u->stage == 2;
	if (broken != RULE_COUNT && is_first) {
		outcome_fail(o, u, broken, u->instruction, detail);
		return SOW_OK;
	}
	if (broken == RULE_COUNT && m->own->turns == 1) {
		u->state = UNIT_FINISHED;
		outcome_keep(o, &answer, 1);
		return SOW_OK;
	}
	if (broken != RULE_COUNT)
		return take_back(u, broken, detail, o);
	struct turn said = TURN(ROLE_ASSISTANT, answer.output);
	said.reasoning = answer.reasoning;
	int status = unit_turns_add(u, &said, o->arena);
	bool is_last = u->stage == 2 * m->own->turns;
	u->stage++;
	return status ? status : is_last ? unit_turns_end(u, o) : SOW_OK;
}

static int admit_next(const void *state, struct unit *u, const struct reply *const *replies,
		      size_t count, struct outcome *o)
{
	const struct magpie *m = state;
	struct view text, detail;
	(void)count;
	enum rule_id broken = read_user(m, replies[0], o->arena, &text, &detail);
	if (broken != RULE_COUNT)
		outcome_reject(o, u, rule_table[broken].name, text, detail);
	if (broken != RULE_COUNT || !text.len)
		return unit_turns_end(u, o);
	u->stage++;
	return unit_turns_add(u, &TURN(ROLE_USER, text), o->arena);
}

static const struct stage instruction = {
	.name = "instruction",
	.duty = DUTY_WRITE,
	.plan_ticket = plan_ticket,
	.admit_ticket = admit_ticket,
};

#define ANSWER(name_) { .name = name_, .duty = DUTY_WRITE, .plan = plan_answer, \
			.admit = admit_answer, .graded_by = STAGE_JUDGING }
#define NEXT(name_) { .name = name_, .duty = DUTY_WRITE, .plan = plan_next, .admit = admit_next }

static const struct stage answers[TURNS_MAX] = {
	ANSWER("answer"), ANSWER("answer-2"), ANSWER("answer-3"), ANSWER("answer-4"),
	ANSWER("answer-5"), ANSWER("answer-6"), ANSWER("answer-7"), ANSWER("answer-8"),
};
static const struct stage nexts[TURNS_MAX - 1] = {
	NEXT("turn-2"), NEXT("turn-3"), NEXT("turn-4"), NEXT("turn-5"), NEXT("turn-6"), NEXT("turn-7"),
	NEXT("turn-8"),
};

static const struct stage *const stages[] = {
	&instruction, &answers[0], &nexts[0], &answers[1], &nexts[1], &answers[2], &nexts[2], &answers[3],
	&nexts[3], &answers[4], &nexts[4], &answers[5], &nexts[5], &answers[6], &nexts[6], &answers[7],
	&stage_judging, NULL,
};

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "template", 0, OPTION_TEXT, MINE(template), "NAME",
	  "how the model behind a server's /v1/completions writes turns: " CHAT_TEMPLATE_NAMES,
	  .unsaid = "a model without a server has its own", OF_MINE },
	{ "turns", 0, OPTION_INT, MINE(turns), "N", "turns of the user in one conversation", 1, TURNS_MAX,
	  .fallback = "1", OF_MINE },
	{ "cut", 0, OPTION_CHOICE, MINE(cut), NULL,
	  "where an instruction ends: with its line (a label before it, like Q:, goes), where the paper's sanitizer has it end, or with the "
	  "turn", .choices = "line|sanitizer|none", .fallback = "line", OF_MINE },
	{ "grid", 0, OPTION_LIST, MINE(grid), "T/P",
	  "instructions with this temperature and top-p, in turn; may be given again",
	  .unsaid = "--temperature and --top-p", .most = 64, OF_MINE },
	{ "first-token", 0, OPTION_NUMBER, MINE(first_token), "X",
	  "draw an instruction's first token at X times the temperature, so that openings differ more: of "
	  "models without a server", 0, 10, .fallback = "1", OF_MINE },
	{ "answer-temperature", 0, OPTION_NUMBER, MINE(answer_temperature), "T", "of answers", 0, 2,
	  .fallback = "0", OF_MINE },
	{ "answer-top-p", 0, OPTION_NUMBER, MINE(answer_top_p), "P", "of answers", 0, 1, .fallback = "1",
	  OF_MINE },
};

static const struct taken_option takes[] = {
	{ "system" }, { "best-of" }, { "strict-paper" },
	{ "temperature", "1", "1" },
	{ "top-p", "1", "1" },
	{ "max-tokens", "2048", "2048" },
	{ "presence-penalty", NULL, "0" },
	{ "frequency-penalty", NULL, "0" },
	{ "lookahead", "1024", NULL },
	{ 0 },
};

static const char *const rules[] = { "too-short=2", "keyword=off", "program=off", NULL };

const struct method method_magpie = {
	.name = "magpie",
	.summary = "have an aligned model write the users' turns as well (Magpie)",
	.about = "Shows the teacher the opening of a user's turn and nothing else; an aligned model continues "
		 "with what users ask it. What is new and fit is then answered. No seeds are needed. It "
		 "takes a model without a server, whose template is known, or a server's "
		 "/v1/completions with --template. Every reply is on disk before it is used, so Ctrl-C or "
		 "a crash loses nothing, and the same command resumes where it stopped.",
	.example = "sow magpie -n 100 --teacher qwen-1.5b -o magpie\n"
		   "sow magpie -n 10000 --teacher http://127.0.0.1:8000/v1 --model NAME \\\n"
		   "    --api completion --template llama3 -o magpie",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.no_seeds = true,
	.rules = rules,
	.state_size = sizeof(struct magpie),
	.open = magpie_open,
};
