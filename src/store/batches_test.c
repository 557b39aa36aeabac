#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/batches.h"
#include "store/store.h"

static char dir[] = "/tmp/sow-batches-XXXXXX";
static struct store *store;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return 1;
	store = store_open(dir, STORE_RUN, NULL);
	return store == NULL;
}

static int tear_down(void **state)
{
	char command[64];
	(void)state;
	store_close(store);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static struct hash key_of(unsigned char n)
{
	struct hash h;
	memset(h.bytes, n, HASH_SIZE);
	return h;
}

/* What was sent is found by whoever asks for it after a kill, and by nobody else. */
static void a_request_is_found_in_its_last_batch(void **state)
{
	(void)state;
	struct batches *b = batches_open(dir, "one", NULL), *other = batches_open(dir, "two", NULL);
	struct hash a = key_of(1), c = key_of(2), d = key_of(3);
	const struct hash *first[] = { &a, &c }, *second[] = { &c, &d };
	struct batch_row row, again, found;
	assert_int_equal(batches_find(b, &a, &found, NULL), 0);
	assert_int_equal(batches_add(b, first, 2, &row, NULL), SOW_OK);
	assert_int_equal(strlen(row.name), 32);
	assert_int_equal(batches_add(b, second, 2, &again, NULL), SOW_OK);
	assert_string_not_equal(row.name, again.name);
	assert_int_equal(batches_submitted(b, &again, view_of("batch_7"), true, NULL), SOW_OK);
	batches_close(b);

	b = batches_open(dir, "one", NULL);
	assert_int_equal(batches_find(b, &a, &found, NULL), 1);
	assert_int_equal(found.id, row.id);
	assert_int_equal(found.state, BATCH_PENDING);
	assert_string_equal(found.remote, "");
	assert_int_equal(batches_find(b, &c, &found, NULL), 1);
	assert_int_equal(found.id, again.id);
	assert_string_equal(found.remote, "batch_7");
	assert_int_equal(found.state, BATCH_SUBMITTED);
	assert_int_equal(batches_find(other, &c, &found, NULL), 0);
	assert_int_equal(batches_knows(b, view_of("batch_7"), NULL), 1);
	assert_int_equal(batches_knows(b, view_of("batch_8"), NULL), 0);
	/* What it may only be others may be, too. */
	assert_int_equal(batches_submitted(b, &row, view_of("batch_8"), false, NULL), SOW_OK);
	assert_int_equal(row.state, BATCH_PENDING);
	assert_int_equal(batches_knows(b, view_of("batch_8"), NULL), 0);

	struct arena *arena = arena_new();
	struct batch_row *list;
	struct batches_left left;
	size_t count;
	assert_int_equal(store_batches(store, arena, &list, &count, NULL), SOW_OK);
	assert_int_equal(count, 2);
	assert_int_equal(list[1].requests, 2);
	assert_string_equal(list[1].teacher, "one");
	assert_int_equal(store_batches_left(store, &left, NULL), SOW_OK);
	assert_int_equal(left.batches, 2); /* one of them surely, the other by its size */
	assert_int_equal(left.requests, 4);
	arena_free(arena);

	assert_int_equal(batches_free_requests(b, second, 1, NULL), SOW_OK);
	assert_int_equal(batches_find(b, &c, &found, NULL), 0);
	assert_int_equal(batches_find(b, &d, &found, NULL), 1);
	assert_int_equal(batches_forget(b, &row, NULL), SOW_OK);
	assert_int_equal(batches_find(b, &a, &found, NULL), 0);
	batches_close(b);
	batches_close(other);
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	(void)state;
	struct batches *b = batches_open(dir, "three", NULL);
	struct hash a = key_of(9);
	const struct hash *keys[] = { &a };
	struct batch_row row;
	char name[BATCH_REMOTE_SIZE + 1];
	memset(name, 'x', BATCH_REMOTE_SIZE);
	name[BATCH_REMOTE_SIZE] = '\0';
	assert_int_equal(batches_add(b, keys, 1, &row, NULL), SOW_OK);
	assert_int_equal(batches_submitted(b, &row, view_of(name), true, NULL), SOW_TOOBIG);
	batches_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_found_in_its_last_batch),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
