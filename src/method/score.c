/* Scores of records, for selection: from their texts, and from how likely a model finds the answer.
 * docs/guide/score.md is its manual.
 *
 * A unit's object is the record, with the scores of its texts from the start. Instruction and input are its
 * question, turns that of a conversation, context is its answer; each as in the record. The first stage asks
 * for numbers, a sample each: how likely up to four texts are, digits to rate by, a reward; the second for a
 * vector. Each further stage asks a judge: for grades, then tags; context is then an object with the answer
 * and the reply that did not fit. */
#include <math.h>

#include "base/buf.h"
#include "data/format.h"
#include "data/jinja.h"
#include "method/again.h"
#include "method/question.h"
#include "method/score_private.h"
#include "method/shown.h"

enum { STAGE_SCORE = 1, STAGE_EMBED };

/* The record */

/* Of a conversation its turns; else the unchanged texts. */
static int find_question(const struct record *input, struct arena *a, struct unit *u)
{
	struct unit asked = { 0 };
	int status = question_take(input, a, &asked);
	u->instruction = asked.instruction;
	u->input = asked.input;
	if (status || !asked.turns.len)
		return status;
	u->turns = asked.turns;
	u->input = view_of("");
	return shown_asked(&asked, a, &u->instruction);
}

static void find_answer(const struct record *input, struct arena *a, struct view *out)
{
	struct instance *list;
	size_t count;
	question_answers(input, a, &list, &count);
	*out = count ? list[0].output : view_of("");
	if (count && list[0].turn_count)
		shown_turns(list[0].turns, list[0].turn_count, a, out);
}

/* Sets question and answer. RULE_COUNT, or the rule by which it has no scores. */
static enum rule_id read_texts(const struct score *m, const struct record *input,
			       const json_value *object, struct unit *u, struct arena *a,
			       struct buf *why, int *status)
{
	*status = m->question ? jinja_text(m->question, object, a, &u->instruction, why)
			      : find_question(input, a, u);
	if (!m->answer)
		find_answer(input, a, &u->context);
	else if (!*status)
		*status = jinja_text(m->answer, object, a, &u->context, why);
	if (*status == SOW_INVALID) {
		*status = SOW_OK;
		return RULE_MISSING_FIELD;
	}
	bool asks_something = view_trim(u->instruction).len || view_trim(u->input).len;
	if (!*status && score_wants(m, OF_QUESTION) && !asks_something)
		return RULE_EMPTY;
	return *status || !score_wants(m, OF_ANSWER) || view_trim(u->context).len ? RULE_COUNT : RULE_NO_ANSWER;
}

static bool has_field(const struct score *m, const json_value *object, const char *name, struct buf *why)
{
	struct buf field = BUF_INIT;
	buf_addf(&field, "%s%s", name, m->own->suffix ? m->own->suffix : "");
	bool found = json_get(object, field.data);
	if (found)
		buf_addf(why, "there is a field '%s'", field.data);
	buf_release(&field);
	return found;
}

/* True if a field exists that must not be overwritten: checked before any request. */
static bool finds_field(const struct score *m, const json_value *object, struct buf *why)
{
	const struct grading *g = &m->judged.grading;
	bool found = false;
	if (m->run.o.map.replace)
		return false;
	for (size_t i = 0; i < m->count && !found; i++) {
		for (size_t k = 0; k < 2 && m->kinds[i]->fields[k] && !found; k++)
			found = has_field(m, object, m->kinds[i]->fields[k], why);
	}
	for (size_t i = 0; i < g->count && !found; i++)
		found = has_field(m, object, g->rubrics[i].name, why) ||
			has_field(m, object, g->rubrics[i].reason, why);
	return found;
}

/* The fields with the suffix after their names. NULL: out of memory. */
static const json_value *with_suffix(const struct score *m, const json_value *fields, struct arena *a)
{
	struct buf text = BUF_INIT;
	if (!fields || !m->own->suffix)
		return fields;
	buf_addch(&text, '{');
	for (const json_value *v = json_first(fields); v; v = json_next(fields, v)) {
		struct buf name = BUF_INIT;
		buf_addf(&name, "%.*s%s", VIEW_ARG(json_key(v)), m->own->suffix);
		json_add_key(&text, view_from(name.data, name.len));
		json_add_value(&text, v);
		buf_release(&name);
	}
	buf_addch(&text, '}');
	return json_own(arena_takebuf(a, &text), a);
}

/* Writes fields into the unit's record. */
static int write_object(const struct score *m, struct unit *u, const json_value *fields, struct arena *a)
{
	struct buf why = BUF_INIT;
	struct view written;
	const json_value *object = json_own(u->object, a);
	fields = with_suffix(m, fields, a);
	int status = fields && object ? map_reply_write(m->writer, object, fields, a, &written, &why)
				      : SOW_NOMEM;
	buf_release(&why);
	if (!status)
		u->object = written;
	return status;
}

/* The same, from an object that is still open. */
static int write_fields(const struct score *m, struct unit *u, struct buf *members, struct arena *a)
{
	buf_addch(members, '}');
	return write_object(m, u, json_own(arena_takebuf(a, members), a), a);
}

static int score_texts(const struct score *m, struct unit *u, struct arena *a)
{
	struct buf members = BUF_INIT, question = BUF_INIT;
	int status = SOW_OK;
	const char *between = "{";
	question_show(u->instruction, u->input, &question);
	for (size_t i = 0; i < m->count && !status; i++) {
		if (!m->kinds[i]->write)
			continue;
		buf_addstr(&members, between);
		status = m->kinds[i]->write(m, view_from(question.data, question.len), u->context, &members);
		between = ",";
	}
	buf_release(&question);
	if (status || !members.len) {
		buf_release(&members);
		return status;
	}
	return write_fields(m, u, &members, a);
}

/* Drops the texts that are only needed before the end. */
static void forget(struct unit *u)
{
	u->context = u->turns = view_of("");
}

static int go_on(const struct score *m, struct unit *u, struct arena *a);

static int begin(const void *state, const struct unit *at, const struct record *input,
		 struct outcome *o)
{
	const struct score *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	struct buf why = BUF_INIT;
	u->item = 1;
	u->stage = STAGE_SCORE;
	u->is_classification = -1;
	int status = format_object(input, o->arena, &u->object);
	const json_value *object = status ? NULL : json_own(u->object, o->arena);
	if (!object)
		return SOW_NOMEM;
	enum rule_id rule = finds_field(m, object, &why) ? RULE_FIELD_EXISTS
			    : read_texts(m, input, object, u, o->arena, &why, &status);
	if (!status && rule != RULE_COUNT)
		outcome_fail_for(o, u, rule, u->object, &why);
	else if (!status)
		status = score_texts(m, u, o->arena);
	if (!u->context.len)
		u->context = view_of(" "); /* tells recall that it was compared, without an answer */
	if (!status && u->state == UNIT_UNDER_WAY && !m->text_count)
		status = go_on(m, u, o->arena);
	if (u->state != UNIT_UNDER_WAY)
		forget(u);
	buf_release(&why);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

/* A unit that failed at once, and has no answer in its context, was not compared. */
static int recall(const void *state, const struct unit *u)
{
	const struct score *m = state;
	struct buf question = BUF_INIT;
	double nearest;
	if (!m->seen || (u->state == UNIT_FAILED && !u->context.len))
		return SOW_OK;
	question_show(u->instruction, u->input, &question);
	int status = score_nearest(m->seen, view_from(question.data, question.len), &nearest);
	buf_release(&question);
	return status == SOW_NOMEM ? status : SOW_OK;
}

/* The requests */

static size_t samples(const void *state, const struct unit *u)
{
	const struct score *m = state;
	size_t count = 0;
	for (size_t i = 0; i < m->text_count; i++)
		count += score_asked(u, m->texts[i]);
	return count;
}

static int plan(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct score *m = state;
	struct request *r = request_new();
	size_t at = 0, count;
	while (at + 1 < m->text_count && sample >= (count = score_asked(u, m->texts[at]))) {
		sample -= count;
		at++;
	}
	return request_finish(r, score_ask(m, u, m->texts[at], sample, r), out);
}

/* The replies */

static struct likelihood likelihood_of(const struct reply *r)
{
	size_t all = r->usage.prompt_tokens > 0 ? (size_t)r->usage.prompt_tokens : 0;
	return (struct likelihood){ r->numbers, r->number_count,
				    all > r->number_count ? all - r->number_count : 0 };
}

static void write_values(const struct score *m, const struct heard *h, struct buf *out)
{
	const char *between = "{";
	for (size_t i = 0; i < m->count; i++) {
		const struct score_kind *k = m->kinds[i];
		if (!k->value)
			continue;
		double value = k->value(h, m->own->cut ? (size_t)m->own->cut : k->most);
		buf_addf(out, "%s\"%s\":", between, k->fields[0]);
		if (isfinite(value))
			json_add_number(out, value);
		else
			buf_addstr(out, "null");
		between = ",";
	}
}

static int admit(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		 struct outcome *o)
{
	const struct score *m = state;
	struct heard h = { 0 };
	struct buf members = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		if (replies[i]->finish == FINISH_ERROR) {
			outcome_fail(o, u, RULE_REFUSED, u->object, replies[i]->text);
			return SOW_OK;
		}
	}
	for (size_t i = 0; i < m->text_count; i++) {
		enum text asked = m->texts[i];
		h.replies[asked] = replies;
		h.counts[asked] = score_asked(u, asked);
		if (asked < TEXT_COUNT)
			h.l[asked] = likelihood_of(*replies);
		replies += h.counts[asked];
	}
	write_values(m, &h, &members);
	int status = write_fields(m, u, &members, o->arena);
	return status ? status : go_on(m, u, o->arena);
}

static int plan_vector(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	(void)sample;
	return vector_ask(u, ((const struct score *)state)->embed_of, out);
}

/* The vector stays with the reply; the record does not get it. */
static int admit_vector(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
			struct outcome *o)
{
	(void)state;
	(void)count;
	if (replies[0]->finish == FINISH_ERROR) {
		outcome_fail(o, u, RULE_REFUSED, u->object, replies[0]->text);
		return SOW_OK;
	}
	if (!vector_is(replies[0])) {
		outcome_fail(o, u, RULE_REFUSED, u->object, view_of("the teacher's reply is not a vector"));
		return SOW_OK;
	}
	return go_on(state, u, o->arena);
}

static const struct stage scoring = {
	.name = "score",
	.kinds = ASKS_TO(REQUEST_SCORE) | ASKS_TO(REQUEST_CHOOSE) | ASKS_TO(REQUEST_RATE),
	.duty = DUTY_JUDGE,
	.samples = samples,
	.plan = plan,
	.admit = admit,
};

static const struct stage embedding = {
	.name = "embed",
	.kinds = ASKS_TO(REQUEST_EMBED),
	.duty = DUTY_EMBED,
	.plan = plan_vector,
	.admit = admit_vector,
};

/* A judge's replies */

#define STAGES (STAGE_EMBED + JUDGED_COUNT * MAP_TRIES_MAX)

static int64_t first_stage(enum judged_what what)
{
	return STAGE_EMBED + 1 + (int64_t)what * MAP_TRIES_MAX;
}

static enum judged_what judged_at(const struct unit *u)
{
	return u->stage < first_stage(JUDGED_TAGS) ? JUDGED_GRADES : JUDGED_TAGS;
}

/* Keeps the answer, and a reply that did not fit with the reason. */
static void remember(struct unit *u, struct view answer, struct view reply, struct view why, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addstr(&text, "{\"answer\":");
	json_add_text(&text, answer);
	if (why.len) {
		buf_addch(&text, ',');
		again_members(reply, why, &text);
	}
	buf_addch(&text, '}');
	u->context = arena_takebuf(a, &text);
}

/* Moves to the next stage with a request, or to the end. Context is the answer before the judge's first
 * stage, and an object from then on. */
static int go_on(const struct score *m, struct unit *u, struct arena *a)
{
	if (u->stage == STAGE_SCORE && m->embeds) {
		u->stage = STAGE_EMBED;
		return SOW_OK;
	}
	bool is_first = u->stage <= STAGE_EMBED;
	enum judged_what what = is_first ? JUDGED_GRADES : judged_at(u) + 1;
	while (what < JUDGED_COUNT && !m->judged.wants[what])
		what++;
	if (what == JUDGED_COUNT) {
		u->state = UNIT_FINISHED;
		forget(u);
		return SOW_OK;
	}
	const json_value *context = is_first ? NULL : json_own(u->context, a);
	if (!is_first && !context)
		return SOW_NOMEM;
	u->stage = first_stage(what);
	remember(u, is_first ? u->context : json_text(json_get(context, "answer")), view_of(""), view_of(""), a);
	return SOW_OK;
}

static int ask_judge(const struct score *m, const struct unit *u, struct request *r)
{
	const json_value *context = json_own(u->context, r->arena);
	int status = context ? method_sampling(&m->run.o, r) : SOW_NOMEM;
	return status ? status : judged_ask(&m->judged, judged_at(u), score_question(u, r->arena),
					    json_text(json_get(context, "answer")), context, r);
}

static int plan_judge(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	(void)sample;
	return request_finish(r, ask_judge(state, u, r), out);
}

static int take_judgement(const struct score *m, struct unit *u, struct view reply, struct outcome *o,
			  struct buf *why)
{
	const json_value *fields;
	bool is_last = u->stage >= first_stage(judged_at(u)) + m->run.o.map.tries - 1;
	int status = judged_read(&m->judged, judged_at(u), reply, o->arena, &fields, why);
	if (!status && write_object(m, u, fields, o->arena))
		return SOW_NOMEM;
	if (!status)
		return go_on(m, u, o->arena);
	if (status != SOW_INVALID)
		return status;
	if (is_last) {
		outcome_fail_for(o, u, RULE_UNFIT, reply, why);
		return SOW_OK;
	}
	const json_value *context = json_own(u->context, o->arena);
	if (!context)
		return SOW_NOMEM;
	u->stage++;
	remember(u, json_text(json_get(context, "answer")), reply, view_from(why->data, why->len), o->arena);
	return SOW_OK;
}

static int admit_judge(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		       struct outcome *o)
{
	const struct score *m = state;
	const struct reply *r = replies[0];
	struct view text = view_trim(r->text);
	struct buf why = BUF_INIT;
	(void)count;
	if (r->finish == FINISH_ERROR) {
		outcome_fail(o, u, RULE_REFUSED, u->object, r->text);
		return SOW_OK;
	}
	if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY)) {
		outcome_fail(o, u, RULE_CUT_REPLY, text, view_of(""));
		return SOW_OK;
	}
	int status = take_judgement(m, u, text, o, &why);
	buf_release(&why);
	return status;
}

#define JUDGED(name_) { .name = name_, .duty = DUTY_JUDGE, .plan = plan_judge, .admit = admit_judge }

static const struct stage grading = JUDGED("grade"), grading_again = JUDGED("grade again"),
			  tagging = JUDGED("tags"), tagging_again = JUDGED("tags again");

#define NINE_TIMES(stage) &(stage), &(stage), &(stage), &(stage), &(stage), &(stage), &(stage), &(stage), &(stage)
_Static_assert(MAP_TRIES_MAX == 10, "a stage each");

static const struct stage *const stages[STAGES + 1] = {
	&scoring, &embedding, &grading, NINE_TIMES(grading_again), &tagging, NINE_TIMES(tagging_again), NULL,
};

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "with", 0, OPTION_LIST, MINE(with), "NAME,NAME",
	  "the scores: " KINDS_SHOWN "; may be given again", .unsaid = "those without a model", OF_MINE },
	{ "rubric", 0, OPTION_LIST, MINE(rubrics), "NAME",
	  "what the score 'rubric' grades, as sow grade has it; may be given again", .unsaid = "helpfulness",
	  .most = RUBRICS_MAX, OF_MINE },
	{ "suffix", 0, OPTION_TEXT, MINE(suffix), "TEXT",
	  "appended to the name of each field, as for the same scores by another model", OF_MINE },
	{ "question", 0, OPTION_TEXT, MINE(question), "TEXT",
	  "what the record asks, with fields in double braces", .unsaid = "the record's", OF_MINE },
	{ "answer", 0, OPTION_TEXT, MINE(answer), "TEXT", "and its answer", .unsaid = "the record's",
	  OF_MINE },
	{ "embed-of", 0, OPTION_CHOICE, MINE(embed_of), NULL, "what the vector is of",
	  .choices = VECTOR_OFS, .fallback = "question", OF_MINE },
	{ "cut", 0, OPTION_INT, MINE(cut), "N",
	  "tokens of question and answer that a model's scores count (0: 512, of superfilter 1,024)", 0,
	  1000000, .fallback = "0", OF_MINE },
};

static const struct taken_option takes[] = {
	{ "tries" }, { "replace" }, { "temperature", "0" }, { 0 },
};

const struct method method_score = {
	.name = "score",
	.summary = "give records scores to select by: length, novelty, IFD and others",
	.about = "Writes scores of each record into fields of it, for sow select. Most are of its texts and "
		 "need no model: no teacher is asked, and none is fetched. IFD, Superfiltering's score and "
		 "perplexity ask a model how likely it finds the answer: the embedded one, another GGUF file, "
		 "or a server that tells; DEITA's and SelectIT's how likely it finds each grade. embed keeps a vector of each record beside the run, for the pickers of sow select "
		 "that want one. Records may have any shape, and keep all that they have. Every reply is on disk "
		 "before it is used, so Ctrl-C or a crash loses nothing, and the same command resumes where "
		 "it stopped.",
	.example = "sow score -i data.jsonl --with length,novelty,language -o scored\n"
		   "sow score -i data.jsonl --with ifd,embed -o scored\n"
		   "sow select scored --where 'ifd < 1' --by ifd --top 10% -o best.jsonl",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.asks = score_asks,
	.state_size = sizeof(struct score),
	.open = score_open,
	.close = score_close,
	.begin = begin,
	.recall = recall,
};
