#include "clean/semantic_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "vector/kmeans.h"
#include "vector/cosine_filter.h"

/* The vectors */

int semantic_read_vector(void *data, struct clean_line *line, struct sow_error *err)
{
	struct semantic *s = data;
	struct vectors *own = &s->own[line->slot];
	struct arena *a = arena_new();
	const json_value *object = json_own(view_trim(line->raw), a);
	struct sow_error why = { 0 };
	own->count = 0;
	int status = object ? vectors_source_add(s->source, own, object, "", &why) : SOW_NOMEM;
	if (status == SOW_INVALID)
		clean_wrong(err, SOW_INVALID, s->clean->in, line, "%s", why.text + 2); /* behind ": " */
	arena_free(a);
	return status;
}

static void keep_text(struct semantic *s, struct view text)
{
	if (!s->arena)
		s->arena = arena_new();
	mem_grow(&s->texts, &s->text_room, s->text_count + 1);
	s->texts[s->text_count++] = view_from(arena_copyview(s->arena, text), text.len);
}

int semantic_note(void *data, struct workers *crew, struct clean_line **lines, size_t count, struct sow_error *err)
{
	struct semantic *s = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		const struct clean_line *line = lines[i];
		const struct vectors *own = &s->own[line->slot];
		mem_grow(&s->seen, &s->room, s->count + 1);
		s->seen[s->count++] = (struct seen){ line->rank, line->number, s->file, line->by_record };
		if (s->count >= COSINE_NONE)
			return clean_wrong(err, SOW_TOOBIG, s->clean->in, line, "too many records");
		int status = SOW_OK;
		if (s->source->make)
			keep_text(s, line->text);
		else if (!s->source->file)
			status = vectors_add_floats(&s->vectors, own->rows, own->dims);
		if (status == SOW_INVALID)
			return clean_wrong(err, SOW_INVALID, s->clean->in, line, "%s: expected a list of %zu "
					   "numbers, as before, not of %zu", s->source->field, s->vectors.dims,
					   own->dims);
		if (status)
			return error_nomem(err);
	}
	return SOW_OK;
}

/* The vectors of the records of a file, behind those there are. */
static int read_all(struct semantic *s, const struct clean_options *o, const struct vectors_source *source,
		    struct workers *crew, struct sow_error *err)
{
	size_t before = s->count;
	struct vectors whole = VECTORS_INIT;
	struct clean_job job = { .data = s, .prepare = source->field ? semantic_read_vector : NULL, .decide = semantic_note };
	s->clean = o;
	s->source = source;
	s->text_count = 0;
	int status = clean_read(o, &job, crew, NULL, err);
	if (status || source->field)
		return status;
	status = source->make ? source->make(source->data, s->texts, s->text_count, &whole, err)
			      : vectors_source_open(source, &whole, err);
	if (!status)
		status = vectors_source_close(source, &whole, s->count - before, err);
	if (!status && s->vectors.count && whole.count && whole.dims != s->vectors.dims)
		status = error_set(err, SOW_INVALID, "%s: expected vectors of %zu numbers, not of %zu",
				   source->file ? source->file : o->in, s->vectors.dims, whole.dims);
	if (!status && !s->vectors.count) {
		s->vectors = whole;
		return SOW_OK;
	}
	for (size_t i = 0; i < whole.count && !status; i++) {
		if (vectors_add_floats(&s->vectors, whole.rows + i * whole.stride, whole.dims))
			status = error_nomem(err);
	}
	vectors_release(&whole);
	return status;
}

void semantic_make_room(struct semantic *s)
{
	s->order = mem_alloc((s->count + 1) * sizeof(*s->order));
	s->near = mem_alloc((s->count + 1) * sizeof(*s->near));
	s->cosine = mem_alloc((s->count + 1) * sizeof(*s->cosine));
	for (size_t i = 0; i < s->count; i++)
		s->order[i] = (uint32_t)i;
}

/* The orders */

struct keyed {
	double key;
	uint32_t row;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Rows with the largest key first. */
static void sort(uint32_t *order, size_t count, const double *key)
{
	struct keyed *list = mem_alloc((count + 1) * sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = (struct keyed){ key[order[i]], order[i] };
	if (count)
		qsort(list, count, sizeof(*list), by_key);
	for (size_t i = 0; i < count; i++)
		order[i] = list[i].row;
	mem_free(list);
}

static void greedy(struct semantic *s, const struct dedup_options *o, struct workers *crew)
{
	size_t kept, reached;
	for (size_t i = 0; i < s->count; i++)
		s->cosine[i] = s->seen[i].rank;
	if (o->keep != DEDUP_FIRST)
		sort(s->order, s->count, s->cosine);
	const struct cosine_filter w = { .vectors = &s->vectors, .order = s->order, .count = s->count,
					 .threshold = o->threshold, .against = COSINE_KEPT };
	cosine_filter_run(&w, crew, s->near, s->cosine, &kept, &reached);
}

/* How early a row comes in its cluster: hard ones are those farthest from the centre. */
static double key_of(const struct semantic *s, const struct dedup_options *o, const struct kmeans *m, size_t row)
{
	struct draw d = draw_start(0, DRAW_CENTRES, row);
	float norm = s->vectors.norms[row];
	double cosine = vectors_cosine_of(m->product[row], norm, 1);
	switch (o->order) {
	case DEDUP_EASY: return cosine;
	case DEDUP_RANDOM: return draw_fraction(&d);
	default: return -cosine;
	}
}

/* One cluster after the other; `near` and `cosine` of a row are said by the filter of its own. */
static void filter_clusters(struct semantic *s, const struct dedup_options *o, const struct kmeans *m,
			    struct workers *crew)
{
	uint32_t *near = mem_alloc((s->count + 1) * sizeof(*near));
	double *cosine = mem_alloc((s->count + 1) * sizeof(*cosine));
	for (size_t from = 0; from < s->count;) {
		size_t end = from, kept, reached;
		while (end < s->count && m->cluster[s->order[end]] == m->cluster[s->order[from]])
			end++;
		const struct cosine_filter w = { .vectors = &s->vectors, .order = s->order + from,
						 .count = end - from,
						 .threshold = o->threshold, .above = true,
						 .against = COSINE_EARLIER };
		cosine_filter_run(&w, crew, near, cosine, &kept, &reached);
		for (size_t i = from; i < end; i++) {
			s->near[s->order[i]] = near[s->order[i]];
			s->cosine[s->order[i]] = cosine[s->order[i]];
		}
		from = end;
	}
	mem_free(near);
	mem_free(cosine);
}

static int by_clusters(struct semantic *s, const struct dedup_options *o, struct workers *crew)
{
	const struct kmeans_options k = { .clusters = o->clusters, .iterations = 100, .spherical = true };
	struct kmeans m;
	int status = kmeans_run(&m, &s->vectors, &k, crew);
	if (status)
		return status;
	double *key = mem_alloc((s->count + 1) * sizeof(*key));
	for (size_t i = 0; i < s->count; i++)
		key[i] = key_of(s, o, &m, i);
	sort(s->order, s->count, key);
	for (size_t i = 0; i < s->count; i++) /* and then by cluster, in the order that is made */
		key[s->order[i]] = -(double)m.cluster[s->order[i]] - (double)i / ((double)s->count + 1);
	sort(s->order, s->count, key);
	filter_clusters(s, o, &m, crew);
	mem_free(key);
	kmeans_release(&m);
	return SOW_OK;
}

/* What is told */

int semantic_tell(void *data, struct workers *crew, struct clean_line **lines, size_t count, struct sow_error *err)
{
	struct semantic *s = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		struct clean_line *line = lines[i];
		if (s->next == s->count || s->seen[s->next].number != line->number)
			return clean_wrong(err, SOW_INVALID, s->clean->in, line, "changed while it was read");
		uint32_t near = s->near[s->next];
		line->removed = near != COSINE_NONE;
		line->reason = !line->removed ? s->against ? "clean" : "new" : s->against ? "semantic" : "near-duplicate";
		line->scored = line->removed;
		line->score = s->cosine[s->next++];
		if (!line->removed)
			continue;
		line->near_line = s->seen[near].number;
		line->near_file = s->against ? s->against[s->seen[near].file] : NULL;
		line->near_by_record = s->seen[near].by_record;
	}
	return SOW_OK;
}

void semantic_free(struct semantic *s)
{
	for (size_t i = 0; s && i < CLEAN_SLOTS; i++)
		vectors_release(&s->own[i]);
	if (!s)
		return;
	vectors_release(&s->vectors);
	mem_free(s->seen);
	mem_free(s->texts);
	arena_free(s->arena);
	mem_free(s->order);
	mem_free(s->near);
	mem_free(s->cosine);
	mem_free(s);
}

int semantic_dedup(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
		   struct sow_error *err)
{
	struct semantic *s = mem_zalloc(sizeof(*s));
	const struct clean_job job = { .data = s, .decide = semantic_tell };
	int status = read_all(s, &o->clean, &o->source, crew, err);
	semantic_make_room(s);
	if (!status && s->count && o->clusters)
		status = by_clusters(s, o, crew) ? error_nomem(err) : SOW_OK;
	else if (!status && s->count)
		greedy(s, o, crew);
	if (!status)
		status = clean_run(&o->clean, &job, crew, counts, err);
	semantic_free(s);
	return status;
}

int semantic_read_against(struct semantic *s, const struct contamination_options *o, struct workers *crew,
			struct sow_error *err)
{
	const struct vectors_source none = { .file = o->against_vectors };
	int status = SOW_OK;
	for (size_t i = 0; i < o->against_count && !status; i++) {
		struct clean_options clean = clean_options_for(&o->clean, o->against[i]);
		if (o->against_field_count) {
			clean.fields = o->against_fields;
			clean.field_count = o->against_field_count;
		}
		s->file = (uint32_t)i;
		if (!o->source.file) {
			status = read_all(s, &clean, &o->source, crew, err);
			continue;
		}
		struct clean_job job = { .data = s, .decide = semantic_note };
		s->clean = &clean;
		s->source = &none;
		status = clean_read(&clean, &job, crew, NULL, err);
	}
	if (!status && o->source.file)
		status = vectors_source_open(&none, &s->vectors, err);
	if (!status && o->source.file)
		status = vectors_source_close(&none, &s->vectors, s->count, err);
	s->items = s->count;
	return status;
}

int semantic_decontaminate(const struct contamination_options *o, struct workers *crew,
			   struct contamination_counts *counts, struct sow_error *err)
{
	struct semantic *s = mem_zalloc(sizeof(*s));
	const struct clean_job job = { .data = s, .decide = semantic_tell };
	size_t kept, reached;
	int status = semantic_read_against(s, o, crew, err);
	counts->items = s->items;
	if (!status)
		status = read_all(s, &o->clean, &o->source, crew, err);
	semantic_make_room(s);
	if (!status && s->count) {
		const struct cosine_filter w = { .vectors = &s->vectors, .order = s->order, .count = s->count,
						 .held = s->items, .threshold = o->threshold,
						 .against = COSINE_HELD };
		cosine_filter_run(&w, crew, s->near, s->cosine, &kept, &reached);
	}
	s->next = s->items;
	s->against = o->against;
	if (!status)
		status = clean_run(&o->clean, &job, crew, &counts->lines, err);
	semantic_free(s);
	return status;
}
