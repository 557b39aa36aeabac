#include "clean/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/folder.h"

static struct buf scratch = BUF_INIT;

static struct checkpoints place(size_t rank, uint8_t key)
{
	return (struct checkpoints){ .folder = scratch.data, .name = "decided", .key = { .bytes = { key } },
				    .rank = rank };
}

static void save(const struct checkpoints *c, const uint64_t *entries, size_t count)
{
	struct sow_error err = { 0 };
	uint64_t copy[16];
	memcpy(copy, entries, count * sizeof(*copy));
	const struct checkpoint k = { copy, count, sizeof(*copy), 77, 70 };
	assert_int_equal(checkpoint_save(c, &k, &err), SOW_OK);
}

static bool loads(const struct checkpoints *c, size_t size)
{
	struct checkpoint k = { .size = size };
	bool found = checkpoint_load(c, &k);
	mem_free(k.entries);
	return found;
}

static void test_back(void **state)
{
	(void)state;
	const uint64_t entries[] = { 3, 1, 4, 1, 5 };
	const struct checkpoints c = place(2, 9), none = place(3, 9);
	struct checkpoint k = { .size = sizeof(*entries) };
	assert_false(loads(&c, sizeof(*entries)));
	save(&c, entries, 5);
	assert_true(checkpoint_load(&c, &k));
	assert_int_equal(k.count, 5);
	assert_int_equal(k.before, 77);
	assert_int_equal(k.records, 70);
	assert_memory_equal(k.entries, entries, sizeof(entries));
	mem_free(k.entries);
	save(&c, entries, 0);
	assert_true(loads(&c, sizeof(*entries)));
	assert_false(loads(&none, sizeof(*entries)));
}

static void test_other(void **state)
{
	(void)state;
	const uint64_t entries[] = { 3, 1 };
	const struct checkpoints c = place(0, 9), of_other = place(0, 8);
	save(&c, entries, 2);
	assert_false(loads(&of_other, sizeof(*entries)));
	assert_false(loads(&c, sizeof(*entries) * 2));
	assert_true(loads(&c, sizeof(*entries)));
}

/* A byte that is another, one less or one more: wherever it is. */
static void test_broken(void **state)
{
	(void)state;
	const uint64_t entries[] = { 2, 7, 1 };
	const struct checkpoints c = place(0, 9);
	struct buf path = BUF_INIT;
	char bytes[512];
	save(&c, entries, 3);
	buf_addf(&path, "%s/decided-00000", scratch.data);
	FILE *file = fopen(path.data, "rb");
	assert_non_null(file);
	size_t len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_true(len > sizeof(entries) && len < sizeof(bytes));
	for (size_t i = 0; i <= len + 1; i++) {
		if (i < len)
			bytes[i] ^= 0x10;
		file = fopen(path.data, "wb");
		assert_non_null(file);
		fwrite(bytes, 1, i < len ? len : i == len ? len - 1 : len + 1, file);
		fclose(file);
		if (i < len)
			bytes[i] ^= 0x10;
		assert_false(loads(&c, sizeof(*entries)));
	}
	buf_release(&path);
}

static int begin(void **state)
{
	(void)state;
	return folder_scratch(&scratch, NULL);
}

static int end(void **state)
{
	(void)state;
	folder_remove(scratch.data);
	buf_release(&scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_broken),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
