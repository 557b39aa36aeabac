#include "ranks/ranks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "ranks/ranks_threads.h"

/* Assertions of cmocka are for the thread that started the test. */
static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void fill(struct buf *b, size_t from, size_t to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_addch(b, (char)(from * 31 + to * 7 + i * i % 251));
}

/* Lengths from nothing to several pieces, so that some are done before others. */
static size_t length(size_t from, size_t to, size_t n)
{
	return from == to ? 5 : (from * n + to) % 4 * 700000;
}

static void exchange(struct ranks *r, void *data)
{
	size_t n = ranks_count(r), own = ranks_rank(r);
	struct buf out[RANKS_THREADS_MOST], in[RANKS_THREADS_MOST], want = BUF_INIT;
	struct sow_error err = { 0 };
	(void)data;
	for (size_t k = 0; k < n; k++) {
		out[k] = in[k] = (struct buf)BUF_INIT;
		fill(&out[k], own, k, length(own, k, n));
	}
	expect(!ranks_alltoall(r, SOW_OK, out, in, &err));
	for (size_t k = 0; k < n; k++) {
		buf_clear(&want);
		fill(&want, k, own, length(k, own, n));
		expect(!out[k].len && in[k].len == want.len && memcmp(in[k].data, want.data, want.len) == 0);
	}
	for (size_t k = 0; k < n; k++) {
		buf_release(&out[k]);
		buf_release(&in[k]);
	}
	buf_release(&want);
	expect(n == 1 || ranks_traffic(r).bytes > 0);
}

static void tell(struct ranks *r, void *data)
{
	size_t n = ranks_count(r), own = ranks_rank(r);
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT, all = BUF_INIT, want = BUF_INIT;
	uint64_t numbers[2] = { own, 1 }, each[RANKS_THREADS_MOST], one = own * own;
	(void)data;
	expect(!ranks_allreduce(r, SOW_OK, numbers, 2, &err));
	expect(numbers[0] == n * (n - 1) / 2 && numbers[1] == n);
	expect(!ranks_exscan(r, SOW_OK, own + 1, numbers, &err) && numbers[0] == own * (own + 1) / 2);
	expect(!ranks_allgather(r, SOW_OK, &one, sizeof(one), each, &err));
	for (size_t k = 0; k < n; k++)
		expect(each[k] == k * k);
	static const size_t most = 5001;
	uint64_t *many = malloc(most * sizeof(*many));
	for (size_t i = 0; i < most; i++)
		many[i] = (own + 1) * i;
	expect(!ranks_allreduce(r, SOW_OK, many, most, &err) && !ranks_allreduce(r, SOW_OK, many, 101, &err));
	for (size_t i = 0; i < most; i++)
		expect(many[i] == n * (n + 1) / 2 * i * (i < 101 ? n : 1));
	free(many);
	buf_addf(&text, "rank %zu;", own);
	expect(!ranks_gather(r, SOW_OK, &text, &all, &err));
	for (size_t k = 0; k < n; k++)
		buf_addf(&want, "rank %zu;", k);
	expect(own ? all.len == 0 : strcmp(all.data, want.data) == 0);
	expect(!ranks_bcast(r, SOW_OK, n / 2, &text, &err));
	buf_clear(&want);
	buf_addf(&want, "rank %zu;", n / 2);
	expect(strcmp(text.data, want.data) == 0);
	buf_release(&text);
	buf_release(&all);
	buf_release(&want);
}

/* All leave with the message of the lowest that failed, and can go on. */
static void break_off(struct ranks *r, void *data)
{
	size_t n = ranks_count(r), own = ranks_rank(r);
	struct buf out[RANKS_THREADS_MOST], in[RANKS_THREADS_MOST];
	struct sow_error err = { 0 };
	(void)data;
	for (size_t k = 0; k < n; k++)
		out[k] = in[k] = (struct buf)BUF_INIT;
	int status = own >= n / 2 ? error_set(&err, SOW_IO, "rank %zu has no disk", own) : SOW_OK;
	expect(ranks_alltoall(r, status, out, in, &err) == SOW_IO);
	char want[64];
	snprintf(want, sizeof(want), "rank %zu has no disk", n / 2);
	expect(strcmp(err.text, want) == 0);
	expect(ranks_agree(r, SOW_OK, &err) == SOW_OK);
	expect(ranks_agree(r, own == n - 1 ? SOW_NOMEM : SOW_OK, &err) == SOW_NOMEM);
}

static void each(void (*work)(struct ranks *r, void *data))
{
	static const size_t counts[] = { 1, 2, 3, 8 };
	for (size_t i = 0; i < 4; i++)
		ranks_threads(counts[i], work, NULL);
}

static void test_exchange(void **state)
{
	(void)state;
	each(exchange);
}

static void test_tell(void **state)
{
	(void)state;
	each(tell);
}

static void test_fail(void **state)
{
	(void)state;
	each(break_off);
}

static void test_announced(void **state)
{
	(void)state;
	size_t rank;
	unsetenv("OMPI_COMM_WORLD_SIZE");
	unsetenv("PMI_SIZE");
	unsetenv("SLURM_STEP_NUM_TASKS");
	setenv("SLURM_NTASKS", "8", 1); /* of a job whose script this is */
	setenv("SLURM_PROCID", "0", 1);
	assert_int_equal(ranks_announced(&rank), 1);
	setenv("SLURM_STEP_NUM_TASKS", "8", 1);
	setenv("SLURM_PROCID", "5", 1);
	assert_int_equal(ranks_announced(&rank), 8);
	assert_int_equal(rank, 5);
	setenv("OMPI_COMM_WORLD_SIZE", "3", 1);
	setenv("OMPI_COMM_WORLD_RANK", "2", 1);
	setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "2", 1);
	assert_int_equal(ranks_announced(&rank), 3);
	assert_int_equal(rank, 2);
	assert_int_equal(ranks_local_count(), 2);
	setenv("OMPI_COMM_WORLD_SIZE", "many", 1);
	assert_int_equal(ranks_announced(&rank), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_tell),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_announced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
