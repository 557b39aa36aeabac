/* A judge compares two answers of each record, once in each order, and an answer wins only if it wins
 * in both. docs/guide/compare.md is its manual.
 *
 * A unit's object is the record, its instruction the question. Each try is a stage, which asks for the
 * missing verdicts; context keeps the two answers and the verdicts so far, and in the end the data for the
 * figures. */
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/format.h"
#include "data/jinja.h"
#include "data/swap_preference.h"
#include "data/turns.h"
#include "method/again.h"
#include "method/both_orders.h"
#include "method/map_reply.h"
#include "method/question.h"
#include "method/shown.h"

static const char usual_criteria[] =
	"What counts: it does what was asked, what it says is true, it is complete, and it is clear.";

static const char schema[] =
	"{\"type\":\"object\",\"properties\":{\"reason\":{\"type\":\"string\"},"
	"\"winner\":{\"type\":\"string\",\"enum\":[\"A\",\"B\",\"tie\"]}},"
	"\"required\":[\"reason\",\"winner\"],\"additionalProperties\":false}";

struct own {
	const char *answers, *question, *criteria;
	bool choose;
};

struct compare {
	struct method_state run;
	const struct own *own;
	bool is_named;               /* the answers are two fields */
	const char *names[ORDERS];   /* of them */
	struct jinja *fields[ORDERS];
	struct jinja *question;      /* NULL: the record's own */
	const char *reasons, *verdicts, *swapped; /* names of the fields beside the winner's */
	struct prompt *prompt;
	struct map_options reply_options;
	struct map_reply *reply;
	struct view examples[VERDICTS];
};

/* Opening */

static const char *name_field(struct compare *m, const char *suffix)
{
	struct buf name = BUF_INIT;
	buf_addf(&name, "%s_%s", m->run.o.map.into, suffix);
	return arena_takebuf(m->run.arena, &name).p;
}

static struct jinja *read_field(struct compare *m, const char *name, struct sow_error *err)
{
	struct buf text = BUF_INIT;
	buf_addf(&text, "{{%s}}", name);
	struct view template = arena_takebuf(m->run.arena, &text);
	return jinja_read(m->run.arena, "answers", template, err);
}

static int read_answers(struct compare *m, struct sow_error *err)
{
	struct view said = view_of(m->own->answers);
	size_t comma = view_find(said, 0, ",");
	m->is_named = said.len > 0;
	m->names[FIRST] = m->is_named ? arena_copyview(m->run.arena, view_trim(view_sub(said, 0, comma)))
				      : "first";
	m->names[SECOND] = m->is_named && comma != VIEW_NONE
		? arena_copyview(m->run.arena, view_trim(view_sub(said, comma + 1, said.len)))
		: m->is_named ? "" : "second";
	if (m->is_named && (!*m->names[FIRST] || !*m->names[SECOND] || strchr(m->names[SECOND], ',') ||
			    strcmp(m->names[FIRST], m->names[SECOND]) == 0))
		return error_set(err, SOW_USAGE, "--answers '%s': expected two different fields, such as "
				 "chosen,rejected", m->own->answers);
	for (int i = 0; m->is_named && i < ORDERS; i++) {
		if (!(m->fields[i] = read_field(m, m->names[i], err)))
			return SOW_INVALID;
	}
	return SOW_OK;
}

static int load_prompt(struct compare *m, struct sow_error *err)
{
	static const char *const names[] = { "question", "first", "second", NULL };
	const char *criteria = m->own->criteria ? m->own->criteria : usual_criteria;
	const struct slot statics[] = { { "criteria", view_trim(view_of(criteria)) }, { 0 } };
	m->prompt = prompt_load(m->run.arena, &m->run.o.prompts, "compare/ask", statics, names, err);
	return m->prompt ? SOW_OK : SOW_INVALID;
}

static int make_reply(struct compare *m, struct sow_error *err)
{
	m->reply_options = (struct map_options){ .as = "json", .schema = view_of(schema),
						 .schema_name = "verdict", .replace = m->run.o.map.replace };
	m->reply = map_reply_new(m->run.arena, &m->reply_options, err);
	m->examples[FIRST] = view_of("{\"reason\":\"Both say the same, but A says it more clearly, and leaves "
				     "nothing out.\",\"winner\":\"A\"}");
	m->examples[SECOND] = view_of("{\"reason\":\"A is wrong about the main thing, which B explains in "
				      "full.\",\"winner\":\"B\"}");
	return m->reply ? SOW_OK : SOW_INVALID;
}

static int compare_open(void *state, struct sow_error *err)
{
	struct compare *m = state;
	m->own = m->run.o.own;
	m->reasons = name_field(m, "reason");
	m->verdicts = name_field(m, "verdicts");
	m->swapped = name_field(m, "swapped");
	int status = read_answers(m, err);
	if (!status && m->own->question &&
	    !(m->question = jinja_read(m->run.arena, "question", view_of(m->own->question), err)))
		status = SOW_INVALID;
	if (!status)
		status = load_prompt(m, err);
	return status ? status : make_reply(m, err);
}

/* The record */

/* A field that is an answer: a text, or turns. */
static int find_field(const struct compare *m, int which, const json_value *object, struct arena *a,
		      struct view *out, struct buf *why)
{
	const json_value *v = json_get(object, m->names[which]);
	struct turn *turns;
	size_t count;
	struct sow_error ignored;
	if (json_type(v) == JSON_ARRAY && turn_is(json_first(v)) &&
	    turns_read(v, a, &turns, &count, &ignored) == SOW_OK) {
		shown_turns(turns, count, a, out);
		return SOW_OK;
	}
	return shown_filled(m->fields[which], object, a, out, why);
}

static const struct instance *find_role(const struct record *input, enum answer_role role)
{
	for (size_t i = 0; i < input->instance_count; i++) {
		if (input->instances[i].role == role)
			return &input->instances[i];
	}
	return NULL;
}

static bool is_preference(const struct compare *m)
{
	return !m->is_named || (strcmp(m->names[FIRST], answer_role_names[ANSWER_CHOSEN]) == 0 &&
				strcmp(m->names[SECOND], answer_role_names[ANSWER_REJECTED]) == 0);
}

/* The better and the worse answer of preference data, else the record's first two. */
static void find_known(const struct record *input, struct arena *a, struct view answers[ORDERS],
		       bool *is_pair)
{
	const struct instance *chosen = find_role(input, ANSWER_CHOSEN);
	const struct instance *rejected = find_role(input, ANSWER_REJECTED);
	struct instance *list;
	size_t count = 0;
	*is_pair = chosen && rejected;
	question_answers(input, a, &list, &count);
	answers[FIRST] = answers[SECOND] = view_of("");
	if (*is_pair || count > 0)
		shown_answer(*is_pair ? chosen : &list[0], a, &answers[FIRST]);
	if (*is_pair || count > 1)
		shown_answer(*is_pair ? rejected : &list[1], a, &answers[SECOND]);
}

/* Finds the texts to show. SOW_OK, SOW_NOMEM, or SOW_INVALID with a missing field in *why. */
static int find_texts(const struct compare *m, const struct record *input, const json_value *object,
		      struct unit *u, struct arena *a, struct view answers[ORDERS], bool *is_pair,
		      struct buf *why)
{
	int status = SOW_OK;
	*is_pair = false;
	if (is_preference(m))
		find_known(input, a, answers, is_pair);
	for (int i = 0; m->is_named && !*is_pair && i < ORDERS && !status; i++)
		status = find_field(m, i, object, a, &answers[i], why);
	*is_pair = *is_pair || (m->is_named && is_preference(m));
	if (status)
		return status;
	return m->question ? shown_filled(m->question, object, a, &u->instruction, why)
			   : shown_question(input, a, &u->instruction);
}

/* The names of the answers: those of preference data differ. */
static const char *name_of(const struct compare *m, bool is_pair, int which)
{
	return is_pair ? answer_role_names[which == FIRST ? ANSWER_CHOSEN : ANSWER_REJECTED]
		       : m->names[which];
}

/* The result */

/* A field of the better or the worse answer, or the shown text. */
static void add_side(const struct compare *m, const struct both_orders *j, const json_value *object,
		     const char *name, enum verdict which, struct buf *out)
{
	const json_value *v = m->is_named ? json_get(object, m->names[which]) : NULL;
	buf_addf(out, ",\"%s\":", name);
	if (v)
		json_add_value(out, v);
	else
		json_add_text(out, j->answers[which]);
}

static void add_verdicts(const struct compare *m, const struct both_orders *j, bool is_swapped,
			 struct buf *out)
{
	const char *between = "";
	for (int i = 0; i < ORDERS && j->said[i]; i++) {
		enum verdict v = orders_verdict(j, i);
		buf_addstr(out, between);
		json_add_text(out, view_of(v == TIE ? "tie" : name_of(m, j->is_pair, is_swapped ? 1 - (int)v
												 : (int)v)));
		between = ",";
	}
}

/* The fields computed from the verdicts. */
static const json_value *sum_up(const struct compare *m, const struct both_orders *j, enum verdict winner,
				const json_value *object, bool is_swapped, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addch(&text, '{');
	json_add_text(&text, view_of(m->run.o.map.into));
	buf_addch(&text, ':');
	json_add_text(&text, view_of(winner == TIE ? "tie" : name_of(m, j->is_pair, is_swapped
								? 1 - (int)winner : (int)winner)));
	buf_addch(&text, ',');
	json_add_text(&text, view_of(m->verdicts));
	buf_addstr(&text, ":[");
	add_verdicts(m, j, is_swapped, &text);
	buf_addstr(&text, "],");
	json_add_text(&text, view_of(m->reasons));
	buf_addstr(&text, ":[");
	for (int i = 0; i < ORDERS && j->said[i]; i++) {
		buf_addstr(&text, i ? "," : "");
		json_add_text(&text, json_text(json_get(j->said[i], "reason")));
	}
	buf_addch(&text, ']');
	if (m->own->choose && winner != TIE && j->is_pair) {
		buf_addch(&text, ',');
		json_add_text(&text, view_of(m->swapped));
		buf_addf(&text, ":%s", is_swapped ? "true" : "false");
	} else if (m->own->choose && winner != TIE) {
		add_side(m, j, object, "chosen", winner, &text);
		add_side(m, j, object, "rejected", winner == FIRST ? SECOND : FIRST, &text);
	}
	buf_addch(&text, '}');
	return json_own(arena_takebuf(a, &text), a);
}

/* Call it once both verdicts are in, or none is needed. */
static int finish_unit(const struct compare *m, struct unit *u, const struct both_orders *j,
		       struct outcome *o)
{
	enum verdict winner = !j->said[FIRST] || orders_verdict(j, FIRST) != orders_verdict(j, SECOND)
			      ? TIE : orders_verdict(j, FIRST);
	bool is_swapped = m->own->choose && j->is_pair && winner == SECOND, has_answers;
	struct buf why = BUF_INIT;
	struct view written;
	const json_value *object = json_own(u->object, o->arena);
	if (!object)
		return SOW_NOMEM;
	if (is_swapped) {
		swap_preference(object, o->arena, &written, &has_answers);
		object = json_own(written, o->arena);
	}
	int status = map_reply_write(m->reply, object, sum_up(m, j, winner, object, is_swapped, o->arena),
				     o->arena, &written, &why);
	if (status == SOW_USAGE) {
		outcome_fail_for(o, u, RULE_FIELD_EXISTS, u->object, &why);
		return SOW_OK;
	}
	buf_release(&why);
	if (status)
		return SOW_NOMEM;
	u->context = orders_note(j, o->arena);
	u->object = written;
	if (m->own->choose && winner == TIE) {
		outcome_fail(o, u, RULE_TIE, u->object, view_of(""));
		return SOW_OK;
	}
	u->state = UNIT_FINISHED;
	return SOW_OK;
}

/* The input */

/* The first existing field that must not be overwritten: checked before any paid request. */
static const char *find_existing(const struct compare *m, const json_value *object, bool is_pair)
{
	const char *const names[] = {
		m->run.o.map.into, m->reasons, m->verdicts,
		m->own->choose ? is_pair ? m->swapped : "chosen" : NULL,
		m->own->choose && !is_pair ? "rejected" : NULL,
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !m->run.o.map.replace; i++) {
		if (names[i] && json_get(object, names[i]))
			return names[i];
	}
	return NULL;
}

/* Why the record cannot be judged; RULE_COUNT: it can. */
static enum rule_id find_fault(const struct compare *m, const struct unit *u, const struct both_orders *j,
			       const json_value *object, struct arena *a, struct buf *why)
{
	const char *field = find_existing(m, object, j->is_pair);
	struct view exchanged;
	bool has_answers = true;
	if (field) {
		buf_addf(why, "there is a field '%s'", field);
		return RULE_FIELD_EXISTS;
	}
	if (!j->answers[FIRST].len || !j->answers[SECOND].len) {
		buf_addstr(why, m->is_named ? "" : "--answers says which fields they are");
		return RULE_ONE_ANSWER;
	}
	if (!u->instruction.len) {
		buf_addstr(why, "--question says what the answers are to");
		return RULE_EMPTY;
	}
	if (m->own->choose && j->is_pair)
		swap_preference(object, a, &exchanged, &has_answers);
	if (!has_answers) {
		buf_addstr(why, "there are no fields 'chosen' and 'rejected' that --choose could exchange");
		return RULE_MISSING_FIELD;
	}
	return RULE_COUNT;
}

static int begin_record(const struct compare *m, const struct record *input, struct unit *u,
			struct outcome *o, struct buf *why)
{
	struct both_orders j = { 0 };
	int status = format_object(input, o->arena, &u->object);
	const json_value *object = status ? NULL : json_own(u->object, o->arena);
	if (!object)
		return SOW_NOMEM;
	status = find_texts(m, input, object, u, o->arena, j.answers, &j.is_pair, why);
	if (status == SOW_INVALID) {
		outcome_fail_for(o, u, RULE_MISSING_FIELD, u->object, why);
		return SOW_OK;
	}
	if (status)
		return status;
	enum rule_id rule = find_fault(m, u, &j, object, o->arena, why);
	if (rule != RULE_COUNT) {
		outcome_fail_for(o, u, rule, u->object, why);
		return SOW_OK;
	}
	if (view_eq(j.answers[FIRST], j.answers[SECOND]))
		return finish_unit(m, u, &j, o);
	u->context = orders_keep(&j, o->arena);
	return SOW_OK;
}

static int begin(const void *state, const struct unit *at, const struct record *input,
		 struct outcome *o)
{
	struct accepted a = { .unit = *at };
	struct buf why = BUF_INIT;
	a.unit.item = a.unit.stage = 1;
	a.unit.is_classification = -1;
	int status = begin_record(state, input, &a.unit, o, &why);
	buf_release(&why);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

/* The requests */

/* 0 for a unit whose answers no longer differ. */
static size_t samples(const void *state, const struct unit *u)
{
	struct arena *a = arena_new();
	struct both_orders j;
	(void)state;
	size_t count = !orders_recall(u->context, a, &j) ? orders_count_missing(&j) : 1;
	arena_free(a);
	return count ? count : 1;
}

static int ask(const struct compare *m, const struct unit *u, size_t sample, struct request *r)
{
	struct both_orders j;
	int status = orders_recall(u->context, r->arena, &j);
	if (status)
		return status;
	int order = orders_missing(&j, sample);
	const struct slot slots[] = { { "question", u->instruction }, { "first", j.answers[order] },
				      { "second", j.answers[1 - order] }, { 0 } };
	status = method_sampling(&m->run.o, r);
	request_set_schema(r, map_reply_schema(m->reply));
	/* of three rehearsed records two are decided */
	request_set_example(r, m->examples[u->ticket % VERDICTS == 0 ? FIRST : order]);
	if (!status)
		status = prompt_fill(m->prompt, slots, r);
	if (!status && j.whys[order].len)
		status = again_ask(j.replies[order], j.whys[order], m->run.o.prompts.chat,
				   map_reply_wanted(m->reply), r);
	return status;
}

static int plan(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	return request_finish(r, ask(state, u, sample, r), out);
}

/* The replies */

/* Why a reply cannot be read at all; RULE_COUNT: it can. */
static enum rule_id find_loss(const struct compare *m, const struct reply *r)
{
	bool is_cut = r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY);
	return r->finish == FINISH_ERROR ? RULE_REFUSED : is_cut ? RULE_CUT_REPLY : RULE_COUNT;
}

static int take(const struct compare *m, struct both_orders *j, int order, const struct reply *r,
		struct outcome *o)
{
	struct buf why = BUF_INIT;
	struct view text = view_trim(r->text);
	int status = map_reply_read(m->reply, text, o->arena, &j->said[order], &why);
	if (status)
		j->said[order] = NULL;
	j->replies[order] = text;
	j->whys[order] = view_of("");
	if (status == SOW_INVALID) {
		j->whys[order] = arena_takebuf(o->arena, &why);
		status = SOW_OK;
	}
	buf_release(&why);
	return status;
}

static int admit(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		 struct outcome *o)
{
	const struct compare *m = state;
	struct both_orders j;
	int status = orders_recall(u->context, o->arena, &j), orders[ORDERS];
	if (status)
		return status;
	for (size_t i = 0; i < count; i++) {
		enum rule_id lost = find_loss(m, replies[i]);
		orders[i] = orders_missing(&j, i);
		if (lost != RULE_COUNT) {
			outcome_fail(o, u, lost, lost == RULE_REFUSED ? u->object : replies[i]->text,
				     lost == RULE_REFUSED ? replies[i]->text : view_of(""));
			return SOW_OK;
		}
	}
	for (size_t i = 0; i < count && !status; i++)
		status = take(m, &j, orders[i], replies[i], o);
	if (status)
		return status;
	if (!orders_count_missing(&j))
		return finish_unit(m, u, &j, o);
	int order = orders_missing(&j, 0);
	if (u->stage >= m->run.o.map.tries) {
		outcome_fail(o, u, RULE_UNFIT, j.replies[order], j.whys[order]);
		return SOW_OK;
	}
	u->stage++;
	u->context = orders_keep(&j, o->arena);
	return SOW_OK;
}

static const struct stage comparing = {
	.name = "compare",
	.duty = DUTY_JUDGE,
	.samples = samples,
	.plan = plan,
	.admit = admit,
};

static const struct stage again = {
	.name = "compare again",
	.duty = DUTY_JUDGE,
	.samples = samples,
	.plan = plan,
	.admit = admit,
};

/* A stage a try. */
static const struct stage *const stages[MAP_TRIES_MAX + 1] = {
	&comparing, &again, &again, &again, &again, &again, &again, &again, &again, &again, NULL,
};

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "answers", 0, OPTION_TEXT, MINE(answers), "A,B",
	  "the two fields that are compared", .unsaid = "chosen and rejected, else the first two answers",
	  OF_MINE },
	{ "question", 0, OPTION_TEXT, MINE(question), "TEXT",
	  "what the judge is shown as the question, with fields in double braces",
	  .unsaid = "the record's", OF_MINE },
	{ "criteria", 0, OPTION_TEXT, MINE(criteria), "TEXT", "by what the judge compares",
	  .unsaid = "does what was asked, true, complete, clear", OF_MINE },
	{ "choose", 0, OPTION_FLAG, MINE(choose), NULL,
	  "write the winner as chosen and the other as rejected; ties are dropped", OF_MINE },
};

static const struct taken_option takes[] = {
	{ "into", "winner" }, { "tries" }, { "replace" }, { "temperature", "0" }, { 0 },
};

const struct method method_compare = {
	.name = "compare",
	.summary = "have a judge compare two answers of records, in both orders",
	.about = "Shows a judge the question and two answers of each record, once in each order, and asks "
		 "which is better, with the reason before it, as JSON. An answer wins only if it wins in both "
		 "orders; all else is a tie. Winner, verdicts and reasons become fields of the record. How often "
		 "the first shown and the longer answer won is reported at the end. A reply that does not fit is "
		 "asked for again, with what was wrong. Every reply is on disk before it is used, so Ctrl-C or a "
		 "crash loses nothing, and the same command resumes where it stopped.",
	.example = "sow compare -i preferences.jsonl -o compared\n"
		   "sow compare -i answers.jsonl --answers small,large --choose -o chosen\n"
		   "sow export chosen --format preference -o pairs.jsonl",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.state_size = sizeof(struct compare),
	.open = compare_open,
	.begin = begin,
	.tallies_title = "Verdicts",
	.tallies = orders_tallies,
	.tally = orders_tally,
};
