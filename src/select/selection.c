#include "select/selection.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "data/format.h"
#include "data/jinja.h"
#include "io/json.h"
#include "select/formula.h"
#include "select/pick.h"
#include "text/words.h"
#include "vector/source.h"
#include "vector/vectors.h"

const char *const selection_reasons[REASON_COUNT] = { NULL, "where", "no score", "rank", "too near",
							  "review" };

/* Values, each with a number in the order in which they first come. */
struct numbered {
	struct map known;
	struct view *list;
	size_t count, room;
};

struct selection {
	const struct selection_options *o;
	struct arena *arena;         /* of formula, condition, and values of --balance */
	struct arena *scratch;       /* of the record that is looked at */
	struct formula *by;
	struct jinja *where;
	double top;                  /* NAN: all */
	bool is_share;               /* of a hundred */
	const char *missing;
	/* by record */
	struct record_fate *fates;
	struct numbered values;      /* of --balance */
	bool balances;               /* a record has that field */
	uint32_t *tags;              /* of all records, one behind the other */
	size_t *tag_starts, tags_room;
	struct numbered tag_names;
	struct vectors_source source;
	struct vectors vectors, targets;
	size_t *target_group;
	struct numbered tasks;
	/* those that may be taken */
	size_t *open, open_count;
	struct chosen chosen;        /* of these, by their number among them */
};

/* What is asked for */

bool selection_is_array(const char *path)
{
	size_t len = path ? strlen(path) : 0;
	return len > 4 && strcmp(path + len - 4, ".npy") == 0;
}

static const char *misfit(const struct selection_options *o)
{
	bool has_target = o->towards || o->examples;
	if (o->how == SELECT_DEITA && !o->by)
		return "--pick deita: expected --by, whose order it walks down";
	if (o->how == SELECT_CLUSTER && !o->by)
		return "--pick cluster: expected --by, whose best it takes";
	if ((o->how == SELECT_INSTAG) != (o->tags != NULL))
		return o->tags ? "--tags is for --pick instag" : "--pick instag: expected --tags FIELD";
	if (o->how == SELECT_CLUSTER && o->top)
		return "--pick cluster: --overall and --each say how many, not --top";
	if ((o->how == SELECT_RDS) != has_target)
		return has_target ? "--towards is for --pick rds" : "--pick rds: expected --towards FILE";
	if (!selection_needs_vectors(o->how) && o->vector)
		return "--vector is for picks that compare vectors";
	if (o->examples && !o->vector)
		return "--towards: the vectors of records are in a field: expected --vector FIELD";
	if (o->task && (o->how != SELECT_RDS || selection_is_array(o->towards)))
		return "--task is for the records of --towards";
	if (o->parts && o->how != SELECT_FACILITY)
		return "--parts is for --pick facility";
	if (o->balance && o->how > SELECT_LONGEST)
		return "--balance goes with --pick top, random and longest";
	if (o->how == SELECT_TOP && o->top && !o->by)
		return "--top: by what? Give --by FORMULA, or another --pick";
	if (!o->top && !o->where && o->how != SELECT_DEITA && o->how != SELECT_CLUSTER && !o->ranked)
		return "expected --top or --where: without, every record is taken";
	return NULL;
}

int selection_check(const struct selection_options *o, struct sow_error *err)
{
	const char *why = misfit(o);
	return why ? error_set(err, SOW_USAGE, "%s", why) : SOW_OK;
}

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
	s->o = o;
	s->source = (struct vectors_source){ .file = o->vectors, .field = o->vector };
	s->values.known = s->tag_names.known = s->tasks.known = (struct map)MAP_INIT;
	s->arena = arena_new();
	s->scratch = arena_new();
	if (!read_options(s, err))
		return s;
	selection_free(s);
	return NULL;
}

static void numbered_release(struct numbered *n)
{
	map_release(&n->known);
	mem_free(n->list);
}

void selection_free(struct selection *s)
{
	if (!s)
		return;
	numbered_release(&s->values);
	numbered_release(&s->tag_names);
	numbered_release(&s->tasks);
	mem_free(s->tags);
	mem_free(s->tag_starts);
	mem_free(s->target_group);
	vectors_release(&s->vectors);
	vectors_release(&s->targets);
	chosen_release(&s->chosen);
	mem_free(s->fates);
	mem_free(s->open);
	arena_free(s->arena);
	arena_free(s->scratch);
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

/* The number of a value as it stands in JSON, of what is missing too. */
static size_t number_of(struct selection *s, struct numbered *n, const json_value *value)
{
	struct view text = json_compact(value, s->arena);
	uint64_t *known = map_get(&n->known, text.p ? text.p : "", text.len);
	if (known)
		return (size_t)*known;
	mem_grow(&n->list, &n->room, n->count + 1);
	n->list[n->count] = text;
	map_put(&n->known, text.p ? text.p : "", text.len, n->count);
	return n->count++;
}

/* False if the field is no list of texts. A tag counts once. */
static bool find_tags(struct selection *s, size_t i, const json_value *object)
{
	const json_value *list = json_get(object, s->o->tags), *tag;
	size_t from = s->tag_starts[i], *end = &s->tag_starts[i + 1];
	*end = from;
	if (json_type(list) != JSON_ARRAY)
		return false;
	for (tag = json_first(list); tag; tag = json_next(list, tag)) {
		size_t at = from;
		if (json_type(tag) != JSON_TEXT)
			return false;
		uint32_t number = (uint32_t)number_of(s, &s->tag_names, tag);
		mem_grow(&s->tags, &s->tags_room, *end + 1);
		s->tags[*end] = number;
		while (s->tags[at] != number)
			at++;
		*end += at == *end;
	}
	return true;
}

/* What instag counts is its score, too. */
static void score_tags(struct selection *s, size_t i, const json_value *object, struct record_fate *v)
{
	if (!find_tags(s, i, object)) {
		s->tag_starts[i + 1] = s->tag_starts[i];
		v->reason = v->reason ? v->reason : REASON_NO_SCORE;
		v->missing = s->o->tags;
		s->missing = s->missing ? s->missing : s->o->tags;
		return;
	}
	v->score = (double)(s->tag_starts[i + 1] - s->tag_starts[i]);
}

static int add_vector(struct selection *s, struct vectors *v, size_t i, const json_value *object,
		      const char *what, struct sow_error *err)
{
	char place[64];
	snprintf(place, sizeof(place), "%s %zu", what, i + 1);
	return vectors_source_add(&s->source, v, object, place, err);
}

static void find_score(struct selection *s, const json_value *object, struct record_fate *v)
{
	const char *missing = NULL;
	if (formula_value(s->by, object, &v->score, &missing) == SOW_OK)
		return;
	v->score = NAN;
	v->missing = missing;
	v->reason = v->reason ? v->reason : REASON_NO_SCORE;
	s->missing = s->missing ? s->missing : missing;
}

/* Whether more is asked of a record than its place. */
static bool asks_members(const struct selection *s)
{
	return s->by || s->where || s->o->balance || s->o->vector || s->o->how == SELECT_INSTAG;
}

/* Its score, its group, and whether it may be taken. */
int selection_read(struct selection *s, const struct record *r, size_t i, struct record_fate *v,
		   struct sow_error *err)
{
	struct view text;
	v->score = s->o->how == SELECT_LONGEST ? (double)words_of_answer(r) : NAN;
	v->reason = s->o->left_out && s->o->left_out[i] ? REASON_REVIEW : REASON_NONE;
	if (!asks_members(s))
		return SOW_OK;
	struct arena *a = s->scratch;
	int status = format_object(r, a, &text);
	const json_value *object = status ? NULL : json_own(text, a);
	bool holds = !object || !s->where || jinja_holds(s->where, object);
	if (!object)
		status = SOW_NOMEM;
	v->reason = v->reason ? v->reason : holds ? REASON_NONE : REASON_WHERE;
	if (!status && s->by && s->o->how != SELECT_LONGEST)
		find_score(s, object, v);
	if (!status && s->o->balance) {
		const json_value *value = json_get(object, s->o->balance);
		s->balances = s->balances || value;
		v->group = number_of(s, &s->values, value);
	}
	if (!status && s->o->how == SELECT_INSTAG)
		score_tags(s, i, object, v);
	status = status ? error_nomem(err)
			: s->o->vector ? add_vector(s, &s->vectors, i, object, "record", err) : SOW_OK;
	arena_clear(a);
	return status;
}

size_t selection_values(const struct selection *s)
{
	return s->values.count;
}

struct view selection_value(const struct selection *s, size_t n)
{
	return s->values.list[n];
}

struct vectors *selection_vectors(struct selection *s)
{
	return &s->vectors;
}

static int look_at_all(struct selection *s, const struct record_list *records, struct sow_error *err)
{
	size_t n = records->count + 1;
	int status = SOW_OK;
	s->fates = mem_zalloc(n * sizeof(*s->fates));
	s->open = mem_zalloc(n * sizeof(*s->open));
	s->tag_starts = mem_zalloc((n + 1) * sizeof(*s->tag_starts));
	for (size_t i = 0; i < records->count && !status; i++)
		status = selection_read(s, &records->list[i], i, &s->fates[i], err);
	if (!status && s->o->balance && records->count && !s->balances)
		return error_set(err, SOW_INVALID, "--balance %s: no record has such a field", s->o->balance);
	return status;
}

/* The vector of an example, and whose turn it shares. */
static int add_example(struct selection *s, const struct record *r, size_t i, struct sow_error *err)
{
	struct view text;
	struct arena *a = arena_new();
	int status = format_object(r, a, &text);
	const json_value *object = status ? NULL : json_own(text, a);
	s->target_group[i] = object && s->o->task ? number_of(s, &s->tasks, json_get(object, s->o->task)) : i;
	status = object ? add_vector(s, &s->targets, i, object, "--towards: record", err) : error_nomem(err);
	arena_free(a);
	return status;
}

int selection_read_targets(struct selection *s, struct sow_error *err)
{
	const struct selection_options *o = s->o;
	const char *name = o->examples ? "--towards" : o->towards;
	int status = o->towards ? vectors_read_npy(&s->targets, o->towards, err) : SOW_OK;
	size_t count = o->examples ? o->examples->count : 0;
	if (count)
		s->target_group = mem_zalloc(count * sizeof(*s->target_group));
	for (size_t i = 0; i < count && !status; i++)
		status = add_example(s, &o->examples->list[i], i, err);
	if (!status && !s->targets.count)
		return error_set(err, SOW_INVALID, "%s: expected at least one vector", name);
	if (!status && s->vectors.count && s->targets.dims != s->vectors.dims)
		return error_set(err, SOW_INVALID, "%s: expected vectors of %zu numbers, not of %zu", name,
				 s->vectors.dims, s->targets.dims);
	return status;
}

static int read_vectors(struct selection *s, size_t count, struct sow_error *err)
{
	int status = SOW_OK;
	if (!selection_needs_vectors(s->o->how))
		return SOW_OK;
	if (s->o->given) {
		s->vectors = *s->o->given;
		*s->o->given = (struct vectors)VECTORS_INIT;
		if (s->vectors.count != count)
			return error_set(err, SOW_INVALID, "the run: %zu vectors for %zu records", s->vectors.count,
					 count);
	} else if (s->source.file) {
		status = vectors_source_open(&s->source, &s->vectors, err);
	}
	if (!status && !s->o->given)
		status = vectors_source_close(&s->source, &s->vectors, count, err);
	return !status && s->o->how == SELECT_RDS ? selection_read_targets(s, err) : status;
}

void selection_aim(const struct selection *s, struct pick *p)
{
	p->targets = &s->targets;
	p->target_group = s->target_group;
}

/* Picking */

/* What a picker sees: only those that may be taken, their scores, vectors and tags side by side. */
struct open {
	double *score;
	struct vectors vectors;
	size_t *tag_starts;
	uint32_t *tags;
};

static void open_release(struct open *open)
{
	mem_free(open->score);
	mem_free(open->tag_starts);
	mem_free(open->tags);
	vectors_release(&open->vectors);
}

/* Where all may be taken their vectors need no copy. */
static int gather_vectors(struct selection *s, struct vectors *v)
{
	size_t n = 0;
	if (s->open_count == s->vectors.count) {
		*v = s->vectors;
		s->vectors = (struct vectors)VECTORS_INIT;
		return SOW_OK;
	}
	if (s->open_count && vectors_reserve(v, s->open_count, s->vectors.dims))
		return SOW_NOMEM;
	for (; n < s->open_count; n++) {
		const float *row = s->vectors.rows + s->open[n] * s->vectors.stride;
		if (vectors_add_floats(v, row, s->vectors.dims))
			return SOW_NOMEM;
	}
	return SOW_OK;
}

static void gather_tags(const struct selection *s, struct open *open, size_t count)
{
	size_t end = 0;
	open->tag_starts = mem_zalloc((s->open_count + 1) * sizeof(*open->tag_starts));
	open->tags = mem_alloc((s->tag_starts[count] + 1) * sizeof(*open->tags));
	for (size_t n = 0; n < s->open_count; n++) {
		size_t i = s->open[n];
		for (size_t t = s->tag_starts[i]; t < s->tag_starts[i + 1]; t++)
			open->tags[end++] = s->tags[t];
		open->tag_starts[n + 1] = end;
	}
}

static int gather(struct selection *s, size_t count, struct open *open, struct sow_error *err)
{
	open->score = mem_alloc((count + 1) * sizeof(*open->score));
	int status = SOW_OK;
	for (size_t i = 0; i < count; i++) {
		if (s->fates[i].reason)
			continue;
		open->score[s->open_count] = s->fates[i].score;
		s->open[s->open_count++] = i;
	}
	if (s->vectors.count)
		status = gather_vectors(s, &open->vectors);
	if (s->o->how == SELECT_INSTAG)
		gather_tags(s, open, count);
	return status ? error_nomem(err) : SOW_OK;
}

size_t selection_wanted(const struct selection *s, size_t open)
{
	double n = s->is_share ? floor(s->top * (double)open / 100 + 1e-9) : s->top;
	return n < (double)open ? (size_t)n : open;
}

static size_t wanted(const struct selection *s)
{
	return selection_wanted(s, s->open_count);
}

static void balance(struct selection *s)
{
	size_t *group = mem_alloc((s->open_count + 1) * sizeof(*group));
	for (size_t i = 0; i < s->open_count; i++)
		group[i] = s->fates[s->open[i]].group;
	pick_balance(s->chosen.list, s->chosen.count, group, s->values.count);
	mem_free(group);
}

/* What cluster takes is said by its own numbers, and what of the others takes turns is cut afterwards. */
static size_t asked(const struct selection *s)
{
	return s->o->balance || s->o->how == SELECT_CLUSTER ? s->open_count : wanted(s);
}

static int pick(struct selection *s, size_t count, struct sow_error *err)
{
	static const enum picker pickers[] = {
		[SELECT_TOP] = PICK_TOP, [SELECT_RANDOM] = PICK_RANDOM, [SELECT_LONGEST] = PICK_TOP,
		[SELECT_INSTAG] = PICK_INSTAG, [SELECT_KCENTER] = PICK_KCENTER, [SELECT_FACILITY] = PICK_FACILITY,
		[SELECT_DEITA] = PICK_DEITA, [SELECT_DPP] = PICK_DPP, [SELECT_CLUSTER] = PICK_CLUSTER,
		[SELECT_RDS] = PICK_RDS,
	};
	const struct selection_options *o = s->o;
	struct open open = { .vectors = VECTORS_INIT };
	int status = gather(s, count, &open, err);
	struct workers *crew = status ? NULL : workers_new(o->threads);
	if (!status) {
		const struct pick p = {
			.count = s->open_count, .wanted = asked(s),
			.score = s->by || o->how == SELECT_LONGEST ? open.score : NULL, .vectors = &open.vectors,
			.targets = &s->targets, .target_group = s->target_group, .threshold = o->threshold,
			.seed = o->seed, .tags = open.tags, .tag_starts = open.tag_starts,
			.tag_count = s->tag_names.count, .clusters = o->clusters, .overall = o->overall,
			.each = o->each, .parts = o->parts,
		};
		status = pick_run(pickers[o->how], &p, crew, &s->chosen, err);
	}
	if (!status && o->balance)
		balance(s);
	if (!status && s->chosen.count > wanted(s))
		s->chosen.count = wanted(s);
	workers_free(crew);
	open_release(&open);
	return status;
}

static void note_ranks(struct selection *s)
{
	for (size_t n = 0; n < s->chosen.count; n++)
		s->fates[selection_taken(s, n)].rank = n + 1;
	for (size_t n = 0; n < s->open_count; n++) {
		struct record_fate *v = &s->fates[s->open[n]];
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

double selection_share(const struct selection *s)
{
	return s->o->parts && s->chosen.most > 0 ? s->chosen.reached / s->chosen.most : 0;
}

const struct record_fate *selection_fate(const struct selection *s, size_t i)
{
	return &s->fates[i];
}

const char *selection_missing(const struct selection *s)
{
	return s->missing;
}
