#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "run/budget.h"
#include "base/money.h"

static void amounts(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t nano;
		const char *printed;
	} good[] = {
		{ "5", 5000000000, "5.00" },
		{ "0.15", 150000000, "0.15" },
		{ ".5", 500000000, "0.50" },
		{ "2.", 2000000000, "2.00" },
		{ "0.000000001", 1, "0.000000001" },
		{ "123456789.123456789", 123456789123456789, "123456789.123456789" },
	};
	static const char *const bad[] = { "", ".", "-1", "1e3", "5 $", "1234567890", "0.0000000001" };
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct buf out = BUF_INIT;
		int64_t nano = -1;
		assert_int_equal(money_parse(view_of(good[i].text), &nano), 0);
		assert_int_equal(nano, good[i].nano);
		money_print(&out, nano, 2);
		assert_string_equal(out.data, good[i].printed);
		buf_release(&out);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t nano;
		assert_true(money_parse(view_of(bad[i]), &nano) < 0);
	}
}

static void tokens_are_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(money_of_tokens(1000000, 150000000), 150000000);
	assert_int_equal(money_of_tokens(1, 150000000), 150);
	assert_int_equal(money_of_tokens(1, 1), 1);
	assert_int_equal(money_of_tokens(5, -1), 0);
	assert_int_equal(money_of_tokens(INT64_MAX, INT64_MAX), INT64_MAX);
}

static void cached_tokens_have_their_price(void **state)
{
	(void)state;
	const struct usage u = { .prompt_tokens = 100, .shared_tokens = 40, .completion_tokens = 10 };
	struct prices p = { 1000000, 500000, 2000000, 0 };
	assert_int_equal(price_of(&p, &u), 60 + 20 + 20);
	p.cached = -1;
	assert_int_equal(price_of(&p, &u), 60 + 40 + 20);
	assert_true(prices_known(&p));
	p.out = -1;
	assert_false(prices_known(&p));
}

/* What is scored is read, and nothing is written. */
static void a_text_to_score_has_its_price(void **state)
{
	(void)state;
	const struct prices p = { 1000000000, -1, 2000000000, 500, 0 };
	struct request *r = request_new();
	request_add(r, ROLE_NONE, false, view_of("123456"));
	int64_t written = budget_estimate(&p, r);
	r->kind = REQUEST_SCORE;
	assert_int_equal(budget_estimate(&p, r), 10 * 1000);
	assert_true(written > 500 * 2000);
	request_set_given(r, view_of("123456789012"));
	assert_int_equal(budget_estimate(&p, r), 14 * 1000);
	request_free(r);
}

/* Reserved and spent never pass the limit, as long as estimates are above. */
static void the_limit_holds(void **state)
{
	(void)state;
	struct budget b = { .limit = 100 };
	int asked = 0;
	while (budget_reserve(&b, 30))
		asked++;
	assert_int_equal(asked, 3);
	budget_charge(&b, 30, 10);
	assert_int_equal(b.spent, 10);
	assert_true(budget_reserve(&b, 30));
	assert_false(budget_reserve(&b, 1));
	assert_true(budget_reserve(&b, 0));
	struct budget none = { .limit = -1 };
	assert_true(budget_reserve(&none, INT64_MAX / 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts),
		cmocka_unit_test(tokens_are_rounded_up),
		cmocka_unit_test(cached_tokens_have_their_price),
		cmocka_unit_test(a_text_to_score_has_its_price),
		cmocka_unit_test(the_limit_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
