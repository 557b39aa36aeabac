#include "report/data_map.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "data/format.h"
#include "io/infile.h"
#include "io/json.h"
#include "report/page.h"
#include "text/prose.h"
#include "text/verb_noun.h"
#include "vector/kmeans.h"
#include "vector/pca.h"

#define POINTS ((size_t)2000)   /* shown on the map, of all records, and again of the selected */
#define SIDE 1000.0             /* its longer side */
#define PARSED ((size_t)40)     /* most instructions parsed per cluster */
#define CLIP ((size_t)300)      /* bytes of an instruction */
#define NAME_WORDS 2            /* verbs, and nouns, in a name */

struct map_point {
	int64_t x, y;
};

struct named {
	char name[160];
	size_t records, selected;
	double x, y;
};

struct data_map {
	const struct vectors_source *from;
	struct vectors vectors;
	char **instructions;         /* the beginnings, by record */
	size_t count, room;
	bool *selected;              /* NULL: no selection */
	struct kmeans clusters;
	struct map_point *places;
	struct named named[DATA_MAP_CLUSTERS];
	size_t named_count, parsed;  /* parsed: per cluster */
	struct verb_noun *parser;    /* NULL: clusters are named after instructions */
};

struct data_map *data_map_new(const struct vectors_source *from, struct sow_error *err)
{
	struct data_map *m = mem_zalloc(sizeof(*m));
	m->from = from;
	if (!vectors_source_open(from, &m->vectors, err))
		return m;
	data_map_free(m);
	return NULL;
}

void data_map_free(struct data_map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++)
		mem_free(m->instructions[i]);
	mem_free(m->instructions);
	mem_free(m->selected);
	mem_free(m->places);
	vectors_release(&m->vectors);
	kmeans_release(&m->clusters);
	verb_noun_free(m->parser);
	mem_free(m);
}

/* The records */

int data_map_add(struct data_map *m, const struct record *r, struct sow_error *err)
{
	bool cut = false;
	char place[48];
	struct view text, start = page_clip(prose_first(r->instruction), CLIP, &cut);
	struct arena *a = arena_new();
	mem_grow(&m->instructions, &m->room, m->count + 1);
	m->instructions[m->count++] = mem_copy(start.len ? start.p : "", start.len);
	const json_value *object = NULL;
	int status = m->from->field ? format_object(r, a, &text) : SOW_OK;
	if (m->from->field && !status)
		object = json_own(text, a);
	status = status || (m->from->field && !object) ? error_nomem(err) : SOW_OK;
	snprintf(place, sizeof(place), "record %zu", m->count);
	if (!status)
		status = vectors_source_add(m->from, &m->vectors, object, place, err);
	arena_free(a);
	return status;
}

static int mark(struct data_map *m, const char *path, size_t number, struct view line, struct sow_error *err)
{
	struct json *doc = json_parse_line(path, number, line, err);
	if (!doc)
		return err->status;
	const json_value *root = json_root(doc);
	int64_t record = json_integer(json_get(root, "record"));
	bool fine = record >= 1 && (size_t)record <= m->count && json_type(json_get(root, "kept")) == JSON_BOOL;
	if (fine)
		m->selected[record - 1] = json_bool(json_get(root, "kept"));
	json_free(doc);
	return fine ? SOW_OK : error_set(err, SOW_INVALID, "%s:%zu: expected what sow select --explain says of one "
					 "of %zu records", path, number, m->count);
}

int data_map_selection(struct data_map *m, const char *path, struct sow_error *err)
{
	struct buf file = { .data = buf_empty, .cap = INFILE_WHOLE_MAX };
	int status = infile_whole(path, &file, err);
	m->selected = mem_zalloc(m->count + 1);
	struct view rest = view_from(file.data, file.len), line;
	for (size_t number = 1; !status && view_line(&rest, &line); number++) {
		if (view_trim(line).len)
			status = mark(m, path, number, line, err);
	}
	buf_release(&file);
	return status;
}

/* Names */

struct word {
	char text[CLAUSE_WORD_MAX];
	size_t count;
};

struct words {
	struct word list[PARSED];
	size_t count;
};

static void count_word(struct words *w, const char *text)
{
	size_t i = 0;
	while (i < w->count && strcmp(w->list[i].text, text) != 0)
		i++;
	if (i == w->count && w->count < PARSED)
		snprintf(w->list[w->count++].text, sizeof(w->list[i].text), "%s", text);
	if (i < w->count)
		w->list[i].count++;
}

/* Adds the most frequent words, of equals the one that came first. */
static void add_words(struct words *w, char *name, size_t size)
{
	for (size_t n = 0; n < NAME_WORDS; n++) {
		struct word *best = NULL;
		for (size_t i = 0; i < w->count; i++)
			best = w->list[i].count > (best ? best->count : 0) ? &w->list[i] : best;
		if (!best)
			return;
		size_t len = strlen(name);
		snprintf(name + len, size - len, "%s%s", n ? ", " : "", best->text);
		best->count = 0;
	}
}

static size_t nearest_to_centre(const struct data_map *m, size_t cluster)
{
	size_t best = m->count;
	float least = INFINITY;
	for (size_t i = 0; i < m->count; i++) {
		if (m->clusters.cluster[i] != cluster)
			continue;
		float d = vectors_distance2_of(m->clusters.product[i], m->vectors.norms[i],
					       m->clusters.centres.norms[cluster]);
		if (d < least || best == m->count) {
			least = d;
			best = i;
		}
	}
	return best;
}

static void name_cluster(void *data, size_t cluster)
{
	struct data_map *m = data;
	struct named *named = &m->named[cluster];
	struct words verbs = { .count = 0 }, nouns = { .count = 0 };
	struct verb_noun_pair pair;
	size_t every = m->parsed ? (named->records + m->parsed - 1) / m->parsed : 0, seen = 0;
	for (size_t i = 0; i < m->count && m->parser && every; i++) {
		if (m->clusters.cluster[i] != cluster || seen++ % every)
			continue;
		if (verb_noun_of(m->parser, view_of(m->instructions[i]), &pair) == GRAMMAR_FOUND) {
			count_word(&verbs, pair.verb);
			count_word(&nouns, pair.noun);
		}
	}
	add_words(&verbs, named->name, sizeof(named->name));
	if (named->name[0])
		snprintf(named->name + strlen(named->name), sizeof(named->name) - strlen(named->name), ": ");
	add_words(&nouns, named->name, sizeof(named->name));
	size_t nearest = nearest_to_centre(m, cluster);
	if (!named->name[0] && nearest < m->count) {
		bool cut = false;
		struct view start = page_clip(view_of(m->instructions[nearest]), 40, &cut);
		snprintf(named->name, sizeof(named->name), "%.*s%s", VIEW_ARG(start), cut ? "…" : "");
	}
}

/* Places */

static int find_places(struct data_map *m, struct workers *crew)
{
	struct vectors flat = VECTORS_INIT;
	int status = pca_project(&flat, &m->vectors, 1, 2, crew);
	float low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
	m->places = mem_zalloc((m->count + 1) * sizeof(*m->places));
	if (status) {
		vectors_release(&flat);
		return SOW_NOMEM;
	}
	for (size_t i = 0; i < flat.count * flat.dims; i++) {
		float x = flat.rows[i / flat.dims * flat.stride + i % flat.dims];
		low[i % flat.dims] = fminf(low[i % flat.dims], x);
		high[i % flat.dims] = fmaxf(high[i % flat.dims], x);
	}
	double wide = fmax((double)(high[0] - low[0]), flat.dims > 1 ? (double)(high[1] - low[1]) : 0);
	for (size_t i = 0; i < flat.count; i++) {
		const float *row = flat.rows + i * flat.stride;
		struct map_point *p = &m->places[i];
		p->x = wide > 0 ? (int64_t)((double)(row[0] - low[0]) / wide * SIDE) : 0;
		p->y = wide > 0 && flat.dims > 1 ? (int64_t)((double)(row[1] - low[1]) / wide * SIDE) : 0;
	}
	vectors_release(&flat);
	return SOW_OK;
}

static void sum_clusters(struct data_map *m)
{
	m->named_count = m->clusters.centres.count;
	for (size_t i = 0; i < m->count; i++) {
		struct named *n = &m->named[m->clusters.cluster[i]];
		n->records++;
		n->selected += m->selected && m->selected[i];
		n->x += (double)m->places[i].x;
		n->y += (double)m->places[i].y;
	}
	for (size_t c = 0; c < m->named_count; c++) {
		m->named[c].x /= m->named[c].records ? (double)m->named[c].records : 1;
		m->named[c].y /= m->named[c].records ? (double)m->named[c].records : 1;
	}
}

int data_map_finish(struct data_map *m, size_t parse, struct workers *crew, struct sow_error *err)
{
	struct sow_error missing = { 0 };
	const struct kmeans_options o = { .clusters = DATA_MAP_CLUSTERS };
	int status = vectors_source_close(m->from, &m->vectors, m->count, err);
	if (status || !m->count)
		return status;
	m->parsed = parse / DATA_MAP_CLUSTERS < PARSED ? parse / DATA_MAP_CLUSTERS : PARSED;
	m->parser = m->parsed ? verb_noun_new(&missing) : NULL;
	if (m->parsed && !m->parser && missing.status != SOW_MISSING)
		return error_nomem(err);
	if (kmeans_run(&m->clusters, &m->vectors, &o, crew) || find_places(m, crew))
		return error_nomem(err);
	sum_clusters(m);
	if (m->parser)
		verb_noun_share(m->parser, workers_count(crew));
	workers_run(crew, m->named_count, name_cluster, m);
	return SOW_OK;
}

/* Figures */

struct points {
	int64_t x[2 * POINTS], y[2 * POINTS], cluster[2 * POINTS], selected[2 * POINTS];
	size_t count;
};

static void add_points(const struct data_map *m, bool only_selected, struct points *p)
{
	size_t all = 0, seen = 0;
	for (size_t i = 0; i < m->count; i++)
		all += !only_selected || m->selected[i];
	size_t every = (all + POINTS - 1) / POINTS;
	for (size_t i = 0; i < m->count; i++) {
		bool selected = m->selected && m->selected[i];
		if ((only_selected && !selected) || seen++ % every)
			continue;
		p->x[p->count] = m->places[i].x;
		p->y[p->count] = m->places[i].y;
		p->cluster[p->count] = (int64_t)m->clusters.cluster[i];
		p->selected[p->count++] = selected;
	}
}

static void cluster_figures(const struct data_map *m, const struct named *n, struct figures *f)
{
	figures_object(f, NULL, NULL);
	figures_text(f, "name", "cluster", view_of(n->name))->width = -40;
	figures_count(f, "records", "records", (int64_t)n->records)->width = 9;
	if (m->selected)
		figures_count(f, "selected", "selected", (int64_t)n->selected)->width = 9;
	figures_integer(f, "x", NULL, UNIT_COUNT, (int64_t)n->x);
	figures_integer(f, "y", NULL, UNIT_COUNT, (int64_t)n->y);
	figures_end(f);
}

void data_map_figures(const struct data_map *m, struct figures *f)
{
	if (!m->count)
		return;
	struct points *p = mem_zalloc(sizeof(*p));
	add_points(m, false, p);
	if (m->selected)
		add_points(m, true, p);
	figures_object(f, "map", NULL);
	figures_array(f, "clusters", "Clusters of records that mean alike")->is_table = true;
	for (size_t c = 0; c < m->named_count; c++)
		cluster_figures(m, &m->named[c], f);
	figures_end(f);
	figures_bool(f, "has_selection", m->selected != NULL);
	figures_list(f, "x", p->x, p->count);
	figures_list(f, "y", p->y, p->count);
	figures_list(f, "cluster", p->cluster, p->count);
	figures_list(f, "selected", p->selected, p->count);
	figures_end(f);
	mem_free(p);
}
