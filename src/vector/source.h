/* source.h - where the vector of a record comes from.
 *
 *     const struct vectors_source from = { .file = "embeddings.npy" };   // or .field = "embedding"
 *     status = vectors_source_open(&from, &v, err);     // a file is read here, all of it
 *     status = vectors_source_add(&from, &v, object, "record 3", err);   // a field here, record by record
 *     status = vectors_source_close(&from, &v, records, err);            // are they as many?
 *
 * Where a maker, such as an embedding model, makes them, the caller passes it all texts.
 */
#ifndef VECTOR_SOURCE_H
#define VECTOR_SOURCE_H

#include <stddef.h>

#include "base/view.h"
#include "io/json.h"
#include "sow/sow.h"
#include "vector/vectors.h"

/* Appends to `out` a row a text, in their order. SOW_OK, or *err set. */
typedef int vectors_maker(void *data, const struct view *texts, size_t count, struct vectors *out,
			  struct sow_error *err);

/* One of them is set; the file has a row a record, in their order. */
struct vectors_source {
	const char *file, *field;
	vectors_maker *make;
	void *data;                  /* of the maker */
};

/* SOW_OK, or with *err set SOW_INVALID, SOW_IO, SOW_NOMEM. `place` begins a message about a record. */
int vectors_source_open(const struct vectors_source *from, struct vectors *v, struct sow_error *err);
int vectors_source_add(const struct vectors_source *from, struct vectors *v, const json_value *object,
		       const char *place, struct sow_error *err);
int vectors_source_close(const struct vectors_source *from, const struct vectors *v, size_t records,
			 struct sow_error *err);

#endif
