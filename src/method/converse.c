/* Conversations: one teacher plays a user with a goal, another answers, in turn, until the goal is met
 * or the turns are used up. As in CAMEL (Li et al. 2023, arXiv:2303.17760) and UltraChat (Ding et al.
 * 2023, arXiv:2305.14233), but only one side plays a role. docs/guide/conversations.md is its
 * manual.
 *
 * A unit's turns are the conversation so far; context keeps the persona, the goal, how many turns the record
 * had, and a message that did not fit. A round is a block of stages: the tries of the user's message, then
 * its answer. */
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "method/converse_private.h"
#include "method/fields.h"
#include "method/judge.h"
#include "method/question.h"
#include "method/simulated_user.h"
#include "method/transcript.h"
#include "method/unit_turns.h"
#include "method/user_turn.h"
#include "text/spacing.h"

static const char open_schema[] =
	"{\"type\":\"object\",\"properties\":{\"message\":{\"type\":\"string\"}},"
	"\"required\":[\"message\"],\"additionalProperties\":false}";
static const char next_schema[] =
	"{\"type\":\"object\",\"properties\":{\"next\":{\"type\":\"string\",\"enum\":[\"ask\",\"leave\"]},"
	"\"message\":{\"type\":\"string\"}},\"required\":[\"next\",\"message\"],"
	"\"additionalProperties\":false}";

/* Opening */

static int converse_open(void *state, struct sow_error *err)
{
	static const char *const open_slots[] = { "persona", "goal", NULL };
	static const char *const played_slots[] = { "persona", "goal", "said", NULL }; /* messages have the
										        * talk */
	static const char *const next_slots[] = { "persona", "goal", "conversation", NULL };
	static const char *const answer_slots[] = { "system", "conversation", NULL };
	static const struct slot statics[] = { { 0 } };
	struct converse *m = state;
	m->own = m->run.o.own;
	for (int p = 0; p < PARTS; p++) {
		const char *said = m->own->parts[p];
		if (said && strstr(said, "{{") &&
		    !(m->parts[p] = jinja_read(m->run.arena, converse_part_names[p], view_of(said), err)))
			return SOW_INVALID;
	}
	int status = json_prompt_open(&m->open, &m->run, "converse/open", open_schema, open_slots, err);
	if (!status)
		status = json_prompt_open(&m->next, &m->run, "converse/next", next_schema,
					  m->run.o.prompts.chat ? played_slots : next_slots, err);
	if (status)
		return status;
	if (m->run.o.prompts.chat)
		m->play = prompt_load(m->run.arena, &m->run.o.prompts, "converse/play", statics, open_slots, err);
	else
		m->answer = prompt_load(m->run.arena, &m->run.o.prompts, "converse/answer", statics, answer_slots, err);
	return m->play || m->answer ? SOW_OK : SOW_INVALID;
}

/* Requests */

/* For rehearsals: some goals are met after each answer, and all messages differ. */
static void give_example(const struct unit *u, const struct turn *turns, size_t count, struct request *r)
{
	char said[USER_TURN_EXAMPLE_MAX];
	size_t turn = converse_count(turns, count, ROLE_USER);
	int64_t number = (u->ticket * TALKS_MAX + u->item) * TURNS_MAX + (int64_t)turn;
	bool is_met = turn && (u->ticket + u->item + (int64_t)turn) % 4 == 0;
	struct buf text = BUF_INIT;
	user_turn_invent(number, said);
	buf_addch(&text, '{');
	if (!simulated_opens(turns, count))
		buf_addf(&text, "\"next\":\"%s\",", is_met ? "leave" : "ask");
	buf_addf(&text, "\"message\":\"%s\"}", is_met ? "" : said);
	request_set_example(r, view_from(text.data, text.len));
	buf_release(&text);
}

static int ask_user(const struct converse *m, const struct unit *u, struct request *r)
{
	const json_value *context = json_own(u->context, r->arena);
	struct turn *turns = NULL;
	size_t count = 0;
	struct buf text = BUF_INIT;
	int status = context ? unit_turns(u, r->arena, &turns, &count) : SOW_NOMEM;
	if (!status)
		status = method_sampling(&m->run.o, r);
	if (m->own->user_temperature != NOT_SAID)
		r->sampling.temperature = m->own->user_temperature;
	r->sample = (uint32_t)(u->item - 1);
	transcript_add(turns, status ? 0 : count, &text);
	bool opens = simulated_opens(turns, count);
	struct slot slots[] = {
		{ "persona", json_text(json_get(context, "persona")) },
		{ "goal", json_text(json_get(context, "goal")) },
		{ "conversation", view_from(text.data, text.len) }, { "said", view_of("") }, { 0 },
	};
	if (!status)
		give_example(u, turns, count, r);
	if (!status && m->play && !opens)
		status = prompt_fill(m->play, slots, r);
	if (!status && m->play && !opens)
		status = transcript_exchange(turns, count, r, &slots[3].text);
	if (!status)
		status = json_prompt_ask(opens ? &m->open : &m->next, slots, context, r);
	buf_release(&text);
	return status;
}

static int plan_user(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	(void)sample;
	return request_finish(r, ask_user(state, u, r), out);
}

/* As raw text to continue. */
static int ask_answer(const struct converse *m, const struct unit *u, size_t sample, struct request *r)
{
	struct turn *turns = NULL;
	size_t count = 0;
	struct buf text = BUF_INIT;
	struct view system = view_of(m->run.o.system);
	int status = unit_turns(u, r->arena, &turns, &count);
	if (!status)
		status = method_sampling(&m->run.o, r);
	if (!status && count && (turns[0].role == ROLE_SYSTEM || turns[0].role == ROLE_DEVELOPER))
		system = turns[0].text;
	if (!system.len)
		system = view_of("A conversation between a user and an assistant, who answers helpfully and truthfully.");
	transcript_add(turns, status ? 0 : count, &text);
	const struct slot slots[] = { { "system", system },
				      { "conversation", view_from(text.data, text.len) }, { 0 } };
	r->sample = (uint32_t)sample;
	if (!status)
		status = prompt_fill(m->answer, slots, r);
	buf_release(&text);
	return status ? status : request_add_stop(r, "\nUser:");
}

/* Each talk of a record has its own samples. */
static int plan_answer(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct converse *m = state;
	size_t number = (size_t)(u->item - 1) * TALKS_MAX + sample;
	if (!m->answer)
		return question_plan(u, &m->run.o, m->run.o.system, number, out);
	struct request *r = request_new();
	return request_finish(r, ask_answer(m, u, number, r), out);
}

/* Replies */

/* The conversation ends with its last answer. */
static int end(struct unit *u, const char *why, struct outcome *o)
{
	int status = fields_set(&u->fields, FIELD_ENDED, view_of(why), o->arena);
	u->context = view_of("");
	return status ? status : unit_turns_end(u, o);
}

/* Drops a user's message: there is no conversation yet, or it ends before the message. */
static int drop_message(struct unit *u, bool opens, enum rule_id broken, struct view text, struct view detail,
			struct outcome *o)
{
	if (opens) {
		outcome_fail(o, u, broken, text, detail);
		return SOW_OK;
	}
	outcome_reject(o, u, rule_table[broken].name, text, detail);
	return end(u, rule_table[broken].name, o);
}

struct heard {
	const json_value *context;
	struct turn *turns;
	size_t count;
	bool opens;
};

static int say(const struct converse *m, struct unit *u, const struct heard *h, const json_value *said,
	       struct outcome *o)
{
	struct view text = spacing_trim(json_text(json_get(said, "message"))), detail;
	if (view_eqstr(json_text(json_get(said, "next")), "leave"))
		return end(u, ENDED_GOAL, o);
	const struct simulated user = { m->run.o.rules, json_text(json_get(h->context, "persona")), h->turns,
					h->count };
	enum rule_id broken = simulated_check(&user, text, &detail);
	if (broken != RULE_COUNT)
		return drop_message(u, h->opens, broken, text, detail, o);
	u->stage = (u->stage - 1) / BLOCK * BLOCK + BLOCK;
	int status = unit_turns_add(u, &TURN(ROLE_USER, text), o->arena);
	if (h->opens)
		u->instruction = text;
	return status;
}

/* Sets the context for the next request; `why` is empty if the reply fits. */
static void keep_on(struct unit *u, const struct heard *h, struct view reply, struct view why, struct arena *a)
{
	struct view parts[PARTS];
	for (int p = 0; p < PARTS; p++)
		parts[p] = json_text(json_get(h->context, converse_part_names[p]));
	converse_keep(u, parts, json_integer(json_get(h->context, "brought")), reply, why, a);
}

static int take(const struct converse *m, struct unit *u, const struct heard *h, struct view text,
		struct outcome *o, struct buf *why)
{
	const json_value *said;
	struct view reason;
	int status = json_prompt_read(h->opens ? &m->open : &m->next, text, o->arena, &said, why);
	if (!status)
		return say(m, u, h, said, o);
	if (status != SOW_INVALID)
		return status;
	reason = arena_takebuf(o->arena, why);
	if ((u->stage - 1) % BLOCK + 1 >= m->run.o.map.tries)
		return drop_message(u, h->opens, RULE_UNFIT, text, reason, o);
	u->stage++;
	keep_on(u, h, text, reason, o->arena);
	return SOW_OK;
}

static int admit_user(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		      struct outcome *o)
{
	const struct converse *m = state;
	const struct reply *r = replies[0];
	struct view text = view_trim(r->text);
	struct buf why = BUF_INIT;
	struct heard h = { .context = json_own(u->context, o->arena) };
	(void)count;
	int status = h.context ? unit_turns(u, o->arena, &h.turns, &h.count) : SOW_NOMEM;
	if (status)
		return status;
	h.opens = simulated_opens(h.turns, h.count);
	if (r->finish == FINISH_ERROR)
		return drop_message(u, h.opens, RULE_REFUSED, view_of(""), r->text, o);
	if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY))
		return drop_message(u, h.opens, RULE_CUT_REPLY, text, view_of(""), o);
	status = take(m, u, &h, text, o, &why);
	buf_release(&why);
	return status;
}

/* Removes a question that gets no answer, unless it is the record's own or the first. */
static int lose_answer(struct unit *u, const struct heard *h, enum rule_id broken, struct view detail,
		       struct outcome *o)
{
	struct view question = h->turns[h->count - 1].text;
	bool is_own = (int64_t)h->count <= json_integer(json_get(h->context, "brought"));
	if (is_own || !converse_count(h->turns, h->count, ROLE_ASSISTANT)) {
		outcome_fail(o, u, broken, question, detail);
		return SOW_OK;
	}
	outcome_reject(o, u, rule_table[broken].name, question, detail);
	int status = unit_turns_drop(u, o->arena);
	return status ? status : end(u, rule_table[broken].name, o);
}

static enum rule_id check_answer(const struct converse *m, const struct heard *h, struct view text)
{
	const struct rules *rules = m->run.o.rules;
	struct speech s;
	speech_open(&s, text);
	bool refuses = rules_on(rules, RULE_REFUSAL_OPENING) && speech_refusal(&s);
	speech_close(&s);
	if (refuses)
		return RULE_REFUSAL_OPENING;
	return simulated_repeats(rules, h->turns, h->count, ROLE_ASSISTANT, text) ? RULE_REPEATS_ITSELF : RULE_COUNT;
}

static int admit_answer(const void *state, struct unit *u, const struct reply *const *replies,
			size_t count, struct outcome *o)
{
	const struct converse *m = state;
	struct instance answer;
	struct view detail;
	struct heard h = { .context = json_own(u->context, o->arena) };
	(void)count;
	int status = h.context ? unit_turns(u, o->arena, &h.turns, &h.count) : SOW_NOMEM;
	enum rule_id broken = question_answer(u, m->run.o.rules, replies[0], &answer, &detail);
	if (!status && !h.count)
		status = SOW_INVALID;
	if (status)
		return status;
	if (broken == RULE_COUNT) {
		broken = check_answer(m, &h, answer.output);
		detail = answer.output;
	}
	if (broken != RULE_COUNT)
		return lose_answer(u, &h, broken, detail, o);
	struct turn said = TURN(ROLE_ASSISTANT, answer.output);
	said.reasoning = answer.reasoning;
	status = unit_turns_add(u, &said, o->arena);
	if (!status && converse_count(h.turns, h.count, ROLE_USER) >= (size_t)m->own->turns)
		return end(u, ENDED_TURNS, o);
	u->stage++;
	keep_on(u, &h, view_of(""), view_of(""), o->arena);
	return status;
}

#define USER(n) static const struct stage user_##n = { .name = "user " #n, .duty = DUTY_USER, \
	.plan = plan_user, .admit = admit_user }; \
	static const struct stage again_##n = { .name = "user " #n " again", .duty = DUTY_USER, \
	.plan = plan_user, .admit = admit_user }; \
	static const struct stage answer_##n = { .name = "answer " #n, .duty = DUTY_WRITE, \
	.plan = plan_answer, .admit = admit_answer, .graded_by = STAGE_JUDGING };
#define AGAIN(s) &s, &s, &s, &s, &s, &s, &s, &s, &s
#define ROUND(n) &user_##n, AGAIN(again_##n), &answer_##n,
#define EACH(x) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15) x(16)

EACH(USER)

/* A round is a block; the first one begins with the answer if the record already asks. */
static const struct stage *const stages[STAGE_JUDGING + 1] = {
	EACH(ROUND) &stage_judging, NULL,
};

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "persona", 0, OPTION_TEXT, MINE(parts[PERSONA]), "FIELD",
	  "who the user is: a field of the record, or a text with fields in double braces; instruction: the "
	  "record's question, which then is not asked", .unsaid = "the field persona, else anyone", OF_MINE },
	{ "goal", 0, OPTION_TEXT, MINE(parts[GOAL]), "FIELD", "and what the user wants, likewise",
	  .unsaid = "the field goal, else help with the first message", OF_MINE },
	{ "turns", 0, OPTION_INT, MINE(turns), "N",
	  "turns of the user in one conversation, at most; those of the record count", 1, TURNS_MAX,
	  .fallback = "4", OF_MINE },
	{ "talks", 0, OPTION_INT, MINE(talks), "K", "conversations from each record", 1, TALKS_MAX,
	  .fallback = "1", OF_MINE },
	{ "user-temperature", 0, OPTION_NUMBER, MINE(user_temperature), "T", "of what the user says", 0, 5,
	  .unsaid = "--temperature", OF_MINE },
};

static const struct taken_option takes[] = {
	{ "system" }, { "no-system-out" }, { "best-of" }, { "tries" }, { "replace" }, { 0 },
};

enum { TALKS, MET, USED_UP, SHORT, MESSAGES };

static const struct tally tallies[] = {
	[TALKS] = { "conversations", "conversations" },
	[MET] = { "goal_met", "  the user had what was wanted", .of = TALKS + 1 },
	[USED_UP] = { "turns_used_up", "  all turns were used", .of = TALKS + 1 },
	[SHORT] = { "cut_short", "  ended by a rule", .of = TALKS + 1 },
	[MESSAGES] = { "user_turns", "turns of the user in them" },
	{ 0 },
};

static int tally(const struct unit *u, struct arena *scratch, int64_t counts[TALLIES_MAX])
{
	if (u->state != UNIT_FINISHED)
		return SOW_OK;
	const json_value *fields = json_own(u->fields, scratch);
	struct view ended = json_text(json_get(fields, FIELD_ENDED));
	struct turn *turns = NULL;
	size_t count = 0;
	if (!fields || unit_turns(u, scratch, &turns, &count))
		return SOW_NOMEM;
	bool is_met = view_eqstr(ended, ENDED_GOAL), is_used_up = view_eqstr(ended, ENDED_TURNS);
	counts[TALKS]++;
	counts[MET] += is_met;
	counts[USED_UP] += is_used_up;
	counts[SHORT] += !is_met && !is_used_up;
	counts[MESSAGES] += (int64_t)converse_count(turns, count, ROLE_USER);
	return SOW_OK;
}

const struct method method_converse = {
	.name = "converse",
	.summary = "conversations with a user that a teacher plays",
	.usage = "[options] --input FILE -o DIR",
	.about = "One teacher plays a user with a persona and a goal, out of fields of each record; another "
		 "answers, and so on in turn until the goal is met or --turns are used. A record's question is "
		 "the first message, and its answer the first answer; a record without one is opened by the "
		 "user. A message or answer that falls out of its part ends the conversation before it, with "
		 "the reason. Every reply is on disk before it is used, so Ctrl-C or a crash loses nothing, and "
		 "the same command continues where it stopped.",
	.example = "sow converse -i personas.jsonl --turns 4 -o talks\n"
		   "sow converse -i questions.txt -o talks\n"
		   "sow export talks --format messages --jsonl -o talks.jsonl",
	.exported_as = "--format messages --jsonl -o talks.jsonl",
	.answered = "continued by the user",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.state_size = sizeof(struct converse),
	.open = converse_open,
	.begin = converse_begin,
	.tallies_title = "Conversations",
	.tallies = tallies,
	.tally = tally,
};
