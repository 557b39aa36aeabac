#include "run/teacher_set.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/queue.h"

#define QUEUE_ROOM 32768 /* replies not yet taken; a teacher with more waits */

struct member {
	struct teacher *teacher;     /* NULL: the writer's */
	struct prices prices;
};

struct teacher_set {
	struct member members[DUTY_COUNT];
	struct queue *replies;       /* of all of them */
};

struct teacher_options teacher_set_options(const struct recipe *r, enum duty duty, const char *dir)
{
	const struct recipe_teacher *t = recipe_teacher(r, duty);
	struct teacher_options o = t->o;
	o.specs = t->teachers.items;
	o.spec_count = t->teachers.count;
	o.headers = t->headers.items;
	o.header_count = t->headers.count;
	o.think_tags = t->think_tags.items;
	o.think_tag_count = t->think_tags.count;
	o.concurrency = (int)r->concurrency;
	o.run = dir;
	return o;
}

struct prices prices_of(const struct recipe_teacher *t)
{
	return (struct prices){ t->price_in, t->price_cached, t->price_out, t->o.max_completion_tokens,
				t->o.batch ? t->batch_discount : 0,
				t->o.batch_rest && strcmp(t->o.batch_rest, "now") == 0 };
}

struct teacher_set *teacher_set_open(const struct recipe *recipe, const struct teacher_kind *kind,
		       const char *dir, struct sow_error *err)
{
	struct teacher_set *c = mem_zalloc(sizeof(*c));
	c->replies = queue_new(QUEUE_ROOM);
	if (!kind && !recipe_asks(recipe, ~0u))
		kind = &teacher_none;
	for (int d = 0; d < DUTY_COUNT; d++) {
		const struct recipe_teacher *t = recipe_teacher(recipe, (enum duty)d);
		struct member *m = &c->members[d];
		m->prices = prices_of(t);
		if (!recipe->has_duty[d])
			continue;
		struct teacher_options o = teacher_set_options(recipe, (enum duty)d, dir);
		o.replies = c->replies;
		m->teacher = kind ? teacher_open_kind(kind, &o, err) : teacher_open(&o, err);
		if (!m->teacher) {
			teacher_set_close(c);
			return NULL;
		}
	}
	return c;
}

void teacher_set_close(struct teacher_set *c)
{
	if (!c)
		return;
	struct reply *reply;
	queue_close(c->replies);
	for (int d = 0; d < DUTY_COUNT; d++)
		teacher_close(c->members[d].teacher);
	while ((reply = queue_take(c->replies, 0)))
		reply_free(reply);
	queue_free(c->replies);
	mem_free(c);
}

static struct teacher *teacher_for(const struct teacher_set *c, enum duty duty)
{
	struct teacher *t = c->members[duty].teacher;
	return t ? t : c->members[DUTY_WRITE].teacher;
}

const struct teacher *teacher_set_teacher(const struct teacher_set *c, enum duty duty)
{
	return teacher_for(c, duty);
}

const char *teacher_set_model(enum duty duty)
{
	static const char *const names[DUTY_COUNT] = {
		"model", "model of the classifier", "model of the judge", "model of writer-2",
		"model of writer-3", "model of writer-4", "model of the user", "model of the embedder",
	};
	return names[duty];
}

const char *teacher_set_identity(const struct teacher_set *c, enum duty duty)
{
	return teacher_identity_of(teacher_for(c, duty), teacher_set_model(duty));
}

const struct prices *teacher_set_prices(const struct teacher_set *c, enum duty duty)
{
	return &c->members[duty].prices;
}

int teacher_set_capacity(const struct teacher_set *c)
{
	int most = 0;
	for (int d = 0; d < DUTY_COUNT; d++) {
		int capacity = teacher_capacity(teacher_for(c, (enum duty)d));
		most = capacity > most ? capacity : most;
	}
	return most;
}

int teacher_set_submit(struct teacher_set *c, enum duty duty, struct request *r)
{
	return teacher_submit(teacher_for(c, duty), r);
}

bool teacher_set_gathers(const struct teacher_set *c)
{
	bool gathers = false;
	for (int d = 0; d < DUTY_COUNT; d++)
		gathers |= c->members[d].teacher && teacher_gathers(c->members[d].teacher);
	return gathers;
}

void teacher_set_flush(struct teacher_set *c)
{
	for (int d = 0; d < DUTY_COUNT; d++) {
		if (c->members[d].teacher)
			teacher_flush(c->members[d].teacher);
	}
}

bool teacher_set_notice(struct teacher_set *c, struct buf *line)
{
	for (int d = 0; d < DUTY_COUNT; d++) {
		if (c->members[d].teacher && teacher_notice(c->members[d].teacher, line))
			return true;
	}
	return false;
}

void teacher_set_findings(const struct teacher_set *c, struct buf *learnt, struct buf *trouble)
{
	for (int d = 0; d < DUTY_COUNT; d++) {
		if (c->members[d].teacher)
			teacher_findings(c->members[d].teacher, learnt, trouble);
	}
}

void teacher_set_get_load(const struct teacher_set *c, struct teacher_load *out)
{
	*out = (struct teacher_load){ 0 };
	for (int d = 0; d < DUTY_COUNT; d++) {
		struct teacher_load one;
		if (!c->members[d].teacher)
			continue;
		teacher_get_load(c->members[d].teacher, &one);
		out->on_wire += one.on_wire;
		out->limit += one.limit;
		out->retries += one.retries;
		out->servers += one.servers;
		out->servers_up += one.servers_up;
	}
}

struct reply *teacher_set_collect(struct teacher_set *c, int64_t wait, struct sow_error *err)
{
	bool failed = false;
	struct reply *r = queue_take(c->replies, wait);
	for (int d = 0; d < DUTY_COUNT && !r && !failed; d++)
		failed = c->members[d].teacher && teacher_has_failed(c->members[d].teacher, err);
	if (failed)
		r = queue_take(c->replies, 0); /* it may have come between the two looks */
	if (err && (r || !failed))
		err->status = SOW_OK;
	return r;
}
