/* ranks_private.h - a transport carries bytes between ranks: MPI, or threads in a test.
 *
 * ranks.c makes every call of ranks.h of these two collectives.
 */
#ifndef RANKS_RANKS_PRIVATE_H
#define RANKS_RANKS_PRIVATE_H

#include <stddef.h>

#include "sow/sow.h"

struct ranks_transport {
	/* all[k · len …] is what rank k gave. */
	void (*allgather)(void *data, const void *own, size_t len, void *all);
	/* Rank k is sent out_len[k] bytes, which begin at out + out_at[k]; from it come in_len[k], to
	 * in + in_at[k]. */
	void (*alltoall)(void *data, const void *out, const int *out_len, const int *out_at, void *in,
			 const int *in_len, const int *in_at);
	void (*leave)(void *data);
};

/* Ranks over an open transport, whose `data` this is. NULL when out of memory; the transport is then still
 * open. */
struct ranks *ranks_new(const struct ranks_transport *transport, void *data, size_t rank, size_t count);

/* Starts MPI. NULL on failure. */
struct ranks *ranks_new_mpi(struct sow_error *err);

#endif
