#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "run/refusals.h"

static void note(struct refusals *r, int64_t stage, enum finish finish, const char *text)
{
	const struct reply reply = { .finish = finish, .text = view_of(text) };
	refusals_note(r, stage, &reply);
}

static void all_alike(void **state)
{
	(void)state;
	struct refusals r = { 0 };
	char text[32];
	for (int i = 0; i < REFUSALS_ALIKE; i++) {
		assert_false(r.is_hopeless);
		snprintf(text, sizeof(text), "refused: %d tokens", i * 37);
		note(&r, 1, FINISH_ERROR, text);
	}
	assert_true(r.is_hopeless);
	assert_string_equal(r.words, text);
}

/* One answer, or another reason, and it is not the same for all. */
static void not_all_alike(void **state)
{
	(void)state;
	struct refusals r = { 0 };
	note(&r, 1, FINISH_STOP, "an answer");
	for (int i = 0; i < 100; i++) {
		note(&r, 1, FINISH_ERROR, "refused");
		note(&r, 2, FINISH_ERROR, i % REFUSALS_ALIKE ? "refused" : "too long");
	}
	assert_false(r.is_hopeless);
	for (int i = 0; i < REFUSALS_ALIKE; i++)
		note(&r, 3, FINISH_ERROR, "refused");
	assert_true(r.is_hopeless);
}

/* No more are asked than would show it, for a moment. */
static void asked_while_nothing_is_known(void **state)
{
	(void)state;
	struct refusals r = { 0 };
	for (int i = 0; i < REFUSALS_ALIKE; i++) {
		assert_true(refusals_allow(&r, (size_t)i, 1000 + i));
		refusals_asked(&r, 1000 + i);
	}
	assert_false(refusals_allow(&r, REFUSALS_ALIKE, 1000));
	note(&r, 1, FINISH_ERROR, "refused");
	assert_false(refusals_allow(&r, REFUSALS_ALIKE - 1, 999 + REFUSALS_MOMENT));
	struct refusals slow = r, ended = r, answered = r;
	assert_true(refusals_allow(&slow, 1, 1000 + REFUSALS_MOMENT));
	assert_true(refusals_allow(&slow, 1, 1000));
	assert_true(refusals_allow(&ended, 0, 1000));
	note(&answered, 1, FINISH_STOP, "an answer");
	assert_true(refusals_allow(&answered, 1, 1000));
}

/* An answer that comes after all shows that not every request of its stage is refused. */
static void a_late_answer(void **state)
{
	(void)state;
	struct refusals r = { 0 };
	for (int i = 0; i < REFUSALS_ALIKE; i++)
		note(&r, 1, FINISH_ERROR, "refused");
	note(&r, 2, FINISH_STOP, "an answer");
	assert_true(r.is_hopeless);
	note(&r, 1, FINISH_STOP, "an answer");
	assert_false(r.is_hopeless);
	for (int i = 0; i < REFUSALS_ALIKE; i++)
		note(&r, 1, FINISH_ERROR, "refused");
	assert_false(r.is_hopeless);
	for (int i = 0; i < REFUSALS_ALIKE; i++)
		note(&r, 3, FINISH_ERROR, "refused");
	assert_true(r.is_hopeless);
}

static void many_stages(void **state)
{
	(void)state;
	struct refusals r = { 0 };
	for (int i = 0; i < 2000; i++)
		note(&r, i % 100, FINISH_STOP, "an answer");
	for (int i = 0; i < 2000; i++)
		note(&r, i % 100, FINISH_ERROR, "refused");
	assert_false(r.is_hopeless);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_alike), cmocka_unit_test(not_all_alike),
		cmocka_unit_test(a_late_answer),
		cmocka_unit_test(asked_while_nothing_is_known), cmocka_unit_test(many_stages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
