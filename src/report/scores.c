#include "report/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "io/json.h"
#include "report/page.h"

#define BARS 24
#define POINTS ((size_t)400)  /* records in the picture of two scores */
#define THOUSAND 1000.0       /* ranks are given in thousandths */
#define CLIP ((size_t)400)    /* bytes of a text */
#define PAIRS_SHOWN 10

struct end {
	double value;
	size_t record;
	char *instruction, *output;
};

struct score {
	char *name;
	double *values;              /* by record, NAN if it has none; ends with the last number */
	double *ranks;               /* by record, 0 to THOUSAND, set by scores_finish */
	double *sorted;
	size_t count, room, found;   /* values, and how many are numbers */
	double sum;
	struct end ends[2][SCORES_SIDE]; /* the highest, the lowest; the most extreme first */
	size_t held[2];
};

struct scores {
	struct score list[SCORES_PART_MOST];
	size_t count, records, most;
	bool left_out;               /* some numbers, because there were more names */
	struct arena *arena;         /* of a record */
};

struct scores *scores_new(size_t most)
{
	struct scores *s = mem_zalloc(sizeof(*s));
	s->most = most;
	s->arena = arena_new();
	return s;
}

static void end_release(struct end *e)
{
	mem_free(e->instruction);
	mem_free(e->output);
}

void scores_free(struct scores *s)
{
	for (size_t i = 0; s && i < s->count; i++) {
		struct score *one = &s->list[i];
		for (size_t n = 0; n < 2 * SCORES_SIDE; n++)
			end_release(&one->ends[n / SCORES_SIDE][n % SCORES_SIDE]);
		mem_free(one->name);
		mem_free(one->values);
		mem_free(one->ranks);
		mem_free(one->sorted);
	}
	if (s)
		arena_free(s->arena);
	mem_free(s);
}

/* Counting */

static char *clipped(struct view text)
{
	bool cut = false;
	struct view start = page_clip(text, CLIP, &cut);
	return mem_copy(start.len ? start.p : "", start.len);
}

/* Inserts it among the SCORES_SIDE highest or lowest, of equals the first record. Takes the texts. */
static void note_end(struct score *one, int side, struct end e)
{
	struct end *ends = one->ends[side];
	size_t at = one->held[side];
	while (at && (side ? e.value < ends[at - 1].value : e.value > ends[at - 1].value))
		at--;
	if (at == SCORES_SIDE) {
		end_release(&e);
		return;
	}
	if (one->held[side] == SCORES_SIDE)
		end_release(&ends[--one->held[side]]);
	for (size_t i = one->held[side]++; i > at; i--)
		ends[i] = ends[i - 1];
	ends[at] = e;
}

/* Would note_end insert it? Only then are the record's texts copied. */
static bool is_end(const struct score *one, int side, double value)
{
	size_t held = one->held[side];
	const struct end *last = &one->ends[side][held ? held - 1 : 0];
	return held < SCORES_SIDE || (side ? value < last->value : value > last->value);
}

static void note_ends(struct score *one, double value, size_t number, const struct record *r)
{
	struct view output = r->instance_count ? r->instances[0].output : view_of("");
	for (int side = 0; side < 2; side++) {
		if (is_end(one, side, value))
			note_end(one, side, (struct end){ value, number, clipped(r->instruction), clipped(output) });
	}
}

/* NULL: there are already `most` others. */
static struct score *find(struct scores *s, struct view name)
{
	for (size_t i = 0; i < s->count; i++) {
		if (view_eqstr(name, s->list[i].name))
			return &s->list[i];
	}
	if (s->count == s->most) {
		s->left_out = true;
		return NULL;
	}
	struct score *one = &s->list[s->count++];
	one->name = mem_copy(name.p, name.len);
	return one;
}

static void add_value(struct scores *s, struct view name, double value, const struct record *r)
{
	struct score *one = find(s, name);
	if (!one || one->count > s->records) /* a second member of that name */
		return;
	mem_grow(&one->values, &one->room, s->records + 1);
	while (one->count < s->records)
		one->values[one->count++] = NAN;
	one->values[one->count++] = value;
	one->found++;
	one->sum += value;
	note_ends(one, value, s->records, r);
}

int scores_add(struct scores *s, const struct record *r)
{
	int status = SOW_OK;
	if (r->fields.len > 2) {
		const json_value *object = json_own(r->fields, s->arena), *member;
		if (!object)
			status = SOW_NOMEM;
		for (member = json_first(object); member; member = json_next(object, member)) {
			if (json_type(member) == JSON_NUMBER && isfinite(json_number(member)))
				add_value(s, json_key(member), json_number(member), r);
		}
		arena_clear(s->arena);
	}
	s->records++;
	return status;
}

/* Parts */

static void save_number(struct buf *out, uint64_t n)
{
	buf_add(out, (const char *)&n, sizeof(n));
}

static void save_text(struct buf *out, const char *text)
{
	save_number(out, strlen(text));
	buf_addstr(out, text);
}

static void save_end(struct buf *out, const struct end *e)
{
	buf_add(out, (const char *)&e->value, sizeof(e->value));
	save_number(out, e->record);
	save_text(out, e->instruction);
	save_text(out, e->output);
}

int scores_save(const struct scores *s, struct buf *out)
{
	save_number(out, s->records);
	save_number(out, s->count);
	for (size_t i = 0; i < s->count; i++) {
		const struct score *one = &s->list[i];
		save_text(out, one->name);
		save_number(out, one->count);
		buf_add(out, (const char *)one->values, one->count * sizeof(*one->values));
		for (int side = 0; side < 2; side++) {
			save_number(out, one->held[side]);
			for (size_t n = 0; n < one->held[side]; n++)
				save_end(out, &one->ends[side][n]);
		}
	}
	return s->left_out ? SOW_TOOBIG : SOW_OK;
}

static bool take(struct view *saved, void *to, size_t len)
{
	if (saved->len < len)
		return false;
	memcpy(to, saved->p, len);
	*saved = view_sub(*saved, len, saved->len);
	return true;
}

static bool take_number(struct view *saved, uint64_t *n)
{
	return take(saved, n, sizeof(*n));
}

static bool take_text(struct view *saved, struct view *text)
{
	uint64_t len;
	if (!take_number(saved, &len) || saved->len < len)
		return false;
	*text = view_sub(*saved, 0, (size_t)len);
	*saved = view_sub(*saved, (size_t)len, saved->len);
	return true;
}

/* `one` is NULL if there is no room for its name: then the values are skipped. */
static bool add_values(struct scores *s, struct score *one, struct view *saved)
{
	uint64_t count = 0;
	double value;
	bool whole = take_number(saved, &count);
	for (uint64_t i = 0; i < count && whole; i++) {
		whole = take(saved, &value, sizeof(value));
		if (!whole || !one || isnan(value))
			continue;
		size_t record = s->records + (size_t)i;
		mem_grow(&one->values, &one->room, record + 1);
		while (one->count < record)
			one->values[one->count++] = NAN;
		one->values[one->count++] = value;
		one->found++;
		one->sum += value;
	}
	return whole;
}

static bool add_ends(struct scores *s, struct score *one, int side, struct view *saved)
{
	uint64_t held = 0, record;
	struct view instruction, output;
	double value;
	bool whole = take_number(saved, &held);
	for (uint64_t i = 0; i < held && whole; i++) {
		whole = take(saved, &value, sizeof(value)) && take_number(saved, &record) &&
			take_text(saved, &instruction) && take_text(saved, &output);
		if (whole && one)
			note_end(one, side, (struct end){ value, s->records + (size_t)record,
							  mem_copy(instruction.p, instruction.len),
							  mem_copy(output.p, output.len) });
	}
	return whole;
}

int scores_add_saved(struct scores *s, struct view *saved)
{
	uint64_t records = 0, names = 0;
	struct view name;
	bool whole = take_number(saved, &records) && take_number(saved, &names);
	for (uint64_t i = 0; i < names && whole; i++) {
		whole = take_text(saved, &name);
		struct score *one = whole ? find(s, name) : NULL;
		whole = whole && add_values(s, one, saved) && add_ends(s, one, 0, saved) &&
			add_ends(s, one, 1, saved);
	}
	s->records += whole ? (size_t)records : 0;
	return whole ? SOW_OK : SOW_INVALID;
}

/* The end */

struct ranked_value {
	double value;
	size_t record;
};

static int by_value(const void *a, const void *b)
{
	const struct ranked_value *x = a, *y = b;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->record > y->record) - (x->record < y->record);
}

/* Ranks of equal values are their mean. */
static void rank(struct score *one, struct ranked_value *list)
{
	size_t n = 0;
	for (size_t i = 0; i < one->count; i++) {
		if (!isnan(one->values[i]))
			list[n++] = (struct ranked_value){ one->values[i], i };
	}
	qsort(list, n, sizeof(*list), by_value);
	for (size_t from = 0; from < n;) {
		size_t end = from;
		while (end < n && list[end].value == list[from].value)
			end++;
		double mean = ((double)from + (double)end - 1) / 2;
		for (; from < end; from++) {
			one->sorted[from] = list[from].value;
			one->ranks[list[from].record] = n > 1 ? mean / ((double)n - 1) * THOUSAND : 0;
		}
	}
}

void scores_finish(struct scores *s)
{
	struct ranked_value *list = mem_alloc((s->records + 1) * sizeof(*list));
	for (size_t i = 0; i < s->count; i++) {
		struct score *one = &s->list[i];
		mem_free(one->ranks); /* of an earlier call */
		mem_free(one->sorted);
		one->ranks = mem_zalloc((one->count + 1) * sizeof(*one->ranks));
		one->sorted = mem_zalloc((one->found + 1) * sizeof(*one->sorted));
		rank(one, list);
	}
	mem_free(list);
}

/* Figures */

static double quantile(const struct score *one, double share)
{
	return one->sorted[(size_t)(share * ((double)one->found - 1) + 0.5)];
}

static void bars_figures(const struct score *one, struct figures *f)
{
	int64_t bars[BARS] = { 0 };
	double low = quantile(one, 0.01), width = (quantile(one, 0.99) - low) / BARS;
	for (size_t i = 0; i < one->found; i++) {
		double bar = width > 0 ? (one->sorted[i] - low) / width : 0;
		bars[bar < 0 ? 0 : bar >= BARS ? BARS - 1 : (size_t)bar]++;
	}
	figures_number(f, "bars_from", NULL, UNIT_HUNDREDTHS, low);
	figures_number(f, "bar_width", NULL, UNIT_HUNDREDTHS, width);
	figures_list(f, "bars", bars, BARS);
}

static void ends_figures(const struct score *one, int side, struct figures *f)
{
	figures_array(f, side ? "lowest" : "highest", NULL)->is_hidden = true;
	for (size_t i = 0; i < one->held[side]; i++) {
		const struct end *e = &one->ends[side][i];
		figures_object(f, NULL, NULL);
		figures_count(f, "record", NULL, (int64_t)e->record + 1);
		figures_number(f, "value", NULL, UNIT_HUNDREDTHS, e->value);
		figures_text(f, "instruction", NULL, view_of(e->instruction));
		figures_text(f, "output", NULL, view_of(e->output));
		figures_end(f);
	}
	figures_end(f);
}

static void number(struct figures *f, const char *key, const char *label, double value)
{
	figures_number(f, key, label, UNIT_HUNDREDTHS, value)->width = 11;
}

static void score_figures(const struct score *one, struct figures *f)
{
	figures_object(f, NULL, NULL);
	figures_text(f, "name", "field", view_of(one->name))->width = -20;
	figures_count(f, "count", "records", (int64_t)one->found)->width = 9;
	number(f, "mean", "mean", one->sum / (double)one->found);
	number(f, "least", "least", one->sorted[0]);
	number(f, "p10", "a tenth to", quantile(one, 0.1));
	number(f, "median", "half to", quantile(one, 0.5));
	number(f, "p90", "nine to", quantile(one, 0.9));
	number(f, "most", "most", one->sorted[one->found - 1]);
	bars_figures(one, f);
	ends_figures(one, 0, f);
	ends_figures(one, 1, f);
	figures_end(f);
}

/* Whether both have a number there. */
static bool both(const struct score *a, const struct score *b, size_t record)
{
	return record < a->count && record < b->count && !isnan(a->values[record]) && !isnan(b->values[record]);
}

/* The correlation of ranks; 0 if one of the two is constant. */
static double correlation(const struct score *a, const struct score *b, size_t records)
{
	double n = 0, sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
	for (size_t i = 0; i < records; i++) {
		if (!both(a, b, i))
			continue;
		n++;
		sa += a->ranks[i];
		sb += b->ranks[i];
	}
	for (size_t i = 0; i < records && n > 1; i++) {
		if (!both(a, b, i))
			continue;
		aa += (a->ranks[i] - sa / n) * (a->ranks[i] - sa / n);
		bb += (b->ranks[i] - sb / n) * (b->ranks[i] - sb / n);
		ab += (a->ranks[i] - sa / n) * (b->ranks[i] - sb / n);
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

struct pair {
	const struct score *a, *b;
	double r;
};

static int strongest_first(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	double u = fabs(x->r), v = fabs(y->r);
	if (u != v)
		return u > v ? -1 : 1;
	return x->a != y->a ? (x->a > y->a) - (x->a < y->a) : (x->b > y->b) - (x->b < y->b);
}

/* The ranks of the two most correlated scores, of evenly spaced records. */
static void points_figures(const struct scores *s, const struct pair *p, struct figures *f)
{
	int64_t x[POINTS], y[POINTS];
	size_t n = 0, points = s->records < POINTS ? s->records : POINTS;
	for (size_t i = 0; i < points; i++) {
		size_t record = i * s->records / points;
		if (!both(p->a, p->b, record))
			continue;
		x[n] = (int64_t)p->a->ranks[record];
		y[n++] = (int64_t)p->b->ranks[record];
	}
	figures_object(f, "points", NULL)->is_hidden = true;
	figures_text(f, "x", NULL, view_of(p->a->name));
	figures_text(f, "y", NULL, view_of(p->b->name));
	figures_list(f, "x_ranks", x, n);
	figures_list(f, "y_ranks", y, n);
	figures_end(f);
}

static void pairs_figures(const struct scores *s, struct figures *f)
{
	struct pair list[SCORES_MOST * SCORES_MOST];
	size_t count = 0;
	for (size_t a = 0; a < s->count; a++) {
		for (size_t b = a + 1; b < s->count; b++)
			list[count++] = (struct pair){ &s->list[a], &s->list[b],
						       correlation(&s->list[a], &s->list[b], s->records) };
	}
	if (!count)
		return;
	qsort(list, count, sizeof(*list), strongest_first);
	figures_array(f, "score_pairs", "Numbers that go together: rank correlation, the strongest first")
		->is_table = true;
	for (size_t i = 0; i < count && i < PAIRS_SHOWN; i++) {
		figures_object(f, NULL, NULL);
		figures_text(f, "a", "field", view_of(list[i].a->name))->width = -20;
		figures_text(f, "b", "field", view_of(list[i].b->name))->width = -20;
		figures_number(f, "r", "r", UNIT_HUNDREDTHS, list[i].r)->width = 7;
		figures_end(f);
	}
	figures_end(f);
	points_figures(s, &list[0], f);
}

void scores_figures(const struct scores *s, struct figures *f)
{
	if (!s->count)
		return;
	figures_array(f, "scores", "Numbers among the fields")->is_table = true;
	for (size_t i = 0; i < s->count; i++)
		score_figures(&s->list[i], f);
	figures_end(f);
	pairs_figures(s, f);
}
