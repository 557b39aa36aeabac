/* A prompt for each record, and its reply as a field: text, a list, a number, one of several
 * choices, or JSON that is checked. docs/guide/map.md is its manual.
 *
 * A unit's object is the record with its joined and drawn fields. Each try is a separate stage, and context
 * keeps the reply that did not fit, and why. Samples are units, or replies to one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/format.h"
#include "data/jinja.h"
#include "method/again.h"
#include "method/draws.h"
#include "method/join.h"
#include "method/map_checks.h"
#include "method/map_reply.h"
#include "method/method.h"

struct map {
	struct method_state run;
	struct jinja *prompt;
	struct jinja *system;        /* NULL: none */
	struct jinja *when;          /* NULL: always */
	struct map_checks *checks;
	struct draws *draws;
	struct join *join;           /* NULL: none */
	struct map_reply *reply;     /* reads the reply */
	struct view example;         /* a possible reply */
};

/* Opening */

/* The run has read the files to draw from. */
static int read_draws(struct map *m, struct sow_error *err)
{
	const struct map_options *o = &m->run.o.map;
	m->draws = draws_read(m->run.arena, o->draws.items, o->draws.count, err);
	for (size_t i = 0; m->draws && i < o->draws.count; i++) {
		if (draws_path(m->draws, i))
			draws_set_file(m->draws, i, &o->draw_files[i]);
	}
	return m->draws ? SOW_OK : SOW_INVALID;
}

static int map_open(void *state, struct sow_error *err)
{
	struct map *m = state;
	const struct map_options *o = &m->run.o.map;
	struct arena *a = m->run.arena;
	if (!view_trim(o->prompt).len)
		return error_set(err, SOW_USAGE, "missing --prompt: a file or the text itself, with "
				 "{{ fields }} of the records");
	if (!(m->prompt = jinja_read(a, o->prompt_name, o->prompt, err)))
		return SOW_INVALID;
	if (o->system.len && !(m->system = jinja_read(a, "system", o->system, err)))
		return SOW_INVALID;
	if (o->when && !(m->when = jinja_read_condition(a, "when", view_of(o->when), err)))
		return SOW_INVALID;
	if (!(m->reply = map_reply_new(a, o, err)))
		return SOW_INVALID;
	m->example = map_reply_example(m->reply, NULL, a);
	if (!(m->checks = map_checks_read(a, o->checks.items, o->checks.count, err)))
		return SOW_INVALID;
	if (o->gather && (!o->into || o->explode))
		return error_set(err, SOW_USAGE, "--gather is for --samples with --into, without --explode");
	if (o->join_file.path && !(m->join = join_new(a, &o->join_file, o->join_by, err)))
		return SOW_INVALID;
	return read_draws(m, err);
}

/* The record */

/* Names one of several: "sample 2". */
static void name_origin(struct unit *u, const char *what, int64_t number, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addf(&text, "%.*s%s%s %" PRId64, VIEW_ARG(u->operation), u->operation.len ? ", " : "", what,
		 number);
	u->operation = arena_takebuf(a, &text);
}

/* Why no request about the record is possible; RULE_COUNT: it is. */
static enum rule_id find_fault(const struct map *m, const json_value *object, struct buf *why)
{
	struct buf text = BUF_INIT;
	enum rule_id rule = RULE_COUNT;
	if (map_reply_is_barred(m->reply, object, why))
		return RULE_FIELD_EXISTS;
	if (jinja_fill(m->prompt, object, &text, why) == SOW_INVALID ||
	    (m->system && jinja_fill(m->system, object, &text, why) == SOW_INVALID))
		rule = RULE_MISSING_FIELD;
	buf_release(&text);
	return rule;
}

/* The record with its joined and drawn fields. SOW_OK, SOW_NOMEM, or SOW_USAGE with *why if it already has a
 * field that it would get. */
static int make_object(const struct map *m, const struct record *input, int64_t ticket,
		       struct arena *a, struct view *object, struct buf *why)
{
	int status = format_object(input, a, object);
	if (!status && m->join)
		status = join_add(m->join, *object, m->run.o.map.replace, a, object, why);
	return status ? status : draws_add(m->draws, m->run.o.seed, ticket, a, object);
}

/* The context of a unit without a request, yet or any more: whether --join found a match for its record. */
#define JOINED "{\"joined\":true}"
#define ALONE "{\"joined\":false}"

static int mark(const struct map *m, struct unit *u, struct view object, struct arena *a)
{
	int has = m->join ? join_has(m->join, object, a) : 0;
	u->context = view_of(!m->join ? "" : has > 0 ? JOINED : ALONE);
	return has < 0 ? has : SOW_OK;
}

/* Decides whether the record needs no request: UNIT_FINISHED without a reason, or UNIT_FAILED by a rule. */
static int decide(const struct map *m, struct unit *u, struct outcome *o, struct buf *why)
{
	const json_value *object = json_own(u->object, o->arena);
	if (!object)
		return SOW_NOMEM;
	if (m->when && !jinja_holds(m->when, object)) {
		u->state = UNIT_FINISHED;
		return SOW_OK;
	}
	enum rule_id rule = find_fault(m, object, why);
	if (rule == RULE_COUNT)
		return SOW_OK;
	outcome_fail_for(o, u, rule, u->object, why);
	return SOW_OK;
}

/* Accepts the units with requests: a record, or each of its samples. */
static void accept_samples(const struct map *m, struct accepted *a, struct outcome *o)
{
	bool is_each = a->unit.state == UNIT_UNDER_WAY && !m->run.o.map.gather;
	int64_t count = is_each ? m->run.o.samples : 1;
	for (int64_t i = 1; i <= count; i++) {
		a->unit.item = i;
		a->unit.operation = view_of("");
		if (count > 1)
			name_origin(&a->unit, "sample", i, o->arena);
		outcome_accept(o, a);
	}
}

static int begin(const void *state, const struct unit *at, const struct record *input,
		 struct outcome *o)
{
	const struct map *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	struct buf why = BUF_INIT;
	u->item = 1;
	u->stage = 1;
	u->is_classification = -1;
	int status = make_object(m, input, at->ticket, o->arena, &u->object, &why);
	if ((!status || status == SOW_USAGE) && mark(m, u, u->object, o->arena))
		status = SOW_NOMEM;
	if (status == SOW_USAGE) {
		outcome_fail_for(o, u, RULE_FIELD_EXISTS, u->object, &why);
		status = SOW_OK;
	} else if (!status) {
		status = decide(m, u, o, &why);
	}
	buf_release(&why);
	if (!status)
		accept_samples(m, &a, o);
	return status;
}

/* The request */

static const json_value *element(const json_value *list, size_t i)
{
	const json_value *v = json_first(list);
	while (v && i--)
		v = json_next(list, v);
	return v;
}

/* The number of the sample that the reply belongs to. */
static int64_t sample_at(const json_value *context, size_t reply)
{
	return context ? json_integer(json_get(element(json_get(context, "again"), reply), "sample"))
		       : (int64_t)reply;
}


/* The text that all records share is a separate part. */
static int add_filled(const struct jinja *t, const json_value *object, enum role role,
		      struct request *r)
{
	struct buf text = BUF_INIT, why = BUF_INIT;
	size_t fixed = jinja_fixed(t);
	int status = jinja_fill(t, object, &text, &why);
	struct view all = view_from(text.data, text.len);
	if (!status)
		status = request_add(r, role, true, view_sub(all, 0, fixed));
	if (!status)
		status = request_add(r, role, false, view_sub(all, fixed, all.len));
	buf_release(&text);
	buf_release(&why);
	return status;
}

/* `context` has the reply that did not fit; NULL in the first stage. */
static int ask(const struct map *m, const struct unit *u, const json_value *context, struct request *r)
{
	bool chat = m->run.o.prompts.chat;
	const json_value *object = json_own(u->object, r->arena);
	int status = object ? method_sampling(&m->run.o, r) : SOW_NOMEM;
	request_set_schema(r, map_reply_schema(m->reply));
	request_set_example(r, m->example);
	if (!status && m->system)
		status = add_filled(m->system, object, chat ? ROLE_SYSTEM : ROLE_NONE, r);
	if (!status)
		status = add_filled(m->prompt, object, chat ? ROLE_USER : ROLE_NONE, r);
	if (status || u->stage == 1)
		return status;
	return context ? again_ask_of(context, chat, map_reply_wanted(m->reply), r) : SOW_NOMEM;
}

static int plan_sample(const struct map *m, const struct unit *u, size_t sample, struct request *r)
{
	bool gathers = m->run.o.map.gather;
	const json_value *context = u->stage > 1 ? json_own(u->context, r->arena) : NULL;
	if (u->stage > 1 && !context)
		return SOW_NOMEM;
	r->sample = (uint32_t)(gathers ? sample_at(context, sample) : u->item - 1);
	if (context && gathers)
		context = element(json_get(context, "again"), sample);
	return ask(m, u, context, r);
}

static int plan(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	return request_finish(r, plan_sample(state, u, sample, r), out);
}

/* The reply */

/* Repeats the request with the reason of the misfit, up to the number of tries. */
static int try_again(const struct map *m, struct unit *u, struct view reply, struct buf *why,
		     struct outcome *o)
{
	struct buf text = BUF_INIT;
	if (u->stage >= m->run.o.map.tries) {
		outcome_fail_for(o, u, RULE_UNFIT, reply, why);
		return mark(m, u, u->object, o->arena);
	}
	buf_addch(&text, '{');
	again_members(reply, view_from(why->data, why->len), &text);
	buf_addch(&text, '}');
	u->context = arena_takebuf(o->arena, &text);
	u->stage++;
	return SOW_OK;
}

/* Keeps one record made from the reply. Samples have the items between. */
static int keep(const struct map *m, struct unit *u, size_t number, struct view object,
		struct outcome *o)
{
	struct accepted a = { .unit = *u };
	if (number) {
		name_origin(&a.unit, "element", (int64_t)number + 1, o->arena);
	} else {
		/* the reply may have replaced the field of the join */
		int status = mark(m, u, u->object, o->arena);
		u->object = object;
		u->state = UNIT_FINISHED;
		return status;
	}
	int64_t samples = m->run.o.map.gather ? 1 : m->run.o.samples;
	a.unit.item = u->item + (int64_t)number * samples;
	a.unit.object = object;
	a.unit.state = UNIT_FINISHED;
	a.unit.context = view_of("");
	outcome_accept(o, &a);
	return SOW_OK;
}

/* The record with one value written into it, if it then passes the checks: SOW_OK, SOW_NOMEM, or as
 * map_reply_write. */
static int write_one(const struct map *m, const json_value *object, const json_value *value,
		     struct arena *a, struct view *out, struct buf *why)
{
	int status = map_reply_write(m->reply, object, value, a, out, why);
	return status ? status : map_checks_hold(m->checks, json_own(*out, a), why);
}

/* Writes the value into the record: once, or once for each element. */
static int write(const struct map *m, struct unit *u, const json_value *value, struct outcome *o,
		 struct buf *why)
{
	const json_value *object = json_own(u->object, o->arena);
	bool is_each = m->run.o.map.explode && json_type(value) == JSON_ARRAY;
	const json_value *one = is_each ? json_first(value) : value;
	size_t count = is_each ? json_count(value) : 1;
	struct view *objects = arena_array(o->arena, count, sizeof(*objects));
	int status = object ? SOW_OK : SOW_NOMEM;
	if (!count)
		return buf_addstr(why, "the list is empty"), SOW_INVALID;
	for (size_t i = 0; i < count && !status; i++) {
		status = write_one(m, object, one, o->arena, &objects[i], why);
		one = is_each && !status ? json_next(value, one) : NULL;
	}
	/* the later ones first: they are copies of the unit before its change */
	for (size_t i = count; i-- > 0 && !status;)
		status = keep(m, u, i, objects[i], o);
	return status;
}

static int take(const struct map *m, struct unit *u, struct view text, struct outcome *o,
		struct buf *why)
{
	const json_value *value;
	int status = map_reply_read(m->reply, text, o->arena, &value, why);
	if (!status)
		status = write(m, u, value, o, why);
	if (status == SOW_INVALID)
		return try_again(m, u, text, why, o);
	if (status == SOW_USAGE) {
		outcome_fail_for(o, u, RULE_FIELD_EXISTS, text, why);
		return SOW_OK;
	}
	return status;
}

/* Several answers in one list. Context keeps the fitting ones by their samples, and the replies that did not
 * fit: {"kept":{"0":…},"again":[{"sample":1,"reply":…,"why":…}]}. */

static size_t samples(const void *state, const struct unit *u)
{
	const struct method_options *o = method_options_of(state);
	(void)u;
	return o->map.gather ? (size_t)o->samples : 1;
}

static size_t samples_again(const void *state, const struct unit *u)
{
	struct arena *a = method_options_of(state)->map.gather ? arena_new() : NULL;
	size_t count = a ? json_count(json_get(json_own(u->context, a), "again")) : 0;
	arena_free(a);
	return count ? count : 1;
}

struct gathered {
	struct buf kept, again;      /* members and elements of the next context */
	size_t kept_count, again_count;
};

static void keep_answer(struct gathered *g, int64_t sample, const json_value *value)
{
	buf_addf(&g->kept, "%s\"%" PRId64 "\":", g->kept_count++ ? "," : "", sample);
	json_add_value(&g->kept, value);
}

/* One reply: kept, requested again, or rejected. */
static int take_answer(const struct map *m, struct unit *u, const json_value *object, int64_t sample,
		       const struct reply *r, struct gathered *g, struct outcome *o, struct buf *why)
{
	struct view text = view_trim(r->text), ignored, reason;
	const json_value *value;
	if (r->finish == FINISH_ERROR) {
		outcome_reject(o, u, rule_table[RULE_REFUSED].name, u->object, r->text);
		return SOW_OK;
	}
	if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY)) {
		outcome_reject(o, u, rule_table[RULE_CUT_REPLY].name, text, view_of(""));
		return SOW_OK;
	}
	int status = map_reply_read(m->reply, text, o->arena, &value, why);
	if (!status)
		status = write_one(m, object, value, o->arena, &ignored, why);
	if (!status)
		keep_answer(g, sample, value);
	if (status != SOW_INVALID)
		return status;
	reason = arena_takebuf(o->arena, why);
	if (u->stage >= m->run.o.map.tries) {
		outcome_reject(o, u, rule_table[RULE_UNFIT].name, text, reason);
		return SOW_OK;
	}
	buf_addf(&g->again, "%s{\"sample\":%" PRId64 ",", g->again_count++ ? "," : "", sample);
	again_members(text, reason, &g->again);
	buf_addch(&g->again, '}');
	return SOW_OK;
}

/* In the order of their samples. */
static int write_list(const struct map *m, struct unit *u, const json_value *object,
		      const json_value *kept, struct outcome *o, struct buf *why)
{
	struct buf json = BUF_INIT;
	struct view made;
	for (int64_t i = 0; i < m->run.o.samples; i++) {
		char name[24];
		snprintf(name, sizeof(name), "%" PRId64, i);
		const json_value *value = json_get(kept, name);
		if (!value)
			continue;
		buf_addch(&json, json.len ? ',' : '[');
		json_add_value(&json, value);
	}
	buf_addch(&json, ']');
	const json_value *all = json_own(arena_takebuf(o->arena, &json), o->arena);
	int status = map_reply_write(m->reply, object, all, o->arena, &made, why);
	return status ? status : keep(m, u, 0, made, o);
}

/* Uses all replies: writes the list, or tries again for those that do not fit. */
static int use_replies(const struct map *m, struct unit *u, const json_value *object,
		       const struct gathered *g, struct outcome *o, struct buf *why)
{
	struct buf text = BUF_INIT;
	buf_addstr(&text, "{\"kept\":{");
	buf_add(&text, g->kept.data, g->kept.len);
	buf_addstr(&text, "},\"again\":[");
	buf_add(&text, g->again.data, g->again.len);
	buf_addstr(&text, "]}");
	struct view context = arena_takebuf(o->arena, &text);
	if (g->again_count) {
		u->context = context;
		u->stage++;
		return SOW_OK;
	}
	if (!g->kept_count) {
		u->state = UNIT_FAILED;
		return SOW_OK;
	}
	const json_value *root = json_own(context, o->arena);
	return root ? write_list(m, u, object, json_get(root, "kept"), o, why) : SOW_NOMEM;
}

static int admit_list(const struct map *m, struct unit *u, const struct reply *const *replies,
		      size_t count, struct outcome *o, struct buf *why)
{
	const json_value *object = json_own(u->object, o->arena);
	const json_value *context = u->stage > 1 ? json_own(u->context, o->arena) : NULL;
	struct gathered g = { .kept = BUF_INIT, .again = BUF_INIT };
	int status = object && (context || u->stage == 1) ? SOW_OK : SOW_NOMEM;
	const json_value *kept = json_get(context, "kept");
	for (const json_value *v = json_first(kept); v && !status; v = json_next(kept, v)) {
		buf_addf(&g.kept, "%s\"%.*s\":", g.kept_count++ ? "," : "", VIEW_ARG(json_key(v)));
		json_add_value(&g.kept, v);
	}
	for (size_t i = 0; i < count && !status; i++)
		status = take_answer(m, u, object, sample_at(context, i), replies[i], &g, o, why);
	if (!status)
		status = use_replies(m, u, object, &g, o, why);
	buf_release(&g.kept);
	buf_release(&g.again);
	return status;
}

static enum duty duty_of(const struct method_options *o)
{
	for (int d = 0; d < DUTY_COUNT; d++) {
		if (o->map.duty && strcmp(o->map.duty, duty_names[d]) == 0)
			return (enum duty)d;
	}
	return DUTY_WRITE;
}

static int admit(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		 struct outcome *o)
{
	const struct map *m = state;
	const struct reply *r = replies[0];
	struct view text = view_trim(r->text);
	struct buf why = BUF_INIT;
	int status = SOW_OK;
	if (m->run.o.map.gather)
		status = admit_list(m, u, replies, count, o, &why);
	else if (r->finish == FINISH_ERROR)
		outcome_fail(o, u, RULE_REFUSED, u->object, r->text);
	else if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY))
		outcome_fail(o, u, RULE_CUT_REPLY, text, view_of(""));
	else
		status = take(m, u, text, o, &why);
	buf_release(&why);
	return status;
}

static const struct stage asking = {
	.name = "ask",
	.duty = DUTY_WRITE,
	.duty_of = duty_of,
	.samples = samples,
	.plan = plan,
	.admit = admit,
};

static const struct stage again = {
	.name = "ask again",
	.duty = DUTY_WRITE,
	.duty_of = duty_of,
	.samples = samples_again,
	.plan = plan,
	.admit = admit,
};

/* A stage a try. */
static const struct stage *const stages[MAP_TRIES_MAX + 1] = {
	&asking, &again, &again, &again, &again, &again, &again, &again, &again, &again, NULL,
};

static const struct taken_option takes[] = {
	{ "prompt" }, { "into" }, { "as" }, { "schema" }, { "range" }, { "choice" }, { "check" },
	{ "tries" }, { "when" }, { "draw" }, { "join" }, { "join-by" }, { "samples" }, { "gather" },
	{ "replace" }, { "explode" }, { "duty" }, { "system" },
	{ "documents" }, { "chunk" }, { "overlap" }, { "language" }, { "convert" }, { 0 },
};

enum { RECORDS, WITHOUT };

static const struct tally tallies[] = {
	[RECORDS] = { "records", "records to join", 0, false },
	[WITHOUT] = { "without", "the file of --join had nothing for", 1, false },
	{ 0 },
};

static int tally(const struct unit *u, struct arena *scratch, int64_t counts[TALLIES_MAX])
{
	(void)scratch;
	bool is_alone = view_eqstr(u->context, ALONE);
	if (u->item == 1 && (is_alone || view_eqstr(u->context, JOINED))) {
		counts[RECORDS]++;
		counts[WITHOUT] += is_alone;
	}
	return SOW_OK;
}

const struct method method_map = {
	.name = "map",
	.summary = "ask a prompt of your own about each record",
	.usage = "[options] --input FILE --prompt TEXT --into FIELD -o DIR",
	.about = "Fills a prompt of yours with the fields of each record (JSON, CSV, text, or a run) and "
		 "writes the reply into a field: a text, a list, a number, one of several choices, or JSON "
		 "that fits a schema. A reply that does not fit is asked for again, with what was wrong. "
		 "Records may have any shape, and keep all that they have. Every reply is on disk before it "
		 "is used, so Ctrl-C or a crash loses nothing, and the same command resumes where it "
		 "stopped.",
	.example = "sow map -i books.csv -p 'Write a question about {{title}}.' --into question -o asked\n"
		   "sow map -i asked -p judge.txt --range 1..5 --into grade -o graded\n"
		   "sow map -i notes.jsonl -p extract.txt --schema item.json -o items\n"
		   "sow export graded --format records -o graded.jsonl",
	.takes = takes,
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.state_size = sizeof(struct map),
	.open = map_open,
	.begin = begin,
	.tallies_title = "Joined",
	.tallies = tallies,
	.tally = tally,
};
