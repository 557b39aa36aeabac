#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/queue.h"

#define PRODUCERS 4
#define CONSUMERS 3
#define EACH 20000

static void test_order(void **state)
{
	(void)state;
	int items[5];
	struct queue *q = queue_new(3);
	assert_null(queue_take(q, 0));
	for (int round = 0; round < 10; round++) { /* past the end of the ring */
		assert_true(queue_put(q, &items[0]));
		assert_true(queue_put(q, &items[1]));
		assert_true(queue_try_put(q, &items[2]));
		assert_false(queue_try_put(q, &items[3])); /* full */
		assert_ptr_equal(queue_take(q, 0), &items[0]);
		assert_true(queue_try_put(q, &items[3]));
		assert_ptr_equal(queue_take(q, QUEUE_FOREVER), &items[1]);
		assert_ptr_equal(queue_take(q, CLOCK_SECOND), &items[2]);
		assert_ptr_equal(queue_take(q, -1), &items[3]);
		assert_null(queue_take(q, 0));
	}
	queue_free(q);
	queue_free(NULL);
}

static void test_close(void **state)
{
	(void)state;
	int item;
	struct queue *q = queue_new(3);
	queue_put(q, &item);
	queue_put(q, &item);
	queue_close(q);
	assert_false(queue_put(q, &item));
	assert_false(queue_try_put(q, &item));
	assert_ptr_equal(queue_take(q, QUEUE_FOREVER), &item);
	assert_ptr_equal(queue_take(q, 0), &item);
	assert_null(queue_take(q, QUEUE_FOREVER));
	queue_close(q);
	queue_free(q);
}

/* All at once, into less room than they need, and what a closed queue does not take. */
static void *put_three(void *arg)
{
	static int items[3];
	void *all[] = { &items[0], &items[1], &items[2] };
	return queue_put_all(arg, all, 3) == 3 ? arg : NULL;
}

static void test_put_all(void **state)
{
	(void)state;
	int item;
	void *result, *one[] = { &item };
	pthread_t thread;
	struct queue *q = queue_new(2);
	assert_int_equal(queue_put_all(q, one, 0), 0);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(pthread_create(&thread, NULL, put_three, q), 0);
		int *a = queue_take(q, QUEUE_FOREVER), *b = queue_take(q, QUEUE_FOREVER);
		assert_ptr_equal(b, a + 1);
		assert_ptr_equal(queue_take(q, QUEUE_FOREVER), a + 2);
		pthread_join(thread, &result);
		assert_non_null(result);
	}
	queue_put(q, &item);
	queue_close(q);
	assert_int_equal(queue_put_all(q, one, 1), 0);
	assert_ptr_equal(queue_take(q, 0), &item);
	queue_free(q);
}

static void test_waits(void **state)
{
	(void)state;
	struct queue *q = queue_new(1);
	int64_t began = clock_monotonic();
	assert_null(queue_take(q, 50 * CLOCK_MS));
	int64_t took = clock_monotonic() - began;
	assert_true(took >= 50 * CLOCK_MS && took < 5 * CLOCK_SECOND);
	queue_free(q);
}

static void *take_forever(void *arg)
{
	return queue_take(arg, QUEUE_FOREVER);
}

static void *put_once(void *arg)
{
	static int item;
	return queue_put(arg, &item) ? arg : NULL;
}

static void pause_a_little(void)
{
	struct timespec ts = { 0, 20 * 1000 * 1000 };
	nanosleep(&ts, NULL);
}

/* Who waits is woken by what he waits for, and by the end. */
static void test_wakes(void **state)
{
	(void)state;
	int item;
	pthread_t thread;
	void *result;
	struct queue *q = queue_new(1);
	assert_int_equal(pthread_create(&thread, NULL, take_forever, q), 0);
	pause_a_little();
	assert_true(queue_put(q, &item));
	pthread_join(thread, &result);
	assert_ptr_equal(result, &item);
	queue_put(q, &item);
	assert_int_equal(pthread_create(&thread, NULL, put_once, q), 0);
	pause_a_little();
	assert_ptr_equal(queue_take(q, 0), &item);
	pthread_join(thread, &result);
	assert_ptr_equal(result, q);
	assert_int_equal(pthread_create(&thread, NULL, put_once, q), 0); /* full: waits */
	pause_a_little();
	queue_close(q);
	pthread_join(thread, &result);
	assert_null(result);
	assert_non_null(queue_take(q, 0));
	assert_int_equal(pthread_create(&thread, NULL, take_forever, q), 0);
	pthread_join(thread, &result);
	assert_null(result);
	queue_free(q);
	q = queue_new(1);
	assert_int_equal(pthread_create(&thread, NULL, take_forever, q), 0);
	pause_a_little();
	queue_close(q);
	pthread_join(thread, &result);
	assert_null(result);
	queue_free(q);
}

static char items[PRODUCERS][EACH]; /* how often each was taken */
static struct queue *crowd;

static void *produce(void *arg)
{
	char *mine = arg;
	for (int i = 0; i < EACH; i++) {
		bool put = i % 3 ? queue_put(crowd, &mine[i]) : queue_try_put(crowd, &mine[i]);
		if (!put && !queue_put(crowd, &mine[i]))
			return NULL;
	}
	return arg;
}

static void *consume(void *arg)
{
	char *last[PRODUCERS] = { NULL };
	char *p;
	while ((p = queue_take(crowd, QUEUE_FOREVER))) {
		size_t producer = (size_t)(p - items[0]) / EACH;
		if (last[producer] >= p)
			return NULL; /* out of order */
		last[producer] = p;
		++*p;
	}
	return arg;
}

static void test_crowd(void **state)
{
	(void)state;
	pthread_t producers[PRODUCERS], consumers[CONSUMERS];
	void *result;
	crowd = queue_new(7);
	for (int i = 0; i < PRODUCERS; i++)
		assert_int_equal(pthread_create(&producers[i], NULL, produce, items[i]), 0);
	for (int i = 0; i < CONSUMERS; i++)
		assert_int_equal(pthread_create(&consumers[i], NULL, consume, crowd), 0);
	for (int i = 0; i < PRODUCERS; i++) {
		pthread_join(producers[i], &result);
		assert_non_null(result);
	}
	queue_close(crowd);
	for (int i = 0; i < CONSUMERS; i++) {
		pthread_join(consumers[i], &result);
		assert_non_null(result);
	}
	for (int i = 0; i < PRODUCERS * EACH; i++)
		assert_int_equal(items[i / EACH][i % EACH], 1);
	queue_free(crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_put_all),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_wakes),
		cmocka_unit_test(test_crowd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
