#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/poller.h"

static struct poller p;
static struct poller_event event;

static int set_up(void **state)
{
	(void)state;
	return poller_init(&p, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	poller_release(&p);
	return 0;
}

static bool hears(int64_t wait)
{
	assert_int_equal(poller_wait(&p, wait, NULL), SOW_OK);
	bool heard = poller_next(&p, &event);
	struct poller_event more;
	assert_false(heard && poller_next(&p, &more));
	return heard;
}

static void what_is_wanted_is_heard(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	poller_opened(&p, ends[0]);
	assert_int_equal(poller_want(&p, ends[0], POLLER_IN, 7), SOW_OK);
	assert_int_equal(poller_want(&p, ends[1], POLLER_OUT, 8), SOW_OK);
	assert_true(hears(0));
	assert_int_equal(event.fd, ends[1]);
	assert_int_equal(event.what, POLLER_OUT);
	assert_int_equal(event.owner, 8);
	assert_int_equal(poller_want(&p, ends[1], 0, 8), SOW_OK);
	assert_false(hears(0));
	assert_int_equal(write(ends[1], "a", 1), 1);
	assert_true(hears(CLOCK_SECOND));
	assert_int_equal(event.fd, ends[0]);
	assert_int_equal(event.what, POLLER_IN);
	assert_int_equal(event.owner, 7);
	/* unwanted, it is silent; wanted again, by another, it is not */
	assert_int_equal(poller_want(&p, ends[0], 0, 7), SOW_OK);
	assert_false(hears(0));
	assert_int_equal(poller_want(&p, ends[0], POLLER_IN, 9), SOW_OK);
	assert_true(hears(0));
	assert_int_equal(event.owner, 9);
	poller_closed(&p, ends[0]);
	close(ends[0]);
	close(ends[1]);
	assert_false(hears(0));
}

/* A number that is used again is another descriptor. */
static void a_closed_one_is_silent(void **state)
{
	(void)state;
	int ends[2], again[2];
	assert_int_equal(pipe(ends), 0);
	poller_opened(&p, ends[0]);
	poller_want(&p, ends[0], POLLER_IN, 1);
	assert_int_equal(write(ends[1], "a", 1), 1);
	assert_int_equal(poller_wait(&p, 0, NULL), SOW_OK);
	poller_closed(&p, ends[0]);
	close(ends[0]);
	assert_int_equal(pipe(again), 0);
	assert_int_equal(again[0], ends[0]);
	poller_opened(&p, again[0]);
	poller_want(&p, again[0], POLLER_IN, 2);
	assert_false(poller_next(&p, &event)); /* what was ready was the one before */
	assert_int_equal(write(again[1], "b", 1), 1);
	assert_true(hears(0));
	assert_int_equal(event.owner, 2);
	close(again[0]);
	close(again[1]);
	close(ends[1]);
}

static void *wake_later(void *data)
{
	struct timespec ts = { 0, 30 * 1000 * 1000 };
	nanosleep(&ts, NULL);
	poller_wake(data);
	return NULL;
}

static void a_wait_can_be_ended(void **state)
{
	(void)state;
	pthread_t thread;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_create(&thread, NULL, wake_later, &p), 0);
		int64_t began = clock_monotonic();
		assert_false(hears(20 * CLOCK_SECOND));
		assert_true(clock_monotonic() - began < 10 * CLOCK_SECOND);
		pthread_join(thread, NULL);
		poller_wake(&p); /* before the wait: it does not begin */
		poller_wake(&p);
		assert_false(hears(20 * CLOCK_SECOND));
		assert_true(clock_monotonic() - began < 10 * CLOCK_SECOND);
		assert_false(hears(0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_wanted_is_heard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_closed_one_is_silent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wait_can_be_ended, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
