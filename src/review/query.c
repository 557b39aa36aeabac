#include "review/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "text/letter.h"

#define CACHED 4

struct ranked {
	double key;
	uint32_t record;
};

/* An order of the first `count` records. */
struct order {
	enum query_order kind;
	size_t score;
	uint64_t seed;
	size_t count;
	int64_t used;
	uint32_t *list;
};

struct orders {
	struct index *index;
	struct verdicts *verdicts;
	struct order cached[CACHED];
	int64_t clock;
};

/* Reading */

static const char *const verdict_filters[] = { "all", "mine-open", "open", "kept", "dropped", "disputed",
					       "edited", "noted" };
static const char *const order_names[] = { "file", "worst", "best", "random", "rarest" };

static int read_choice(const json_value *v, const char *key, const char *const *names, size_t count,
		       int *out, struct sow_error *err)
{
	struct view given = json_text(json_get(v, key));
	if (!given.len)
		return SOW_OK;
	for (size_t i = 0; i < count; i++) {
		if (view_eqstr(given, names[i])) {
			*out = (int)i;
			return SOW_OK;
		}
	}
	return error_set(err, SOW_USAGE, "%s: unknown '%.*s'", key, VIEW_ARG(given));
}

/* A name that no record has matches none. */
static int32_t read_name(struct index *ix, enum index_names kind, const json_value *v)
{
	struct view name = json_text(v);
	if (json_type(v) != JSON_TEXT)
		return NAME_ANY;
	for (size_t i = 0; i < index_name_count(ix, kind); i++) {
		if (view_eq(index_name_text(ix, kind, i), name))
			return (int32_t)i;
	}
	return INT32_MAX;
}

static size_t read_score(const struct index *ix, const json_value *v)
{
	for (size_t i = 0; i < index_score_count(ix); i++) {
		if (view_eqstr(json_text(v), index_score_name(ix, i)))
			return i;
	}
	return INDEX_SCORES;
}

static double read_bound(const json_value *v)
{
	return json_type(v) == JSON_NUMBER ? json_number(v) : NAN;
}

static int32_t read_number(const json_value *v)
{
	return json_type(v) == JSON_NUMBER ? (int32_t)json_integer(v) : NAME_ANY;
}

int query_read(struct query *q, struct index *ix, const json_value *v, struct sow_error *err)
{
	static const char *const kinds[NAMES_KINDS] = { "rule", "language", "verb" };
	int verdict = QUERY_ALL, order = ORDER_FILE;
	int status = read_choice(v, "verdict", verdict_filters,
				 sizeof(verdict_filters) / sizeof(verdict_filters[0]), &verdict, err);
	if (!status)
		status = read_choice(v, "order", order_names, sizeof(order_names) / sizeof(order_names[0]),
				     &order, err);
	index_lock(ix);
	*q = (struct query){
		.by = json_text(json_get(v, "by")), .verdict = (enum query_verdict)verdict,
		.step = read_number(json_get(v, "step")), .round = read_number(json_get(v, "round")),
		.score = read_score(ix, json_get(v, "score")),
		.low = read_bound(json_get(v, "low")), .high = read_bound(json_get(v, "high")),
		.search = json_text(json_get(v, "search")), .order = (enum query_order)order,
		.order_score = read_score(ix, json_get(v, "order_score")),
		.seed = (uint64_t)json_integer(json_get(v, "seed")),
		.sample = (size_t)json_integer(json_get(v, "sample")),
	};
	for (int kind = 0; kind < NAMES_KINDS; kind++)
		q->name[kind] = read_name(ix, (enum index_names)kind, json_get(v, kinds[kind]));
	index_unlock(ix);
	return status;
}

/* Orders */

static int compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->record < y->record ? -1 : x->record > y->record;
}

static double chance(uint64_t seed, size_t i)
{
	struct draw d = draw_start(seed, DRAW_SHOWN, i);
	return draw_fraction(&d);
}

/* Records without a score come last. */
static double key_of(struct index *ix, enum query_order kind, size_t score, uint64_t seed, size_t i)
{
	double x = NAN;
	if (kind == ORDER_RANDOM)
		return chance(seed, i);
	if (kind == ORDER_RAREST)
		x = -(double)index_entry(ix, i)->rarity;
	else if (score < INDEX_SCORES)
		x = index_score_of(ix, score, i);
	if (kind == ORDER_BEST)
		x = -x;
	return isnan(x) ? INFINITY : x;
}

static void make_order(struct orders *o, struct order *order)
{
	struct ranked *ranked = mem_alloc((order->count + 1) * sizeof(*ranked));
	uint32_t *list = mem_realloc(order->list, (order->count + 1) * sizeof(*list));
	order->list = list;
	for (size_t i = 0; i < order->count; i++)
		ranked[i] = (struct ranked){ key_of(o->index, order->kind, order->score, order->seed, i),
					     (uint32_t)i };
	qsort(ranked, order->count, sizeof(*ranked), compare);
	for (size_t i = 0; i < order->count; i++)
		list[i] = ranked[i].record;
	mem_free(ranked);
}

/* The last order of that kind, if it still holds; the order of the file needs none. */
static const uint32_t *find_order(struct orders *o, enum query_order kind, size_t score, uint64_t seed)
{
	size_t count = index_count(o->index);
	struct order *oldest = &o->cached[0];
	if (kind == ORDER_FILE)
		return NULL;
	for (size_t i = 0; i < CACHED; i++) {
		struct order *c = &o->cached[i];
		bool same = c->list && c->kind == kind && c->score == score && c->seed == seed;
		if (same && c->count == count) {
			c->used = ++o->clock;
			return c->list;
		}
		if (same || c->used < oldest->used)
			oldest = c;
		if (same)
			break;
	}
	oldest->kind = kind;
	oldest->score = score;
	oldest->seed = seed;
	oldest->count = count;
	oldest->used = ++o->clock;
	make_order(o, oldest);
	return oldest->list;
}

struct orders *orders_new(struct index *ix, struct verdicts *v)
{
	struct orders *o = mem_zalloc(sizeof(*o));
	*o = (struct orders){ .index = ix, .verdicts = v };
	return o;
}

void orders_free(struct orders *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < CACHED; i++)
		mem_free(o->cached[i].list);
	mem_free(o);
}

/* Filters */

static bool is_noted(const struct verdicts *v, size_t record)
{
	for (const struct verdict_action *a = verdicts_last(v, record); a; a = verdicts_before(v, a)) {
		if (!a->undo && !a->undone && a->note.len)
			return true;
	}
	return false;
}

static bool verdict_passes(const struct orders *o, const struct query *q, const struct index_entry *e)
{
	if (q->verdict == QUERY_ALL)
		return true;
	if (!e->verdict) /* a record that takes no verdict is not open */
		return e->digest && (q->verdict == QUERY_MINE_OPEN || q->verdict == QUERY_OPEN);
	size_t record = e->verdict - 1;
	if (q->verdict == QUERY_MINE_OPEN)
		return !verdicts_of(o->verdicts, record, q->by);
	if (q->verdict == QUERY_NOTED)
		return is_noted(o->verdicts, record);
	const struct decision d = verdicts_decide(o->verdicts, record);
	switch (q->verdict) {
	case QUERY_OPEN: return !d.keeps && !d.drops;
	case QUERY_KEPT: return d.verdict == VERDICT_KEEP;
	case QUERY_DROPPED: return d.verdict == VERDICT_DROP;
	case QUERY_DISPUTED: return d.disputed;
	default: return d.edit != NULL;
	}
}

static bool passes(const struct orders *o, const struct query *q, size_t i)
{
	const struct index_entry *e = index_entry(o->index, i);
	for (int kind = 0; kind < NAMES_KINDS; kind++) {
		if (q->name[kind] != NAME_ANY && e->name[kind] != q->name[kind])
			return false;
	}
	if ((q->step != NAME_ANY && e->step != q->step) || (q->round != NAME_ANY && e->round != q->round))
		return false;
	if (q->score < INDEX_SCORES && (!isnan(q->low) || !isnan(q->high))) {
		double x = index_score_of(o->index, q->score, i);
		/* scores are floats: round the bounds in the same way */
		if (isnan(x) || x < (double)(float)q->low || x > (double)(float)q->high)
			return false;
	}
	return verdict_passes(o, q, e);
}

/* Search */

struct search {
	struct buf needle, folded, text;
	struct arena *arena;
};

/* True if a text of the value, at any depth, contains the needle. Names of members do not count. */
static bool holds(struct search *s, const json_value *v)
{
	enum json_type type = json_type(v);
	if (type == JSON_OBJECT || type == JSON_ARRAY) {
		for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
			if (holds(s, m))
				return true;
		}
		return false;
	}
	if (type != JSON_TEXT)
		return false;
	struct view text = json_text(v);
	buf_clear(&s->folded);
	if (letter_fold(text, &s->folded)) /* not UTF-8 */
		return memmem(text.p, text.len, s->needle.data, s->needle.len) != NULL;
	return memmem(s->folded.data, s->folded.len, s->needle.data, s->needle.len) != NULL;
}

/* A quick test that excludes most records: false if the needle is ASCII without characters that JSON
 * escapes, and does not occur in either case. */
static bool may_hold(const struct search *s, struct view json)
{
	char first = s->needle.data[0], other = (char)(ascii_alpha(first) ? first ^ 0x20 : first);
	size_t len = s->needle.len;
	for (size_t i = 0; i < len; i++) {
		char c = s->needle.data[i];
		/* letters that others fold into, such as K from the kelvin sign, and s from the long s */
		if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '/' || c == 'k' || c == 's' || c == 'i')
			return true;
	}
	for (size_t i = 0; i + len <= json.len; i++) {
		if ((json.p[i] == first || json.p[i] == other) &&
		    view_eqfold(view_from(json.p + i, len), view_from(s->needle.data, len)))
			return true;
	}
	return false;
}

static int search_one(struct orders *o, struct search *s, size_t i, bool *found, struct sow_error *err)
{
	buf_clear(&s->text);
	arena_clear(s->arena);
	int status = index_read(o->index, i, &s->text, err);
	struct view json = view_from(s->text.data, s->text.len);
	*found = false;
	if (status || !may_hold(s, json))
		return status;
	const json_value *v = json_own(json, s->arena);
	for (const json_value *m = json_first(v); m && !*found; m = json_next(v, m))
		*found = !view_eqstr(json_key(m), "key") && holds(s, m); /* a hash is not a text */
	return SOW_OK;
}

/* Running */

struct walk {
	const uint32_t *list;        /* NULL: the order of the file */
	size_t count;
	bool *sampled;               /* NULL: all are in the sample */
};

static void begin(struct orders *o, const struct query *q, struct walk *w)
{
	*w = (struct walk){ .count = index_count(o->index) };
	if (q->sample && q->sample < w->count) {
		const uint32_t *drawn = find_order(o, ORDER_RANDOM, 0, q->seed);
		w->sampled = mem_zalloc(w->count * sizeof(*w->sampled));
		/* a record that takes no verdict is not sampled */
		for (size_t n = 0, taken = 0; n < w->count && taken < q->sample; n++) {
			if (!index_entry(o->index, drawn[n])->digest)
				continue;
			w->sampled[drawn[n]] = true;
			taken++;
		}
	}
	w->list = find_order(o, q->order, q->order_score, q->order == ORDER_RANDOM ? q->seed : 0);
}

static bool is_wanted(const struct orders *o, const struct query *q, const struct walk *w, size_t i)
{
	return (!w->sampled || w->sampled[i]) && passes(o, q, i);
}

static void take(struct query_result *out, size_t i, size_t place)
{
	out->found[out->count] = (uint32_t)i;
	out->place[out->count++] = (uint32_t)place;
	out->next = place + 1;
}

static void walk_facts(struct orders *o, const struct query *q, const struct walk *w, size_t from,
		       size_t most, struct query_result *out)
{
	out->next = w->count;
	for (size_t place = 0; place < w->count; place++) {
		size_t i = w->list ? w->list[place] : place;
		if (!is_wanted(o, q, w, i))
			continue;
		out->matches++;
		if (place >= from && out->count < most)
			take(out, i, place);
	}
	if (out->count < most)
		out->next = w->count;
}

/* Releases the lock while it reads texts. */
static int walk_texts(struct orders *o, const struct query *q, const struct walk *w, size_t from,
		      size_t most, struct query_result *out, struct sow_error *err)
{
	struct search s = { .needle = BUF_INIT, .folded = BUF_INIT, .text = BUF_INIT, .arena = arena_new() };
	int64_t until = clock_monotonic() + QUERY_TIME;
	int status = SOW_OK;
	size_t place = from;
	letter_fold(q->search, &s.needle);
	for (; place < w->count && out->count < most && !status; place++) {
		size_t i = w->list ? w->list[place] : place;
		bool found = false;
		if (!is_wanted(o, q, w, i))
			continue;
		if (clock_monotonic() > until)
			break;
		index_unlock(o->index);
		status = search_one(o, &s, i, &found, err);
		index_lock(o->index);
		if (!status && found)
			take(out, i, place);
	}
	out->next = place;
	buf_release(&s.needle);
	buf_release(&s.folded);
	buf_release(&s.text);
	arena_free(s.arena);
	return status;
}

int query_run(struct orders *o, const struct query *q, size_t from, size_t most,
	      struct query_result *out, struct sow_error *err)
{
	struct walk w;
	*out = (struct query_result){ .count = 0 };
	index_lock(o->index);
	int status = SOW_OK;
	begin(o, q, &w);
	out->of = w.count;
	if (q->search.len)
		status = walk_texts(o, q, &w, from, most, out, err);
	else
		walk_facts(o, q, &w, from, most, out);
	index_unlock(o->index);
	mem_free(w.sampled);
	return status;
}
