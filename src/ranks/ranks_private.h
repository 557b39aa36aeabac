/* ranks_private.h - what carries bytes between ranks: a row of functions, one for each way.
 *
 * All that ranks.h has is made of these two.
 */
#ifndef RANKS_RANKS_PRIVATE_H
#define RANKS_RANKS_PRIVATE_H

#include <stddef.h>

#include "sow/sow.h"

struct ranks_way {
	/* all[k · len …] is what rank k gave. */
	void (*gather)(void *data, const void *own, size_t len, void *all);
	/* Rank k is sent out_len[k] bytes, which begin at out + out_at[k]; from it come in_len[k], to
	 * in + in_at[k]. */
	void (*swap)(void *data, const void *out, const int *out_len, const int *out_at, void *in,
		     const int *in_len, const int *in_at);
	void (*leave)(void *data);
};

/* Ranks that are there already; `data` is the way's. NULL when out of memory, and then it has not
 * been left. */
struct ranks *ranks_by(const struct ranks_way *way, void *data, size_t rank, size_t count);

/* Starts MPI. NULL on failure. */
struct ranks *ranks_by_mpi(struct sow_error *err);

#endif
