#include "method/method.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

const char *const duty_names[DUTY_COUNT] = {
	"writer", "classifier", "judge", "writer-2", "writer-3", "writer-4", "user", "embedder",
};
const enum duty writer_duties[WRITERS_MAX] = {
	DUTY_WRITE, DUTY_WRITE_2, DUTY_WRITE_3, DUTY_WRITE_4,
};

static const struct method *const methods[] = {
	&method_self_instruct, &method_alpaca, &method_evol, &method_persona, &method_respond,
	&method_map, &method_magpie, &method_grade, &method_compare,
	&method_pairs, &method_score, &method_ask, &method_backtranslate, &method_converse,
	&method_select, /* those without a command last */
};

const struct method *method_find_view(struct view name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (view_eqstr(name, methods[i]->name))
			return methods[i];
	}
	return NULL;
}

const struct method *method_find(const char *name)
{
	return method_find_view(view_of(name));
}

const struct method *method_at(size_t i)
{
	return i < sizeof(methods) / sizeof(*methods) ? methods[i] : NULL;
}

const struct taken_option *method_takes(const struct method *m, const char *name)
{
	for (const struct taken_option *t = m->takes; t && t->name; t++) {
		if (strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}

/* \n, \t, \r and \\ have their meaning in C. */
static char unescape(const char **at)
{
	static const char letters[] = "ntr\\", meant[] = "\n\t\r\\";
	const char *letter = **at == '\\' && (*at)[1] ? strchr(letters, (*at)[1]) : NULL;
	char c = letter ? meant[letter - letters] : **at;
	*at += letter ? 2 : 1;
	return c;
}

static int add_stop(struct request *r, const char *text)
{
	struct buf stop = BUF_INIT;
	while (*text)
		buf_addch(&stop, unescape(&text));
	int status = stop.status ? stop.status : request_add_stop(r, stop.data);
	buf_release(&stop);
	return status;
}

int method_stops(const struct method_options *o, struct request *r)
{
	int status = SOW_OK;
	for (size_t i = 0; i < o->sampling.stops.count && !status; i++)
		status = add_stop(r, o->sampling.stops.items[i]);
	return status;
}

int method_sampling(const struct method_options *o, struct request *r)
{
	const struct sampling_options *s = &o->sampling;
	r->sampling = (struct sampling){
		.temperature = s->temperature, .top_p = s->top_p,
		.presence_penalty = s->presence_penalty, .frequency_penalty = s->frequency_penalty,
		.max_tokens = (int32_t)s->max_tokens,
	};
	return method_stops(o, r);
}

void *method_open(const struct method *m, struct arena *a, const struct method_options *o,
		  struct sow_error *err)
{
	struct method_state *state = arena_alloc(a, m->state_size);
	memset(state, 0, m->state_size);
	state->o = *o;
	state->arena = a;
	if (!m->open || !m->open(state, err))
		return state;
	method_close(m, state);
	return NULL;
}

void method_close(const struct method *m, void *state)
{
	if (state && m->close)
		m->close(state);
}

unsigned method_asks(const struct method *m, const void *own)
{
	return m->asks ? m->asks(own) : ASKS_TO(REQUEST_GENERATE);
}

const struct stage *method_stage(const struct method *m, int64_t number)
{
	int64_t at = 1;
	while (at < number && m->stages[at - 1])
		at++;
	return number >= 1 ? m->stages[at - 1] : NULL;
}

enum duty method_duty(const struct stage *stage, const struct method_options *o)
{
	return stage->duty_of ? stage->duty_of(o) : stage->duty;
}

bool method_has_duty(const struct method *m, enum duty duty)
{
	for (int64_t at = 0; m->stages[at]; at++) {
		if (m->stages[at]->duty == duty)
			return true;
	}
	return false;
}

int64_t method_stage_number(const struct method *m, const struct stage *stage)
{
	for (int64_t at = 0; m->stages[at]; at++) {
		if (m->stages[at] == stage)
			return at + 1;
	}
	return 0;
}

void outcome_init(struct outcome *o)
{
	*o = (struct outcome){ .arena = arena_new() };
}

void outcome_release(struct outcome *o)
{
	arena_free(o->arena);
	mem_free(o->accepted);
	mem_free(o->rejected);
	*o = (struct outcome){ 0 };
}

void outcome_accept(struct outcome *o, const struct accepted *a)
{
	mem_grow(&o->accepted, &o->accepted_room, o->accepted_count + 1);
	o->accepted[o->accepted_count++] = *a;
}

void outcome_reject(struct outcome *o, const struct unit *at, const char *rule, struct view text,
		    struct view detail)
{
	mem_grow(&o->rejected, &o->rejected_room, o->rejected_count + 1);
	o->rejected[o->rejected_count++] = (struct rejected){
		.step = at->step, .ticket = at->ticket, .item = at->item, .stage = at->stage,
		.rule = rule, .text = text, .detail = detail,
	};
}

void outcome_fail(struct outcome *o, struct unit *u, enum rule_id rule, struct view text,
		  struct view detail)
{
	u->state = UNIT_FAILED;
	outcome_reject(o, u, rule_table[rule].name, text, detail);
}

void outcome_fail_for(struct outcome *o, struct unit *u, enum rule_id rule, struct view text,
		      struct buf *why)
{
	struct view reason = arena_takebuf(o->arena, why);
	outcome_fail(o, u, rule, text, reason);
}

void outcome_keep(struct outcome *o, const struct instance *list, size_t count)
{
	o->instance_count = count;
	instances_copy(list, count, o->arena, &o->instances);
}

int64_t method_gate(const struct method *m)
{
	int64_t n = 1;
	while (m->stages[n - 1] && !m->stages[n - 1]->decide)
		n++;
	return m->stages[n - 1] ? n : 0;
}
