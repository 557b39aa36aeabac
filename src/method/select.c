/* Selects records of the previous step, as sow select selects those of a file (src/select/).
 * docs/guide/select.md is its manual.
 *
 * It decides on all records at once, when all are known; each then becomes a unit that is finished, or has
 * failed by the rule that excluded it. It makes no requests. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/format.h"
#include "data/records.h"
#include "method/method.h"
#include "method/shown.h"
#include "select/selection.h"

struct own {
	const char *top, *by, *where, *balance, *pick, *tags, *vector, *towards, *task;
	double threshold;
	int64_t clusters, overall, each;
	bool ranked;
};

struct select {
	struct method_state run;
	const struct own *own;
	struct selection_options options;
	struct selection *selection;
	const struct record *records; /* those decided on */
	const size_t *order;         /* the record of each ticket, from 1 */
};

/* Opening */

static enum selection_how how_of(const struct own *o)
{
	return (enum selection_how)option_choice(SELECTION_HOWS, o->pick);
}

static bool wants_vectors(const void *own)
{
	const struct own *o = own;
	return selection_needs_vectors(how_of(o)) && !o->vector;
}

static struct selection_options options_of(const struct select *m)
{
	const struct own *o = m->own;
	const struct record_list *examples = m->run.o.examples;
	return (struct selection_options){
		.by = o->by, .where = o->where, .top = o->top, .how = how_of(o), .balance = o->balance,
		.tags = o->tags, .vector = o->vector, .towards = examples ? NULL : o->towards,
		.examples = examples, .task = o->task, .threshold = o->threshold,
		.clusters = (size_t)o->clusters, .overall = (size_t)o->overall, .each = (size_t)o->each,
		.ranked = o->ranked, .seed = m->run.o.seed,
	};
}

static bool has_order(const void *own)
{
	const struct own *o = own;
	return o->ranked;
}

static double chooses(const void *own, double count)
{
	const struct own *o = own;
	double clusters = o->clusters ? (double)o->clusters : sqrt(count / 2);
	double most = count, top = o->top ? strtod(o->top, NULL) : 0;
	if (how_of(o) == SELECT_CLUSTER)
		most = (double)o->overall + (double)o->each * clusters;
	else if (o->top)
		most = strchr(o->top, '%') ? floor(top * count / 100) : top;
	return most < count ? floor(most) : count;
}

static int select_open(void *state, struct sow_error *err)
{
	struct select *m = state;
	m->own = m->run.o.own;
	m->options = options_of(m);
	int status = selection_check(&m->options, err);
	if (status)
		return status;
	if (m->run.o.is_shard)
		return error_set(err, SOW_USAGE, "select: --shard: the best of each shard are not the best of all: "
				 "merge the shards first, then choose: sow select MERGED");
	m->selection = selection_new(&m->options, err);
	if (m->selection && m->run.o.is_rehearsal) {
		/* the scores of invented replies are meaningless: all pass */
		selection_free(m->selection);
		m->options = (struct selection_options){ .how = SELECT_RANDOM };
		m->selection = selection_new(&m->options, err);
	}
	return m->selection ? SOW_OK : (int)err->status;
}

static void select_close(void *state)
{
	selection_free(((struct select *)state)->selection);
}

/* Choosing */

/* The order of the input, or the selected records in the order of taking, then the others. */
static void set_order(const struct select *m, size_t count, size_t *order)
{
	size_t end = 0;
	for (size_t n = 0; m->own->ranked && n < selection_count(m->selection); n++)
		order[end++] = selection_taken(m->selection, n);
	for (size_t i = 0; i < count; i++) {
		if (!m->own->ranked || !selection_fate(m->selection, i)->rank)
			order[end++] = i;
	}
}

static int order_input(void *state, const struct whole_input *all, size_t *order, struct sow_error *err)
{
	struct select *m = state;
	m->records = all->records->list;
	m->order = order;
	m->options.given = all->vectors;
	int status = selection_make(m->selection, all->records, err);
	if (!status)
		set_order(m, all->records->count, order);
	return status;
}

static const enum rule_id rules[REASON_COUNT] = {
	[REASON_WHERE] = RULE_NOT_WHERE, [REASON_NO_SCORE] = RULE_NO_SCORE, [REASON_RANK] = RULE_LOW_RANK,
	[REASON_NEAR] = RULE_TOO_NEAR,
};

/* Its score, or the missing field for which it has none. */
static struct view detail_of(const struct record_fate *fate, struct arena *a)
{
	struct buf text = BUF_INIT;
	if (fate->missing)
		buf_addf(&text, "no number in the field '%s'", fate->missing);
	else if (isfinite(fate->score))
		buf_addf(&text, "score %.6g", fate->score);
	return text.len ? arena_takebuf(a, &text) : view_of("");
}

static void leave_out(const struct select *m, const struct record_fate *fate, struct unit *u, struct outcome *o)
{
	struct view text = u->instruction.len ? u->instruction : u->object;
	outcome_fail(o, u, rules[fate->reason], text, detail_of(fate, o->arena));
	if (fate->reason == REASON_NEAR) {
		o->rejected[o->rejected_count - 1].near_id = m->records[fate->near].id;
		o->rejected[o->rejected_count - 1].near_score = fate->cosine;
	}
}

static int begin(const void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	const struct select *m = state;
	const struct record_fate *fate = selection_fate(m->selection, m->order[at->ticket - 1]);
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	u->item = u->stage = 1;
	u->state = UNIT_FINISHED;
	u->is_classification = -1;
	int status = format_object(input, o->arena, &u->object);
	if (!status)
		status = shown_question(input, o->arena, &u->instruction);
	if (!status && !fate->rank)
		leave_out(m, fate, u, o);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

/* The stage only gives a name: no unit waits for it. */
static const struct stage choosing = { .name = "choose", .duty = DUTY_JUDGE };
static const struct stage *const stages[] = { &choosing, NULL };

static unsigned asks(const void *own)
{
	(void)own;
	return 0;
}

static bool needs_inputs(const void *own)
{
	(void)own;
	return true;
}

static const char *examples_of(const void *own)
{
	const struct own *o = own;
	return o->towards;
}

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "top", 0, OPTION_TEXT, MINE(top), "N|P%", "how many go on, or which part of those that may",
	  .unsaid = "all", OF_MINE },
	{ "by", 0, OPTION_TEXT, MINE(by), "FORMULA",
	  "a record's score: a field, or a formula of fields; the highest is best", OF_MINE },
	{ "where", 0, OPTION_TEXT, MINE(where), "CONDITION", "only records for which this holds", OF_MINE },
	{ "pick", 0, OPTION_CHOICE, MINE(pick), NULL, "which go on (docs/guide/select.md)",
	  .choices = SELECTION_HOWS, .fallback = "top", OF_MINE },
	{ "balance", 0, OPTION_TEXT, MINE(balance), "FIELD",
	  "of top, random and longest: the values of this field take turns", OF_MINE },
	{ "vector", 0, OPTION_TEXT, MINE(vector), "FIELD", "the vectors are in this field of the records",
	  .unsaid = "those that the step before made", OF_MINE },
	{ "tags", 0, OPTION_TEXT, MINE(tags), "FIELD", "of instag: the field with a list of tags", OF_MINE },
	{ "towards", 0, OPTION_TEXT, MINE(towards), "FILE",
	  "of rds: what is aimed at, vectors (.npy) or records with vectors in the field --vector", OF_MINE },
	{ "task", 0, OPTION_TEXT, MINE(task), "FIELD",
	  "of rds: records of --towards with the same value of this field share a turn",
	  .unsaid = "each has its own", OF_MINE },
	{ "threshold", 0, OPTION_NUMBER, MINE(threshold), "C", "of deita: a cosine above this is too near", 0, 1,
	  .fallback = "0.9", OF_MINE },
	{ "overall", 0, OPTION_INT, MINE(overall), "N", "of cluster: so many of the highest scores", 0, INT32_MAX,
	  .fallback = "1000", OF_MINE },
	{ "each", 0, OPTION_INT, MINE(each), "N", "of cluster: so many of the highest scores of every cluster", 0,
	  INT32_MAX, .fallback = "1", OF_MINE },
	{ "clusters", 0, OPTION_INT, MINE(clusters), "K",
	  "of cluster: how many there are (0: the root of half the number of records)", 0, INT32_MAX,
	  .fallback = "0", OF_MINE },
	{ "ranked", 0, OPTION_FLAG, MINE(ranked), NULL,
	  "hand them on in the order in which they were taken, not as they came", OF_MINE },
};

const struct method method_select = {
	.name = "select",
	.summary = "choose the best records, or those that cover the rest",
	.is_step_only = true,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.needs_inputs = needs_inputs,
	.wants_vectors = wants_vectors,
	.has_order = has_order,
	.chooses = chooses,
	.examples = examples_of,
	.asks = asks,
	.state_size = sizeof(struct select),
	.open = select_open,
	.close = select_close,
	.order_input = order_input,
	.begin = begin,
};
