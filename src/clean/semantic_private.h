/* semantic_private.h - what semantic.c and semantic_ranks.c share: records with their vectors. */
#ifndef CLEAN_SEMANTIC_PRIVATE_H
#define CLEAN_SEMANTIC_PRIVATE_H

#include "clean/semantic.h"
#include "vector/vectors.h"

/* A record, or an item of a benchmark. */
struct seen {
	double rank;
	size_t number;               /* as clean_line has it */
	uint32_t file;               /* of an item */
	bool by_record;
};

struct semantic {
	const struct clean_options *clean;
	const struct vectors_source *source;
	struct vectors vectors;      /* of items, then of records */
	struct vectors own[CLEAN_SLOTS]; /* by slot, as read by any thread: no row or one */
	struct seen *seen;
	size_t count, room, items;
	struct view *texts;          /* of the records read, for a maker of vectors */
	size_t text_count, text_room;
	struct arena *arena;         /* owns them */
	uint32_t file;               /* whose items are read */
	uint32_t *order, *near;
	double *cosine;
	size_t next;                 /* the record that is reported next */
	const char *const *against;
};

/* For clean_job: read a record's vector from its field, note the record with it, set its verdict. */
int semantic_read_vector(void *data, struct clean_line *line, struct sow_error *err);
int semantic_note(void *data, struct workers *crew, struct clean_line **lines, size_t count, struct sow_error *err);
int semantic_tell(void *data, struct workers *crew, struct clean_line **lines, size_t count, struct sow_error *err);
/* The items of the benchmarks, which come first. */
int semantic_read_against(struct semantic *s, const struct contamination_options *o, struct workers *crew,
			  struct sow_error *err);
/* For `order`, which is that of the records, `near` and `cosine`. */
void semantic_make_room(struct semantic *s);
void semantic_free(struct semantic *s);       /* NULL is fine */

#endif
