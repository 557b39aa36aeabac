#include "select/selection.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "data/format.h"
#include "data/jinja.h"
#include "io/json.h"
#include "select/formula.h"
#include "select/pick.h"
#include "select/vectors.h"
#include "text/words.h"

const char *const selection_reasons[REASON_COUNT] = { NULL, "where", "no score", "rank", "too near" };

struct selection {
	const struct selection_options *o;
	struct arena *arena;         /* of formula, condition, and values of --balance */
	struct formula *by;
	struct jinja *where;
	double top;                  /* NAN: all */
	bool is_share;               /* of a hundred */
	const char *missing;
	/* by record */
	struct verdict *verdicts;
	size_t *group, groups;       /* of --balance */
	struct map values;
	struct vectors vectors, targets;
	/* those that may be taken */
	size_t *open, open_count;
	struct chosen chosen;        /* of these, by their number among them */
};

/* What is asked for */

static int read_top(struct selection *s, struct sow_error *err)
{
	const char *said = s->o->top;
	char *end;
	s->top = NAN;
	if (!said)
		return SOW_OK;
	s->top = strtod(said, &end);
	s->is_share = *end == '%';
	if (end != said && !end[s->is_share] && s->top >= 0 &&
	    (s->is_share ? s->top <= 100 : s->top == floor(s->top)))
		return SOW_OK;
	return error_set(err, SOW_USAGE, "--top: expected a whole number or a share such as 10%%, not '%s'",
			 said);
}

static int read_options(struct selection *s, struct sow_error *err)
{
	const struct selection_options *o = s->o;
	if (o->by && !(s->by = formula_read(s->arena, o->by, err)))
		return error_prefix(err, "--by");
	if (o->where && !(s->where = jinja_read_condition(s->arena, "where", view_of(o->where), err)))
		return SOW_INVALID;
	return read_top(s, err);
}

struct selection *selection_new(const struct selection_options *o, struct sow_error *err)
{
	struct selection *s = mem_zalloc(sizeof(*s));
	if (s) {
		s->o = o;
		s->values = (struct map)MAP_INIT;
		s->arena = arena_new();
	}
	if (s && s->arena && !read_options(s, err))
		return s;
	if (!s || !s->arena)
		error_nomem(err);
	selection_free(s);
	return NULL;
}

void selection_free(struct selection *s)
{
	if (!s)
		return;
	map_release(&s->values);
	vectors_release(&s->vectors);
	vectors_release(&s->targets);
	chosen_release(&s->chosen);
	mem_free(s->verdicts);
	mem_free(s->group);
	mem_free(s->open);
	arena_free(s->arena);
	mem_free(s);
}

bool selection_needs_vectors(enum selection_how how)
{
	return how >= SELECT_KCENTER;
}

/* The records */

static size_t words_of_answer(const struct record *r)
{
	struct view text = r->instance_count ? r->instances[0].output : view_of("");
	return words_count(text.p, text.len);
}

static int find_group(struct selection *s, size_t i, const json_value *object)
{
	struct view value = json_compact(json_get(object, s->o->balance), s->arena);
	uint64_t *known = map_get(&s->values, value.p ? value.p : "", value.len);
	s->group[i] = known ? (size_t)*known : s->groups;
	return known ? SOW_OK : map_put(&s->values, value.p ? value.p : "", value.len, s->groups++);
}

static int add_vector(struct selection *s, size_t i, const json_value *object, struct sow_error *err)
{
	const json_value *list = json_get(object, s->o->vector), *v;
	size_t n = 0, dims = json_count(list);
	bool numbers = json_type(list) == JSON_ARRAY && dims;
	double *row = mem_alloc((dims + 1) * sizeof(*row));
	if (!row)
		return error_nomem(err);
	for (v = json_first(list); numbers && v; v = json_next(list, v)) {
		numbers = json_type(v) == JSON_NUMBER;
		row[n++] = json_number(v);
	}
	int status = numbers ? vectors_add(&s->vectors, row, dims) : SOW_INVALID;
	mem_free(row);
	if (status == SOW_INVALID)
		return error_set(err, status, "record %zu: %s: expected a list of %s numbers", i + 1,
				 s->o->vector, s->vectors.count ? "as many" : "finite");
	return status ? error_nomem(err) : SOW_OK;
}

static void find_score(struct selection *s, const json_value *object, struct verdict *v)
{
	const char *missing = NULL;
	if (formula_value(s->by, object, &v->score, &missing) == SOW_OK)
		return;
	v->score = NAN;
	v->reason = v->reason ? v->reason : REASON_NO_SCORE;
	s->missing = s->missing ? s->missing : missing;
}

/* Its score, its group, and whether it may be taken. */
static int look_at(struct selection *s, const struct record *r, size_t i, struct sow_error *err)
{
	struct view text;
	struct verdict *v = &s->verdicts[i];
	struct arena *a = arena_new();
	int status = a ? format_object(r, a, &text) : SOW_NOMEM;
	const json_value *object = status ? NULL : json_own(text, a);
	int holds = object && s->where ? jinja_holds(s->where, object) : 1;
	v->score = NAN;
	if (!object || holds < 0)
		status = SOW_NOMEM;
	v->reason = holds ? REASON_NONE : REASON_WHERE;
	if (!status && s->by)
		find_score(s, object, v);
	if (!status && s->o->how == SELECT_LONGEST)
		v->score = (double)words_of_answer(r);
	if (!status && s->o->balance)
		status = find_group(s, i, object);
	status = status ? error_nomem(err) : s->o->vector ? add_vector(s, i, object, err) : SOW_OK;
	arena_free(a);
	return status;
}

static int look_at_all(struct selection *s, const struct record_list *records, struct sow_error *err)
{
	size_t n = records->count + 1;
	int status = SOW_OK;
	s->verdicts = mem_zalloc(n * sizeof(*s->verdicts));
	s->group = mem_zalloc(n * sizeof(*s->group));
	s->open = mem_zalloc(n * sizeof(*s->open));
	if (!s->verdicts || !s->group || !s->open)
		return error_nomem(err);
	for (size_t i = 0; i < records->count && !status; i++)
		status = look_at(s, &records->list[i], i, err);
	return status;
}

static int read_vectors(struct selection *s, size_t count, struct sow_error *err)
{
	const struct selection_options *o = s->o;
	int status = o->vectors ? vectors_read_npy(&s->vectors, o->vectors, err) : SOW_OK;
	if (o->given) {
		s->vectors = *o->given;
		*o->given = (struct vectors)VECTORS_INIT;
	}
	if (!status && selection_needs_vectors(o->how) && s->vectors.count != count)
		status = error_set(err, SOW_INVALID, "%s: %zu vectors for %zu records", o->vectors ? o->vectors : "the run",
				   s->vectors.count, count);
	if (!status && o->towards)
		status = vectors_read_npy(&s->targets, o->towards, err);
	if (!status && o->towards && (s->targets.dims != s->vectors.dims || !s->targets.count))
		status = error_set(err, SOW_INVALID, "%s: expected vectors of %zu numbers, not of %zu", o->towards,
				   s->vectors.dims, s->targets.dims);
	return status;
}

/* Picking */

/* Only those that may be taken, their scores and vectors side by side. */
static int gather(struct selection *s, size_t count, double **score, struct vectors *v,
		  struct sow_error *err)
{
	double *row = mem_alloc((s->vectors.dims + 1) * sizeof(*row));
	*score = mem_alloc((count + 1) * sizeof(**score));
	int status = row && *score ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < count && !status; i++) {
		if (s->verdicts[i].reason)
			continue;
		(*score)[s->open_count] = s->verdicts[i].score;
		s->open[s->open_count++] = i;
		for (size_t k = 0; k < s->vectors.dims; k++)
			row[k] = (double)s->vectors.rows[i * s->vectors.stride + k];
		if (s->vectors.dims)
			status = vectors_add(v, row, s->vectors.dims);
	}
	mem_free(row);
	return status ? error_nomem(err) : SOW_OK;
}

static size_t wanted(const struct selection *s)
{
	double open = (double)s->open_count;
	double n = s->is_share ? floor(s->top / 100 * open) : s->top;
	return n < open ? (size_t)n : s->open_count;
}

static int balance(struct selection *s, struct sow_error *err)
{
	size_t *group = mem_alloc((s->open_count + 1) * sizeof(*group));
	int status = group ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < s->open_count && group; i++)
		group[i] = s->group[s->open[i]];
	if (!status)
		status = pick_balance(s->chosen.list, s->chosen.count, group, s->groups);
	mem_free(group);
	return status ? error_nomem(err) : SOW_OK;
}

static int pick(struct selection *s, size_t count, struct sow_error *err)
{
	static const enum picker pickers[] = { PICK_TOP, PICK_RANDOM, PICK_TOP, PICK_KCENTER,
					       PICK_FACILITY, PICK_DEITA, PICK_DPP, PICK_RDS };
	const struct selection_options *o = s->o;
	struct vectors v = VECTORS_INIT;
	double *score = NULL;
	int status = gather(s, count, &score, &v, err);
	struct workers *crew = status ? NULL : workers_new(o->threads);
	if (!status && !crew)
		status = error_nomem(err);
	if (!status) {
		const struct pick p = {
			.count = s->open_count, .wanted = o->balance ? s->open_count : wanted(s),
			.score = s->by || o->how == SELECT_LONGEST ? score : NULL, .vectors = &v,
			.targets = &s->targets, .threshold = o->threshold, .seed = o->seed,
		};
		status = pick_run(pickers[o->how], &p, crew, &s->chosen, err);
	}
	if (!status && o->balance)
		status = balance(s, err);
	if (!status && s->chosen.count > wanted(s))
		s->chosen.count = wanted(s);
	workers_free(crew);
	vectors_release(&v);
	mem_free(score);
	return status;
}

static void note_ranks(struct selection *s)
{
	for (size_t n = 0; n < s->chosen.count; n++)
		s->verdicts[selection_taken(s, n)].rank = n + 1;
	for (size_t n = 0; n < s->open_count; n++) {
		struct verdict *v = &s->verdicts[s->open[n]];
		if (v->rank)
			continue;
		v->reason = REASON_RANK;
		if (s->chosen.near[n] != PICK_NONE) {
			v->reason = REASON_NEAR;
			v->near = s->open[s->chosen.near[n]];
			v->cosine = s->chosen.cosine[n];
		}
	}
}

int selection_make(struct selection *s, const struct record_list *records, struct sow_error *err)
{
	int status = look_at_all(s, records, err);
	if (!status)
		status = read_vectors(s, records->count, err);
	if (!status)
		status = pick(s, records->count, err);
	if (!status)
		note_ranks(s);
	return status;
}

/* What came of it */

size_t selection_count(const struct selection *s)
{
	return s->chosen.count;
}

size_t selection_taken(const struct selection *s, size_t n)
{
	return s->open[s->chosen.list[n]];
}

const struct verdict *selection_verdict(const struct selection *s, size_t i)
{
	return &s->verdicts[i];
}

const char *selection_missing(const struct selection *s)
{
	return s->missing;
}
