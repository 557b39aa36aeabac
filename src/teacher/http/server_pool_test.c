#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "teacher/http/server_pool.h"

static const struct failure refusal = { .name = "too-many-requests", .slows = true };
static const struct failure broken = { .name = "broken", .strikes = BREAKER_STRIKES };

static struct server servers[3];
static struct server_pool pool;

static void set_up_pool(size_t count)
{
	pool = (struct server_pool){ .list = servers, .count = count };
	for (size_t i = 0; i < count; i++) {
		servers[i] = (struct server){ .address = { .weight = 1 } };
		server_start(&servers[i], 100, 0);
	}
}

static struct server *choose(const struct server *avoid, int64_t now)
{
	int64_t wait;
	return server_pool_choose(&pool, avoid, SLOT_NONE, 100, now, &wait);
}

static void weights_are_shares(void **state)
{
	(void)state;
	int count[3] = { 0 };
	set_up_pool(3);
	servers[1].address.weight = 2;
	servers[2].address.weight = 0.5;
	for (int i = 0; i < 3500; i++) {
		struct ticket t;
		struct server *s = choose(NULL, 0);
		server_sent(s, &pool, 100, &t);
		server_answered(s, &t, 90);
		count[s - servers]++;
	}
	assert_in_range(count[0], 998, 1002);
	assert_in_range(count[1], 1998, 2002);
	assert_in_range(count[2], 498, 502);
}

/* Who was away does not catch up. */
static void back_again_is_one_of_all(void **state)
{
	(void)state;
	int count[2] = { 0 };
	set_up_pool(2);
	servers[0].paused = CLOCK_SECOND;
	for (int i = 0; i < 2000; i++) {
		struct ticket t;
		struct server *s = choose(NULL, i < 1000 ? 0 : 2 * CLOCK_SECOND);
		server_sent(s, &pool, 100, &t);
		server_answered(s, &t, 0);
		count[s - servers]++;
	}
	assert_in_range(count[0], 498, 502);
}

static void a_full_one_waits_for_answers(void **state)
{
	(void)state;
	struct ticket t[3];
	int64_t wait;
	set_up_pool(1);
	servers[0].address.concurrency = 3;
	server_start(&servers[0], 100, 0);
	for (int i = 0; i < 3; i++) {
		assert_ptr_equal(choose(NULL, 0), &servers[0]);
		server_sent(&servers[0], &pool, 100, &t[i]);
	}
	assert_null(server_pool_choose(&pool, NULL, SLOT_NONE, 100, 0, &wait));
	assert_true(wait == INT64_MAX);
	server_ended(&servers[0], &t[1]);
	assert_ptr_equal(choose(NULL, 0), &servers[0]);
}

static void the_avoided_is_the_last_choice(void **state)
{
	(void)state;
	set_up_pool(2);
	for (int i = 0; i < 10; i++)
		assert_ptr_equal(choose(&servers[0], 0), &servers[1]);
	servers[1].paused = CLOCK_SECOND;
	assert_ptr_equal(choose(&servers[0], 0), &servers[0]);
	servers[1].retired = true;
	assert_ptr_equal(choose(&servers[0], 2 * CLOCK_SECOND), &servers[0]);
}

static void limits_say_when(void **state)
{
	(void)state;
	struct ticket t;
	int64_t wait;
	set_up_pool(1);
	servers[0].address.rpm = 60;
	server_start(&servers[0], 100, 0);
	server_sent(choose(NULL, 0), &pool, 100, &t);
	assert_null(server_pool_choose(&pool, NULL, SLOT_NONE, 100, 0, &wait));
	assert_in_range(wait, CLOCK_SECOND, CLOCK_SECOND * 103 / 100);
	assert_non_null(choose(NULL, wait));
	servers[0].address.rpm = 0;
	servers[0].address.tpm = 6000;
	server_start(&servers[0], 100, 0);
	server_sent(choose(NULL, 0), &pool, 100, &t);
	assert_null(server_pool_choose(&pool, NULL, SLOT_NONE, 100, 0, &wait));
	assert_in_range(wait, CLOCK_SECOND, CLOCK_SECOND * 103 / 100);
	server_answered(&servers[0], &t, 10); /* most of it was not used */
	server_pool_choose(&pool, NULL, SLOT_NONE, 100, 0, &wait);
	assert_in_range(wait, CLOCK_SECOND / 20, CLOCK_SECOND / 5);
	/* refused: nothing was used */
	server_start(&servers[0], 100, 0);
	server_sent(choose(NULL, 0), &pool, 100, &t);
	server_failed(&servers[0], &t, &refusal, -1, 0);
	assert_non_null(choose(NULL, 0));
}

static void what_the_server_says_counts(void **state)
{
	(void)state;
	int64_t wait;
	set_up_pool(1);
	ratelimit_update(&servers[0].requests_left, 10, 0, 5 * CLOCK_SECOND, 0, 0);
	assert_null(server_pool_choose(&pool, NULL, SLOT_NONE, 100, 0, &wait));
	assert_int_equal(wait, 5 * CLOCK_SECOND);
	ratelimit_update(&servers[0].tokens_left, 1000, 99, 7 * CLOCK_SECOND, 0, 0);
	server_pool_choose(&pool, NULL, SLOT_NONE, 100, 0, &wait);
	assert_int_equal(wait, 7 * CLOCK_SECOND);
	assert_non_null(choose(NULL, 7 * CLOCK_SECOND));
}

/* One refusal among answers puts off its request only; when all are refused, the server is left
 * alone for as long as it asks. */
static void only_a_row_of_refusals_pauses(void **state)
{
	(void)state;
	struct ticket t;
	set_up_pool(1);
	for (int i = 0; i < 1000; i++) {
		server_sent(choose(NULL, 0), &pool, 100, &t);
		if (i % 3)
			server_failed(&servers[0], &t, &refusal, CLOCK_SECOND, 0);
		else
			server_answered(&servers[0], &t, 0);
	}
	for (int i = 0; i < 20 && choose(NULL, 0); i++) {
		server_sent(choose(NULL, 0), &pool, 100, &t);
		server_failed(&servers[0], &t, &refusal, CLOCK_SECOND, 0);
		assert_true(i < 8);
	}
	assert_null(choose(NULL, CLOCK_SECOND - 1));
	assert_non_null(choose(NULL, CLOCK_SECOND));
}

static void the_broken_is_tried_now_and_then(void **state)
{
	(void)state;
	struct ticket t, second;
	int64_t wait;
	set_up_pool(2);
	server_sent(&servers[0], &pool, 100, &t);
	server_sent(&servers[0], &pool, 100, &second);
	assert_int_equal(server_failed(&servers[0], &t, &broken, -1, 0), SERVER_DOWN);
	assert_int_equal(server_failed(&servers[0], &second, &broken, -1, 0), SERVER_AS_BEFORE);
	assert_int_equal(server_pool_up_count(&pool), 1);
	assert_ptr_equal(choose(NULL, 0), &servers[1]);
	servers[1].retired = true;
	assert_int_equal(server_pool_up_count(&pool), 0);
	assert_null(server_pool_choose(&pool, NULL, SLOT_NONE, 100, 0, &wait));
	assert_int_equal(wait, CLOCK_SECOND);
	server_sent(choose(NULL, wait), &pool, 100, &t);
	assert_true(t.trial);
	assert_null(choose(NULL, wait));
	server_ended(&servers[0], &t); /* says nothing: the next one tries */
	server_sent(choose(NULL, wait), &pool, 100, &t);
	assert_true(t.trial);
	assert_int_equal(server_answered(&servers[0], &t, 0), SERVER_UP);
	assert_int_equal(server_pool_up_count(&pool), 1);
	server_sent(&servers[0], &pool, 100, &t);
	assert_int_equal(server_failed(&servers[0], &t, &broken, -1, 0), SERVER_DOWN);
	server_sent(choose(NULL, CLOCK_SECOND), &pool, 100, &t);
	assert_int_equal(server_failed(&servers[0], &t, &refusal, -1, 0), SERVER_UP); /* it lives */
}

/* A healthy server that makes nothing of some prompts is not left alone for their sake. */
static void one_that_is_there_is_tried_often(void **state)
{
	(void)state;
	static const struct failure empty = { .strikes = BREAKER_STRIKES, .tries = 5 };
	struct ticket t;
	int64_t wait, longest = 0;
	set_up_pool(1);
	server_sent(choose(NULL, 0), &pool, 100, &t);
	server_answered(&servers[0], &t, 0);
	for (int64_t now = 0, i = 0; i < 20; i++, now += wait) {
		server_sent(choose(NULL, now), &pool, 100, &t);
		server_failed(&servers[0], &t, &empty, -1, now);
		assert_null(server_pool_choose(&pool, NULL, SLOT_NONE, 100, now, &wait));
		longest = wait > longest ? wait : longest;
	}
	assert_int_equal(longest, BREAKER_LONGEST_THERE);
}

/* A request of another kind, or one to a server whose form is known, does not wait. */
static void whose_form_is_sought_is_passed_over(void **state)
{
	int64_t wait;
	(void)state;
	set_up_pool(2);
	servers[0].forms.slots[SLOT_SCORE].asking = 1;
	for (int i = 0; i < 3; i++)
		assert_ptr_equal(server_pool_choose(&pool, &servers[1], SLOT_SCORE, 100, 0, &wait), &servers[1]);
	assert_ptr_equal(server_pool_choose(&pool, &servers[1], SLOT_RATE, 100, 0, &wait), &servers[0]);
	servers[1].forms.slots[SLOT_SCORE].asking = 1;
	assert_null(server_pool_choose(&pool, NULL, SLOT_SCORE, 100, 0, &wait));
	assert_true(wait == INT64_MAX);
	servers[0].forms.slots[SLOT_SCORE].is_known = true;
	assert_ptr_equal(server_pool_choose(&pool, NULL, SLOT_SCORE, 100, 0, &wait), &servers[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights_are_shares),
		cmocka_unit_test(back_again_is_one_of_all),
		cmocka_unit_test(a_full_one_waits_for_answers),
		cmocka_unit_test(the_avoided_is_the_last_choice),
		cmocka_unit_test(limits_say_when),
		cmocka_unit_test(what_the_server_says_counts),
		cmocka_unit_test(only_a_row_of_refusals_pauses),
		cmocka_unit_test(the_broken_is_tried_now_and_then),
		cmocka_unit_test(one_that_is_there_is_tried_often),
		cmocka_unit_test(whose_form_is_sought_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
