/* Scores of records, to select by: of their texts alone, and of how likely a model finds the answer.
 * docs/guide/score.md is its manual.
 *
 * A unit's object is the record, with the scores of its texts from the beginning on. Instruction and
 * input are its question, turns that of a conversation, context is its answer; each is as it stands in
 * the record. The first stage asks for numbers, a sample each: how likely up to four texts are, digits
 * to rate by, a reward; the second for a vector. Each further one is a reply of a judge's: grades, then
 * tags; context is then an object with the answer and the reply that did not fit. */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/format.h"
#include "data/jinja.h"
#include "method/again.h"
#include "method/question.h"
#include "method/score_private.h"
#include "method/shown.h"
#include "text/novelty.h"
#include "text/words.h"

enum { STAGE_SCORE = 1, STAGE_EMBED };

/* Opening */

/* Where nothing is said, all that need no model. */
static bool is_usual(const struct score_kind *k)
{
	return !k->texts && !k->judge && !k->embeds;
}

/* The next name of "length,novelty" off the front; false behind the last. */
static bool next_name(struct view *rest, struct view *name)
{
	size_t end = 0;
	if (!rest->p)
		return false;
	while (end < rest->len && rest->p[end] != ',')
		end++;
	*name = view_trim(view_sub(*rest, 0, end));
	*rest = end < rest->len ? view_sub(*rest, end + 1, rest->len) : (struct view){ 0 };
	return true;
}

static bool is_named(const struct own *o, const struct score_kind *k)
{
	for (size_t i = 0; i < o->with.count; i++) {
		struct view rest = view_of(o->with.items[i]), name;
		while (next_name(&rest, &name)) {
			if (view_eqstr(name, k->name))
				return true;
		}
	}
	return o->with.count ? false : is_usual(k);
}

static unsigned asks(const void *own)
{
	unsigned texts = 0, kinds_asked = 0;
	for (size_t i = 0; i < score_kind_count; i++) {
		bool is_wanted = is_named(own, &score_kinds[i]);
		texts |= is_wanted ? score_kinds[i].texts : 0;
		kinds_asked |= is_wanted && score_kinds[i].judge ? ASKS_TO(REQUEST_GENERATE) : 0;
		kinds_asked |= is_wanted && score_kinds[i].embeds ? ASKS_TO(REQUEST_EMBED) : 0;
	}
	for (int t = 0; t < ASKED_COUNT; t++)
		kinds_asked |= texts >> t & 1 ? ASKS_TO(score_request_kind((enum text)t)) : 0;
	return kinds_asked;
}

static int check_names(const struct own *o, struct sow_error *err)
{
	for (size_t i = 0; i < o->with.count; i++) {
		struct view rest = view_of(o->with.items[i]), name;
		while (next_name(&rest, &name)) {
			size_t at = 0;
			while (at < score_kind_count && !view_eqstr(name, score_kinds[at].name))
				at++;
			if (at == score_kind_count)
				return error_set(err, SOW_USAGE, "--with: unknown score '%.*s'; expected "
						 KINDS_SHOWN, VIEW_ARG(name));
		}
	}
	return SOW_OK;
}

static int choose(struct score *m, struct sow_error *err)
{
	unsigned texts = 0;
	m->kinds = arena_array(m->run.arena, score_kind_count, sizeof(*m->kinds));
	for (size_t i = 0; i < score_kind_count; i++) {
		const struct score_kind *k = &score_kinds[i];
		size_t most = m->own->cut ? (size_t)m->own->cut : k->most;
		if (!is_named(m->own, k))
			continue;
		m->kinds[m->count++] = k;
		texts |= k->texts;
		m->embeds = m->embeds || k->embeds;
		for (int t = 0; t < TEXT_COUNT; t++) {
			if (k->texts >> t & 1 && most > m->most[t])
				m->most[t] = most;
		}
	}
	for (int t = 0; t < ASKED_COUNT; t++) {
		if (texts >> t & 1)
			m->texts[m->text_count++] = (enum text)t;
	}
	return m->count ? SOW_OK : error_set(err, SOW_USAGE, "--with: expected " KINDS_SHOWN);
}

static bool wants(const struct score *m, unsigned need)
{
	static const unsigned of_vector[] = { OF_QUESTION, OF_ANSWER, OF_QUESTION | OF_ANSWER };
	bool wanted = m->embeds && of_vector[m->embed_of] & need;
	for (size_t i = 0; i < m->count; i++)
		wanted = wanted || m->kinds[i]->needs & need;
	return wanted;
}

static int open_seen(struct score *m)
{
	if (!wants(m, OF_SEEN))
		return SOW_OK;
	m->seen = arena_alloc(m->run.arena, sizeof(*m->seen));
	m->seen->vocabulary = vocabulary_new(WORDS_UNICODE);
	m->seen->novelty = novelty_new(0, NOVELTY_ALL);
	return m->seen->vocabulary && m->seen->novelty ? SOW_OK : SOW_NOMEM;
}

static int open_selectit(struct score *m, struct sow_error *err)
{
	static const char *const names[] = { "question", "answer", NULL };
	static const struct slot none = { 0 };
	bool wanted = false;
	for (size_t i = 0; i < m->text_count; i++)
		wanted = wanted || m->texts[i] == ASKED_SELECTIT;
	for (int i = 0; i < SELECTIT_PROMPTS && wanted; i++) {
		char name[] = "score/selectit-1";
		name[sizeof(name) - 2] = (char)('1' + i);
		m->selectit[i] = prompt_load(m->run.arena, &m->run.o.prompts, name, &none, names, err);
		if (!m->selectit[i])
			return SOW_INVALID;
	}
	return SOW_OK;
}

/* The rubrics of all scores that are a judge's grades, in one request. */
static int open_judged(struct score *m, struct sow_error *err)
{
	static const char *const usual[] = { "helpfulness" };
	const struct list *said = &m->own->rubrics;
	const char **rubrics = arena_array(m->run.arena, said->count + score_kind_count + 1, sizeof(*rubrics));
	struct list all = { rubrics, 0 };
	bool has_tags = false, has_rubrics = false;
	for (size_t i = 0; i < m->count; i++) {
		const struct score_kind *k = m->kinds[i];
		const struct list one = { &k->name, 1 }, none = { NULL, 0 }, few = { usual, 1 };
		const struct list *add = k->judge == JUDGE_ONE ? &one : &none;
		if (k->judge == JUDGE_RUBRICS)
			add = said->count ? said : &few;
		for (size_t r = 0; r < add->count; r++)
			rubrics[all.count++] = add->items[r];
		has_tags = has_tags || k->judge == JUDGE_TAGS;
		has_rubrics = has_rubrics || k->judge == JUDGE_RUBRICS;
	}
	if (said->count && !has_rubrics)
		return error_set(err, SOW_USAGE, "--rubric: expected --with rubric");
	return judged_open(&m->judged, &m->run, &all, has_tags, err);
}

/* A field has one score. */
static int check_fields(const struct score *m, struct sow_error *err)
{
	const struct grading *g = &m->judged.grading;
	for (size_t i = 0; i < m->count; i++) {
		const struct score_kind *k = m->kinds[i];
		for (size_t f = 0; f < 2 && k->judge != JUDGE_ONE && k->fields[f]; f++) {
			for (size_t r = 0; r < g->count; r++) {
				if (strcmp(g->rubrics[r].name, k->fields[f]) == 0 ||
				    strcmp(g->rubrics[r].reason, k->fields[f]) == 0)
					return error_set(err, SOW_USAGE, "--rubric %s: the field '%s' is that of the "
							 "score %s; expected another name", g->rubrics[r].name,
							 k->fields[f], k->name);
			}
		}
	}
	return SOW_OK;
}

static int open_writer(struct score *m, struct sow_error *err)
{
	m->write = (struct map_options){ .as = "json", .schema = view_of("{\"type\":\"object\"}"),
					 .schema_name = "scores", .replace = m->run.o.map.replace };
	m->writer = map_reply_new(m->run.arena, &m->write, err);
	return m->writer ? SOW_OK : SOW_INVALID;
}

static int score_open(void *state, struct sow_error *err)
{
	struct score *m = state;
	struct arena *a = m->run.arena;
	const struct own *o = m->own = m->run.o.own;
	m->embed_of = (enum vector_of)option_choice(VECTOR_OFS, o->embed_of);
	int status = check_names(o, err);
	if (!status)
		status = choose(m, err);
	if (!status && o->question && !(m->question = jinja_read(a, "question", view_of(o->question), err)))
		status = SOW_INVALID;
	if (!status && o->answer && !(m->answer = jinja_read(a, "answer", view_of(o->answer), err)))
		status = SOW_INVALID;
	if (!status)
		status = open_writer(m, err);
	if (!status)
		status = open_selectit(m, err);
	if (!status)
		status = open_judged(m, err);
	if (!status)
		status = check_fields(m, err);
	if (!status && wants(m, OF_SEEN) && m->run.o.is_shard)
		status = error_set(err, SOW_USAGE, "--with novelty: compares a record with all before it, of which a "
				   "--shard has a part: score novelty without --shard");
	return !status && open_seen(m) ? error_nomem(err) : status;
}

static void score_close(void *state)
{
	struct score *m = state;
	if (!m->seen)
		return;
	novelty_free(m->seen->novelty);
	vocabulary_free(m->seen->vocabulary);
	words_release(&m->seen->words);
}

/* The record */

/* Of a conversation its turns; else the texts as they came. */
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
	if (!*status && wants(m, OF_QUESTION) && !asks_something)
		return RULE_EMPTY;
	return *status || !wants(m, OF_ANSWER) || view_trim(u->context).len ? RULE_COUNT : RULE_NO_ANSWER;
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

/* A field that is there already and may not be written: before anything is asked. */
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

/* The fields with the suffix behind their names. NULL: no memory. */
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

/* The same of members that are begun. */
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

/* What is needed on the way alone. */
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
		u->context = view_of(" "); /* a sign for recall: it was compared, without an answer */
	if (!status && u->state == UNIT_UNDER_WAY && !m->text_count)
		status = go_on(m, u, o->arena);
	if (u->state != UNIT_UNDER_WAY)
		forget(u);
	buf_release(&why);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

/* One that failed at once, and has kept no answer, was compared with nothing. */
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
	return request_give(r, score_ask(m, u, m->texts[at], sample, r), out);
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

/* It stays with the reply; nothing of it is in the record. */
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

/* What is kept until then: the answer, and of a reply that did not fit that and why. */
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

/* The next stage that has something to ask, or the end. Context is the answer before the first of a
 * judge's, and an object from then on. */
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
	return request_give(r, ask_judge(state, u, r), out);
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
	  "put behind the name of each field, as for the same scores by another model", OF_MINE },
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
	.asks = asks,
	.state_size = sizeof(struct score),
	.open = score_open,
	.close = score_close,
	.begin = begin,
	.recall = recall,
};
