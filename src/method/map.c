/* A prompt for each record, and its reply as a field: text, a list, a number, one of several
 * choices, or JSON that is checked. docs/guide/map.md is its manual.
 *
 * A unit's object is the record with what was drawn for it. Each try is a stage of its own, and
 * context keeps the reply that did not fit, and why. */
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
#include "method/map_reply.h"
#include "method/method.h"

struct map {
	struct method_state run;
	struct jinja *prompt;
	struct jinja *system;        /* NULL: none */
	struct jinja *when;          /* NULL: always */
	struct jinja **checks;
	struct draws *draws;
	struct map_reply *reply;     /* what is read of it */
	struct view example;         /* as it might be */
};

/* Opening */

static int read_checks(struct map *m, struct sow_error *err)
{
	const struct map_options *o = &m->run.o.map;
	m->checks = arena_array(m->run.arena, o->checks.count, sizeof(*m->checks));
	if (!m->checks)
		return error_nomem(err);
	for (size_t i = 0; i < o->checks.count; i++) {
		m->checks[i] = jinja_read_condition(m->run.arena, "check", view_of(o->checks.items[i]), err);
		if (!m->checks[i])
			return SOW_INVALID;
	}
	return SOW_OK;
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
	if (map_reply_example(m->reply, a, &m->example))
		return error_nomem(err);
	if (!(m->draws = draws_read(a, o->draws.items, o->draws.count, err)))
		return SOW_INVALID;
	return read_checks(m, err);
}

/* The record */

/* Why the record can't be asked about; RULE_COUNT: it can. */
static enum rule_id find_fault(const struct map *m, const json_value *object, struct buf *why)
{
	const char *into = m->run.o.map.into;
	struct buf text = BUF_INIT;
	enum rule_id rule = RULE_COUNT;
	if (into && !m->run.o.map.replace && json_get(object, into)) {
		buf_addf(why, "there is a field '%s'", into);
		return RULE_FIELD_EXISTS;
	}
	if (jinja_fill(m->prompt, object, &text, why) == SOW_INVALID ||
	    (m->system && jinja_fill(m->system, object, &text, why) == SOW_INVALID))
		rule = RULE_MISSING_FIELD;
	buf_release(&text);
	return rule;
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
	int status = format_object(input, o->arena, &u->object);
	if (!status)
		status = draws_add(m->draws, m->run.o.seed, at->ticket, o->arena, &u->object);
	const json_value *object = status ? NULL : json_own(u->object, o->arena);
	if (!status && !object)
		status = SOW_NOMEM;
	int wanted = !status && m->when ? jinja_holds(m->when, object) : 1;
	if (wanted < 0)
		status = wanted;
	if (!status && !wanted) {
		u->state = UNIT_FINISHED;
	} else if (!status) {
		enum rule_id rule = find_fault(m, object, &why);
		if (rule != RULE_COUNT)
			status = outcome_fail_for(o, u, rule, u->object, &why);
	}
	buf_release(&why);
	return status ? status : outcome_accept(o, &a);
}

/* The request */

/* What all records share is a part of its own. */
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

static int ask(const struct map *m, const struct unit *u, struct request *r)
{
	bool chat = m->run.o.prompts.chat;
	const json_value *object = json_own(u->object, r->arena);
	int status = object ? method_sampling(&m->run.o, r) : SOW_NOMEM;
	if (!status)
		status = request_set_schema(r, map_reply_schema(m->reply));
	if (!status)
		status = request_set_example(r, m->example);
	if (!status && m->system)
		status = add_filled(m->system, object, chat ? ROLE_SYSTEM : ROLE_NONE, r);
	if (!status)
		status = add_filled(m->prompt, object, chat ? ROLE_USER : ROLE_NONE, r);
	if (status || u->stage == 1)
		return status;
	const json_value *context = json_own(u->context, r->arena);
	return context ? again_ask(context, chat, map_reply_wanted(m->reply), r) : SOW_NOMEM;
}

static int plan(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	(void)sample;
	return request_give(r, r ? ask(state, u, r) : SOW_NOMEM, out);
}

/* The reply */

/* What did not fit is asked again, with the reason, as often as was said. */
static int try_again(const struct map *m, struct unit *u, struct view reply, struct buf *why,
		     struct outcome *o)
{
	struct buf text = BUF_INIT;
	if (u->stage >= m->run.o.map.tries)
		return outcome_fail_for(o, u, RULE_UNFIT, reply, why);
	buf_addch(&text, '{');
	again_members(reply, view_from(why->data, why->len), &text);
	buf_addch(&text, '}');
	u->context = arena_takebuf(o->arena, &text);
	u->stage++;
	return u->context.p && !buf_failed(why) ? SOW_OK : SOW_NOMEM;
}

/* SOW_OK, SOW_NOMEM, or SOW_INVALID with the first check that does not hold in *why. */
static int check(const struct map *m, const json_value *object, struct buf *why)
{
	for (size_t i = 0; i < m->run.o.map.checks.count; i++) {
		int holds = jinja_holds(m->checks[i], object);
		if (holds < 0)
			return holds;
		if (!holds) {
			buf_addf(why, "this does not hold: %s", m->run.o.map.checks.items[i]);
			return SOW_INVALID;
		}
	}
	return SOW_OK;
}

/* One record that came of the reply. */
static int keep(struct unit *u, size_t number, struct view object, struct outcome *o)
{
	struct accepted a = { .unit = *u };
	if (!number) {
		u->object = object;
		u->context = view_of("");
		u->state = UNIT_FINISHED;
		return SOW_OK;
	}
	a.unit.item = u->item + (int64_t)number;
	a.unit.object = object;
	a.unit.state = UNIT_FINISHED;
	a.unit.context = view_of("");
	return outcome_accept(o, &a);
}

/* The record with one value written into it, if it then holds what it should: SOW_OK, SOW_NOMEM, or
 * as map_reply_write. */
static int write_one(const struct map *m, const json_value *object, const json_value *value,
		     struct arena *a, struct view *out, struct buf *why)
{
	int status = map_reply_write(m->reply, object, value, a, out, why);
	const json_value *made = status ? NULL : json_own(*out, a);
	if (status || !made)
		return status ? status : SOW_NOMEM;
	return check(m, made, why);
}

/* Writes what was read into the record: once, or once for each element. */
static int write(const struct map *m, struct unit *u, const json_value *value, struct outcome *o,
		 struct buf *why)
{
	const json_value *object = json_own(u->object, o->arena);
	bool is_each = m->run.o.map.explode && json_type(value) == JSON_ARRAY;
	const json_value *one = is_each ? json_first(value) : value;
	size_t count = is_each ? json_count(value) : 1;
	struct view *objects = arena_array(o->arena, count, sizeof(*objects));
	int status = object && objects ? SOW_OK : SOW_NOMEM;
	if (!count)
		return buf_addstr(why, "the list is empty"), SOW_INVALID;
	for (size_t i = 0; i < count && !status; i++) {
		status = write_one(m, object, one, o->arena, &objects[i], why);
		one = is_each && !status ? json_next(value, one) : NULL;
	}
	/* the later ones first: they are copies of the unit as it is */
	for (size_t i = count; i-- > 0 && !status;)
		status = keep(u, i, objects[i], o);
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
	if (status == SOW_USAGE)
		return outcome_fail_for(o, u, RULE_FIELD_EXISTS, text, why);
	return status;
}

static int admit(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		 struct outcome *o)
{
	const struct map *m = state;
	const struct reply *r = replies[0];
	struct view text = view_trim(r->text);
	struct buf why = BUF_INIT;
	(void)count;
	if (r->finish == FINISH_ERROR)
		return outcome_fail(o, u, RULE_REFUSED, u->object, r->text);
	if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY))
		return outcome_fail(o, u, RULE_CUT_REPLY, text, view_of(""));
	int status = take(m, u, text, o, &why);
	buf_release(&why);
	return status;
}

static const struct stage asking = {
	.name = "ask",
	.duty = DUTY_WRITE,
	.plan = plan,
	.admit = admit,
};

static const struct stage again = {
	.name = "ask again",
	.duty = DUTY_WRITE,
	.plan = plan,
	.admit = admit,
};

/* A stage a try. */
static const struct stage *const stages[MAP_TRIES_MAX + 1] = {
	&asking, &again, &again, &again, &again, &again, &again, &again, &again, &again, NULL,
};

static const struct taken_option takes[] = {
	{ "prompt" }, { "into" }, { "as" }, { "schema" }, { "range" }, { "choice" }, { "check" },
	{ "tries" }, { "when" }, { "draw" }, { "replace" }, { "explode" }, { "system" },
	{ "documents" }, { "chunk" }, { "overlap" }, { "convert" }, { 0 },
};

const struct method method_map = {
	.name = "map",
	.summary = "ask a prompt of your own about each record",
	.usage = "[options] --input FILE --prompt TEXT --into FIELD -o DIR",
	.about = "Fills a prompt of yours with the fields of each record (JSON, CSV, text, or a run) and "
		 "writes the reply into a field: a text, a list, a number, one of several choices, or JSON "
		 "that fits a schema. A reply that does not fit is asked for again, with what was wrong. "
		 "Records may have any shape, and keep all that they have. Every reply is on disk before it "
		 "is used, so Ctrl-C or a crash loses nothing, and the same command goes on where it "
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
};
