/* data_map.h - a set of records as a map: records of similar meaning lie near each other.
 *
 *     struct data_map *m = data_map_new(&(struct vectors_source){ .field = "embedding" }, err);
 *     data_map_add(m, &record, err);               // each, in order
 *     data_map_selection(m, "why.jsonl", err);     // written by `sow select --explain`; optional
 *     data_map_finish(m, 2000, crew, err);
 *     data_map_figures(m, figures);
 *     data_map_free(m);
 *
 * Places are the first two principal components of the vectors: a fair picture of the widest spread, the
 * same each time, but no more: records that lie together on it may differ in other directions. k-means
 * finds the clusters in all dimensions. A cluster is named after the most frequent verbs and nouns of its
 * instructions (text/verb_noun.h; English only), else after the instruction nearest its centre.
 *
 * Memory: 8 bytes a number of a vector, and the beginning of each instruction.
 */
#ifndef REPORT_DATA_MAP_H
#define REPORT_DATA_MAP_H

#include "base/workers.h"
#include "data/record.h"
#include "report/figures.h"
#include "vector/source.h"

#define DATA_MAP_CLUSTERS 20

struct data_map;

/* Reads a file of vectors. NULL on failure with *err set. `from` must outlive it. */
struct data_map *data_map_new(const struct vectors_source *from, struct sow_error *err);
void data_map_free(struct data_map *m);        /* NULL is fine */
/* These return SOW_OK, or a failure with *err set. */
int data_map_add(struct data_map *m, const struct record *record, struct sow_error *err);
int data_map_selection(struct data_map *m, const char *path, struct sow_error *err);
/* At most `parse` instructions are parsed for names. */
int data_map_finish(struct data_map *m, size_t parse, struct workers *crew, struct sow_error *err);
/* The object "map"; texts are the map's. */
void data_map_figures(const struct data_map *m, struct figures *f);

#endif
