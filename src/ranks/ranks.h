/* ranks.h - the processes that run one command together, started by mpirun or srun.
 *
 *     struct ranks *r = ranks_join(err);                // one rank unless several were started
 *     size_t k = ranks_rank(r), n = ranks_count(r);
 *     ... buf_add(&out[to], …) for each other rank ...
 *     status = ranks_alltoall(r, status, out, in, err); // in[from] has what each one sent here
 *     ranks_leave(r);
 *
 * Messages are bytes between processors of one kind: numbers are sent as they lie in memory. All
 * ranks make the same calls in the same order. Each call that takes a status is also an agreement:
 * if any rank enters with a failure, every rank leaves the call with the failure of the lowest such
 * rank. So a rank that fails continues to the next call and never leaves others waiting.
 *
 * The environment says whether there are other ranks; without any, the MPI library is not loaded.
 * It is loaded at run time: the program is not linked with it.
 *
 * Threads: one thread of a process makes all calls. Memory: as much again as the piece being sent.
 */
#ifndef RANKS_RANKS_H
#define RANKS_RANKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sow/sow.h"

struct ranks;

/* The number of ranks by the environment, at least 1, and which one this is, from 0. Does not ask MPI. */
size_t ranks_announced(size_t *rank);
/* How many of them run on this machine; at least 1. */
size_t ranks_local_count(void);

/* NULL on failure: SOW_MISSING without MPI, SOW_INVALID where MPI and the environment disagree on the number
 * of ranks, SOW_NOMEM. */
struct ranks *ranks_join(struct sow_error *err);
/* All ranks call it, also after a failure. NULL is fine. */
void ranks_leave(struct ranks *r);

size_t ranks_rank(const struct ranks *r);
size_t ranks_count(const struct ranks *r);

/* The status of the lowest rank that failed, with its message in each rank's *err; or SOW_OK. */
int ranks_agree(struct ranks *r, int status, struct sow_error *err);

/* MPI_Alltoallv: sends out[k] to each rank k and receives in[k] from it; both have ranks_count buffers.
 * Empties `out`. Sends in pieces, so a buffer may be as long as memory allows. */
int ranks_alltoall(struct ranks *r, int status, struct buf *out, struct buf *in, struct sow_error *err);
/* Buffers for ranks_alltoall, as long as memory allows: one a rank to send, then one a rank to receive.
 * NULL is fine to free. */
struct buf *ranks_buffers(const struct ranks *r);
void ranks_buffers_free(const struct ranks *r, struct buf *list);

/* MPI_Allgather: all[k] is what rank k gave, `len` bytes each. */
int ranks_allgather(struct ranks *r, int status, const void *own, size_t len, void *all,
		    struct sow_error *err);
/* MPI_Gatherv to rank 0, which appends to *all the bytes of each rank, in the order of ranks. */
int ranks_gather(struct ranks *r, int status, const struct buf *own, struct buf *all,
		 struct sow_error *err);
/* MPI_Bcast: *text becomes that of rank `from`. */
int ranks_bcast(struct ranks *r, int status, size_t from, struct buf *text, struct sow_error *err);
/* MPI_Exscan: *before is the sum of what the ranks before this one gave, 0 on the first. */
int ranks_exscan(struct ranks *r, int status, uint64_t own, uint64_t *before, struct sow_error *err);
/* MPI_Allreduce: each number becomes the sum of those of all ranks. */
int ranks_allreduce(struct ranks *r, int status, uint64_t *numbers, size_t count, struct sow_error *err);

/* What this rank has sent to others. */
struct ranks_traffic {
	uint64_t bytes;
	uint64_t calls;              /* collective calls */
};
struct ranks_traffic ranks_traffic(const struct ranks *r);

#endif
