#include "ranks/ranks.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "ranks/ranks_private.h"

#define STAGED ((size_t)16 << 20) /* bytes of a send buffer, to all ranks together */
#define PIECE ((size_t)1 << 20)   /* and to one of them */
#define FEW ((size_t)4096)        /* numbers that every rank can receive from every other */

struct ranks {
	const struct ranks_transport *transport;
	void *data;
	size_t rank, count, piece;
	struct ranks_traffic traffic;
	/* of each rank */
	int *lens;                   /* four rows: sizes and offsets sent, and received */
	uint64_t *sizes;
	char *out, *in;              /* pieces */
};

/* The environment */

struct announcement {
	const char *count, *rank, *here;
};

/* One row per launcher. A batch script of Slurm is not a step, and runs as one process. */
static const struct announcement announcements[] = {
	{ "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE" },
	{ "PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS" },
	{ "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", NULL },
};
#define ANNOUNCEMENTS (sizeof(announcements) / sizeof(*announcements))

/* 0: not a number, or not set. */
static size_t number_in(const char *name)
{
	const char *text = name ? getenv(name) : NULL;
	char *end = NULL;
	unsigned long n = text ? strtoul(text, &end, 10) : 0;
	return text && end != text && !*end ? (size_t)n : 0;
}

size_t ranks_announced(size_t *rank)
{
	*rank = 0;
	for (size_t i = 0; i < ANNOUNCEMENTS; i++) {
		size_t count = number_in(announcements[i].count);
		if (!count)
			continue;
		*rank = number_in(announcements[i].rank);
		return count;
	}
	return 1;
}

size_t ranks_local_count(void)
{
	for (size_t i = 0; i < ANNOUNCEMENTS; i++) {
		size_t here = number_in(announcements[i].here);
		if (here)
			return here;
	}
	return 1;
}

/* Alone */

static void allgather_alone(void *data, const void *own, size_t len, void *all)
{
	(void)data;
	if (len)
		memcpy(all, own, len);
}

static void alltoall_alone(void *data, const void *out, const int *out_len, const int *out_at, void *in,
			   const int *in_len, const int *in_at)
{
	(void)data;
	(void)in_len;
	if (out_len[0])
		memcpy((char *)in + in_at[0], (const char *)out + out_at[0], (size_t)out_len[0]);
}

static void leave_alone(void *data)
{
	(void)data;
}

static const struct ranks_transport alone = { allgather_alone, alltoall_alone, leave_alone };

/* Joining and leaving */

static void release(struct ranks *r)
{
	mem_free(r->lens);
	mem_free(r->sizes);
	mem_free(r->out);
	mem_free(r->in);
	mem_free(r);
}

struct ranks *ranks_new(const struct ranks_transport *transport, void *data, size_t rank, size_t count)
{
	struct ranks *r = mem_zalloc(sizeof(*r));
	if (!r)
		return NULL;
	*r = (struct ranks){ .transport = transport, .data = data, .rank = rank, .count = count };
	r->piece = STAGED / count < PIECE ? STAGED / count : PIECE;
	r->lens = mem_zalloc(count * 4 * sizeof(*r->lens));
	r->sizes = mem_zalloc(count * 2 * sizeof(*r->sizes));
	r->out = mem_alloc(count > 1 ? r->piece * count : 1);
	r->in = mem_alloc(count > 1 ? r->piece * count : 1);
	if (r->lens && r->sizes && r->out && r->in)
		return r;
	release(r);
	return NULL;
}

struct ranks *ranks_join(struct sow_error *err)
{
	size_t rank, count = ranks_announced(&rank);
	struct ranks *r = count > 1 ? ranks_new_mpi(err) : ranks_new(&alone, NULL, 0, 1);
	if (!r && count <= 1)
		error_nomem(err);
	if (!r || r->count == count)
		return r;
	error_set(err, SOW_INVALID, "the environment says %zu processes, MPI %zu: was this started by the "
		  "mpirun of Open MPI, or by srun --mpi=pmix?", count, r->count);
	ranks_leave(r);
	return NULL;
}

void ranks_leave(struct ranks *r)
{
	if (!r)
		return;
	r->transport->leave(r->data);
	release(r);
}

size_t ranks_rank(const struct ranks *r)
{
	return r->rank;
}

size_t ranks_count(const struct ranks *r)
{
	return r->count;
}

struct ranks_traffic ranks_traffic(const struct ranks *r)
{
	return r->traffic;
}

/* Calls */

static void allgather(struct ranks *r, const void *own, size_t len, void *all)
{
	r->traffic.calls++;
	r->traffic.bytes += len * (r->count - 1);
	r->transport->allgather(r->data, own, len, all);
}

/* Exchanges pieces of at most r->piece bytes, of out[k] from `at` on. This rank's own data is not
 * sent. */
static void alltoall_pieces(struct ranks *r, struct buf *out, struct buf *in, const uint64_t *coming,
			    size_t at)
{
	size_t n = r->count;
	int *out_len = r->lens, *out_at = out_len + n, *in_len = out_at + n, *in_at = in_len + n;
	for (size_t k = 0; k < n; k++) {
		size_t left = k != r->rank && out[k].len > at ? out[k].len - at : 0;
		size_t due = k != r->rank && coming[k] > at ? (size_t)coming[k] - at : 0;
		out_len[k] = (int)(left < r->piece ? left : r->piece);
		in_len[k] = (int)(due < r->piece ? due : r->piece);
		out_at[k] = in_at[k] = (int)(k * r->piece);
		if (out_len[k])
			memcpy(r->out + out_at[k], out[k].data + at, (size_t)out_len[k]);
		r->traffic.bytes += (uint64_t)out_len[k];
	}
	r->traffic.calls++;
	r->transport->alltoall(r->data, r->out, out_len, out_at, r->in, in_len, in_at);
	for (size_t k = 0; k < n; k++)
		buf_add(&in[k], r->in + in_at[k], (size_t)in_len[k]);
}

/* Writes into `coming` how much each rank sends here; returns the most that any rank sends to another. */
static uint64_t alltoall_sizes(struct ranks *r, const struct buf *out, uint64_t *coming)
{
	size_t n = r->count;
	int *len = r->lens, *at = len + n;
	uint64_t most = 0, *own = coming + n;
	for (size_t k = 0; k < n; k++) {
		own[k] = out[k].len;
		most = k != r->rank && own[k] > most ? own[k] : most;
		len[k] = (int)sizeof(*own);
		at[k] = (int)(k * sizeof(*own));
	}
	r->traffic.calls++;
	r->traffic.bytes += sizeof(*own) * (n - 1);
	r->transport->alltoall(r->data, own, len, at, coming, len, at);
	uint64_t *all = own; /* already sent */
	allgather(r, &most, sizeof(most), all);
	for (size_t k = 0; k < n; k++)
		most = all[k] > most ? all[k] : most;
	return most;
}

struct complaint {
	int32_t status;
	char text[SOW_ERROR_MAX];
};

int ranks_agree(struct ranks *r, int status, struct sow_error *err)
{
	size_t n = r->count, first = 0;
	if (n == 1)
		return status;
	int32_t own = (int32_t)(status < 0 ? status : SOW_OK);
	int32_t *all = (int32_t *)(void *)r->in;
	allgather(r, &own, sizeof(own), all);
	while (first < n && !all[first])
		first++;
	if (first == n)
		return SOW_OK;
	/* its message: a piece that goes to every rank */
	enum sow_status failed = (enum sow_status)all[first];
	size_t room = sizeof(struct complaint);
	int *out_len = r->lens, *out_at = out_len + n, *in_len = out_at + n, *in_at = in_len + n;
	struct complaint mine = { .status = own };
	if (err && err->status)
		memcpy(mine.text, err->text, sizeof(mine.text));
	for (size_t k = 0; k < n; k++) {
		out_len[k] = r->rank == first ? (int)room : 0;
		in_len[k] = k == first ? (int)room : 0;
		out_at[k] = in_at[k] = 0;
	}
	struct complaint said = { .status = failed };
	r->traffic.calls++;
	r->traffic.bytes += r->rank == first ? room * (n - 1) : 0;
	r->transport->alltoall(r->data, &mine, out_len, out_at, &said, in_len, in_at);
	said.text[sizeof(said.text) - 1] = '\0';
	if (failed == SOW_NOMEM)
		return error_set(err, SOW_NOMEM, "rank %zu: out of memory", first);
	return error_set(err, failed, "%s", said.text);
}

int ranks_alltoall(struct ranks *r, int status, struct buf *out, struct buf *in, struct sow_error *err)
{
	size_t n = r->count;
	for (size_t k = 0; k < n; k++) {
		if (!status && buf_failed(&out[k]))
			status = out[k].status == SOW_TOOBIG
				? error_set(err, SOW_TOOBIG, "too much to send at once")
				: error_nomem(err);
		buf_clear(&in[k]);
	}
	status = ranks_agree(r, status, err);
	if (!status && n > 1) {
		uint64_t *coming = r->sizes, most = alltoall_sizes(r, out, coming);
		for (size_t at = 0; at < most; at += r->piece)
			alltoall_pieces(r, out, in, coming, at);
	}
	/* this rank's own data is swapped */
	struct buf own = in[r->rank];
	in[r->rank] = out[r->rank];
	out[r->rank] = own;
	for (size_t k = 0; k < n; k++)
		buf_clear(&out[k]);
	for (size_t k = 0; k < n && !status; k++) {
		if (buf_failed(&in[k]))
			status = error_nomem(err);
	}
	return ranks_agree(r, status, err);
}

int ranks_allgather(struct ranks *r, int status, const void *own, size_t len, void *all,
		    struct sow_error *err)
{
	status = ranks_agree(r, status, err);
	if (!status)
		allgather(r, own, len, all);
	return status;
}

struct buf *ranks_buffers(const struct ranks *r)
{
	struct buf *list = mem_alloc(2 * r->count * sizeof(*list));
	for (size_t k = 0; k < 2 * r->count; k++)
		list[k] = (struct buf){ .data = buf_empty, .cap = SIZE_MAX / 2 };
	return list;
}

void ranks_buffers_free(const struct ranks *r, struct buf *list)
{
	for (size_t k = 0; list && k < 2 * r->count; k++)
		buf_release(&list[k]);
	mem_free(list);
}

int ranks_gather(struct ranks *r, int status, const struct buf *own, struct buf *all,
		 struct sow_error *err)
{
	struct buf *list = ranks_buffers(r);
	status = ranks_agree(r, status, err);
	if (!status) {
		buf_add(&list[0], own->data, own->len);
		status = ranks_alltoall(r, SOW_OK, list, list + r->count, err);
	}
	for (size_t k = 0; k < r->count && !status && r->rank == 0; k++)
		buf_add(all, list[r->count + k].data, list[r->count + k].len);
	if (!status && buf_failed(all))
		status = error_nomem(err);
	ranks_buffers_free(r, list);
	return status;
}

int ranks_bcast(struct ranks *r, int status, size_t from, struct buf *text, struct sow_error *err)
{
	struct buf *list = ranks_buffers(r);
	status = ranks_agree(r, status, err);
	if (!status) {
		for (size_t k = 0; k < r->count && r->rank == from; k++)
			buf_add(&list[k], text->data, k == from ? 0 : text->len);
		status = ranks_alltoall(r, SOW_OK, list, list + r->count, err);
	}
	if (!status && r->rank != from) {
		buf_clear(text);
		buf_add(text, list[r->count + from].data, list[r->count + from].len);
		status = buf_failed(text) ? error_nomem(err) : SOW_OK;
	}
	ranks_buffers_free(r, list);
	return status;
}

int ranks_exscan(struct ranks *r, int status, uint64_t own, uint64_t *before, struct sow_error *err)
{
	uint64_t *all = r->sizes;
	status = ranks_allgather(r, status, &own, sizeof(own), all, err);
	*before = 0;
	for (size_t k = 0; k < r->rank && !status; k++)
		*before += all[k];
	return status;
}

static void add_slice(struct buf *out, const uint64_t *numbers, size_t from, size_t to)
{
	buf_add(out, (const char *)(numbers + from), (to - from) * sizeof(*numbers));
}

/* Each rank sums a slice of the numbers, and sends its sums to all. */
static int sum_slices(struct ranks *r, int status, uint64_t *numbers, size_t count, struct sow_error *err)
{
	size_t n = r->count, from = count * r->rank / n, to = count * (r->rank + 1) / n;
	struct buf *out = ranks_buffers(r), *in = out + n;
	for (size_t k = 0; k < n; k++)
		add_slice(&out[k], numbers, count * k / n, count * (k + 1) / n);
	status = ranks_alltoall(r, status, out, in, err);
	memset(numbers + from, 0, (to - from) * sizeof(*numbers));
	for (size_t k = 0; k < n && !status; k++) {
		const uint64_t *own = (const uint64_t *)(const void *)in[k].data;
		for (size_t i = from; i < to; i++)
			numbers[i] += own[i - from];
	}
	for (size_t k = 0; k < n && !status; k++)
		add_slice(&out[k], numbers, from, to);
	status = ranks_alltoall(r, status, out, in, err);
	for (size_t k = 0; k < n && !status; k++)
		memcpy(numbers + count * k / n, in[k].data, in[k].len);
	ranks_buffers_free(r, out);
	return status;
}

/* Every rank sends all its numbers to all. */
static int sum_shown(struct ranks *r, int status, uint64_t *numbers, size_t count, struct sow_error *err)
{
	uint64_t *all = mem_alloc((r->count * count + 1) * sizeof(*all));
	status = ranks_allgather(r, status, numbers, count * sizeof(*numbers), all, err);
	for (size_t i = 0; i < count && !status; i++) {
		numbers[i] = 0;
		for (size_t k = 0; k < r->count; k++)
			numbers[i] += all[k * count + i];
	}
	mem_free(all);
	return status;
}

int ranks_allreduce(struct ranks *r, int status, uint64_t *numbers, size_t count, struct sow_error *err)
{
	return count > FEW ? sum_slices(r, status, numbers, count, err) : sum_shown(r, status, numbers, count, err);
}
