/* parquet_private.h - what the two halves of Parquet share: parquet.c reads it, parquet_out.c writes it. */
#ifndef IO_PARQUET_PRIVATE_H
#define IO_PARQUET_PRIVATE_H

/* A page of texts that are read in slices is held by carquet until it is told that nobody needs
 * it, which has no place in its public header: the pinned version's own is used for that. */
#include <carquet/carquet.h>
#include <reader/reader_internal.h>

#include "io/parquet.h"

/* Before anything is asked of carquet: it gets its memory from ours. */
void parquet_begin(void);

/* Ours by theirs. */
#define PARQUET_TYPES (CARQUET_PHYSICAL_FIXED_LEN_BYTE_ARRAY + 1)
extern const enum parquet_type parquet_types[PARQUET_TYPES];

#endif
