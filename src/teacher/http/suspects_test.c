#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "teacher/http/jobs.h"

#define JOBS 8

static struct job jobs[JOBS];
static struct suspects s;
static struct param_support d;
static struct buf words = BUF_INIT, news = BUF_INIT;

/* Each sent a seed and a temperature, which are left out in this order. */
static void send(struct job *j)
{
	const uint32_t parts = 1u << PARAM_SEED | 1u << PARAM_TEMPERATURE;
	j->sent = (struct params_sent){ .without = ((1u << PARAM_COUNT) - 1) & ~(parts & ~d.without),
					.left_out = parts & d.without };
}

static int set_up(void **state)
{
	(void)state;
	memset(jobs, 0, sizeof(jobs));
	s = (struct suspects){ 0 };
	d = (struct param_support){ 0 };
	buf_clear(&words);
	buf_clear(&news);
	buf_addstr(&words, "Bad Request");
	for (int i = 0; i < JOBS; i++)
		send(&jobs[i]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < JOBS; i++)
		mem_free(jobs[i].words);
	buf_release(&words);
	buf_release(&news);
	return 0;
}

static enum suspicion refuse(int i)
{
	return suspects_refused(&s, &d, &jobs[i], &words, false);
}

static void some_refused_alike_are_a_guess(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(refuse(i), SUSPECT_ASIDE);
	assert_int_equal(refuse(3), SUSPECT_AGAIN);
	assert_int_equal(s.count, 3);
	assert_string_equal(jobs[0].words, "Bad Request");
	assert_true(d.guessed == 1u << PARAM_SEED);
	assert_int_equal(refuse(4), SUSPECT_ASIDE); /* it was sent before the guess */
	send(&jobs[3]);
	assert_int_equal(refuse(3), SUSPECT_AGAIN); /* the guess was wrong: one part more */
	send(&jobs[3]);
	assert_true(suspects_answered(&s, &d, &jobs[3], &news));
	assert_non_null(strstr(news.data, "'temperature', 'seed'"));
	int taken = 0;
	while (suspects_take(&s))
		taken++;
	assert_int_equal(taken, 4);
	assert_int_equal(s.count, 0);
	assert_int_equal(refuse(3), SUSPECT_NOT); /* such were answered: it is this one */
}

static void without_a_guess_left_they_fail(void **state)
{
	(void)state;
	assert_int_equal(refuse(0), SUSPECT_ASIDE);
	assert_int_equal(suspects_refused(&s, &d, &jobs[1], &words, true), SUSPECT_ALL_AGAIN);
	assert_true(suspects_take(&s) == &jobs[0]);
	send(&jobs[0]);
	assert_int_equal(refuse(0), SUSPECT_AGAIN);
	send(&jobs[0]);
	assert_int_equal(refuse(0), SUSPECT_FAILED);
	assert_true(d.is_hopeless && !d.guessed && !d.without);
	assert_int_equal(refuse(1), SUSPECT_NOT);
}

static void alone_they_are_asked_or_fail(void **state)
{
	(void)state;
	assert_int_equal(refuse(0), SUSPECT_ASIDE);
	assert_true(suspects_alone(&s, &d));
	assert_true(suspects_alone(&s, &d)); /* older than the guess */
	send(&jobs[0]);
	assert_true(suspects_alone(&s, &d));
	send(&jobs[0]);
	assert_false(suspects_alone(&s, &d));
}

static void an_answer_with_all_parts_clears(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		refuse(i);
	assert_true(d.guessed != 0);
	assert_true(suspects_answered(&s, &d, &jobs[5], &news)); /* sent before */
	assert_int_equal(news.len, 0);
	assert_false(d.guessed || d.without);
	assert_false(suspects_answered(&s, &d, &jobs[6], &news)); /* no news */
}

/* What one server refuses says nothing about another. */
static void servers_are_apart(void **state)
{
	(void)state;
	struct suspects other = { 0 };
	struct param_support support = { 0 };
	for (int i = 0; i < 3; i++)
		refuse(i);
	assert_int_equal(suspects_refused(&other, &support, &jobs[3], &words, false), SUSPECT_ASIDE);
	assert_true(suspects_answered(&other, &support, &jobs[4], &news));
	assert_int_equal(s.count, 3);
	assert_false(d.guessed || support.guessed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(some_refused_alike_are_a_guess, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_guess_left_they_fail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(alone_they_are_asked_or_fail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_answer_with_all_parts_clears, set_up, tear_down),
		cmocka_unit_test_setup_teardown(servers_are_apart, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
