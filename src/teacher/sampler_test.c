#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "teacher/sampler.h"

#define TOKENS 5
#define DRAWS 40000

/* Probabilities 0.4, 0.3, 0.15, 0.1, 0.05 at temperature 1, in mixed order. */
static const double shares[TOKENS] = { 0.1, 0.4, 0.05, 0.3, 0.15 };

static void fill(float logits[TOKENS])
{
	for (size_t i = 0; i < TOKENS; i++)
		logits[i] = (float)(log(shares[i]) + 3);
}

/* How often each token comes, of many seeds. */
static void tally(const struct sampling *how, const int32_t *ids, size_t count,
		  double out[TOKENS])
{
	struct sampler *s = sampler_new(TOKENS);
	assert_non_null(s);
	memset(out, 0, TOKENS * sizeof(*out));
	for (uint64_t seed = 0; seed < DRAWS; seed++) {
		float logits[TOKENS];
		fill(logits);
		out[sampler_pick(s, logits, how, seed, ids, count)] += 1.0 / DRAWS;
	}
	sampler_free(s);
}

static void assert_near(const double got[TOKENS], const double wanted[TOKENS])
{
	for (size_t i = 0; i < TOKENS; i++) {
		if (fabs(got[i] - wanted[i]) > 0.012)
			fail_msg("token %zu: %.3f of the draws, not %.3f", i, got[i], wanted[i]);
	}
}

static void draws_as_the_model_says(void **state)
{
	(void)state;
	double got[TOKENS];
	tally(&(struct sampling){ .temperature = 1, .top_p = 1 }, NULL, 0, got);
	assert_near(got, shares);
}

static void temperature_sharpens(void **state)
{
	(void)state;
	double got[TOKENS], wanted[TOKENS], sum = 0;
	for (size_t i = 0; i < TOKENS; i++)
		sum += wanted[i] = shares[i] * shares[i];
	for (size_t i = 0; i < TOKENS; i++)
		wanted[i] /= sum;
	tally(&(struct sampling){ .temperature = 0.5, .top_p = 1 }, NULL, 0, got);
	assert_near(got, wanted);
}

static void first_token_has_its_own_temperature(void **state)
{
	(void)state;
	static const int32_t before[] = { 0 };
	const struct sampling how = { .temperature = 0.5, .top_p = 1, .first_temperature = 1 };
	double got[TOKENS], wanted[TOKENS];
	tally(&how, NULL, 0, got);
	assert_near(got, shares);
	tally(&(struct sampling){ .temperature = 0.5, .top_p = 1 }, before, 1, wanted);
	tally(&how, before, 1, got);
	assert_near(got, wanted);
}

static void top_p_keeps_the_fewest_that_reach_it(void **state)
{
	(void)state;
	double got[TOKENS];
	const double two[TOKENS] = { [1] = 4.0 / 7, [3] = 3.0 / 7 };
	const double three[TOKENS] = { [1] = 0.4 / 0.85, [3] = 0.3 / 0.85, [4] = 0.15 / 0.85 };
	const double one[TOKENS] = { [1] = 1 };
	tally(&(struct sampling){ .temperature = 1, .top_p = 0.65 }, NULL, 0, got);
	assert_near(got, two);
	tally(&(struct sampling){ .temperature = 1, .top_p = 0.8 }, NULL, 0, got);
	assert_near(got, three);
	tally(&(struct sampling){ .temperature = 1, .top_p = 0.01 }, NULL, 0, got);
	assert_near(got, one);
}

static void top_k_keeps_k_and_comes_before_top_p(void **state)
{
	(void)state;
	double got[TOKENS];
	const double two[TOKENS] = { [1] = 4.0 / 7, [3] = 3.0 / 7 };
	const double one[TOKENS] = { [1] = 1 };
	tally(&(struct sampling){ .temperature = 1, .top_p = 1, .top_k = 2 }, NULL, 0, got);
	assert_near(got, two);
	/* Of two, the first has 4/7 and is enough. */
	tally(&(struct sampling){ .temperature = 1, .top_p = 0.5, .top_k = 2 }, NULL, 0, got);
	assert_near(got, one);
	tally(&(struct sampling){ .temperature = 1, .top_p = 1, .top_k = 99 }, NULL, 0, got);
	assert_near(got, shares);
}

static void penalties_count_what_was_written(void **state)
{
	(void)state;
	/* Token 1 came twice, token 3 once. */
	const int32_t ids[] = { 1, 3, 1 };
	double got[TOKENS], wanted[TOKENS], sum = 0;
	for (size_t i = 0; i < TOKENS; i++)
		wanted[i] = shares[i];
	wanted[1] *= exp(-0.5 - 2 * 0.25);
	wanted[3] *= exp(-0.5 - 0.25);
	for (size_t i = 0; i < TOKENS; i++)
		sum += wanted[i];
	for (size_t i = 0; i < TOKENS; i++)
		wanted[i] /= sum;
	tally(&(struct sampling){ .temperature = 1, .top_p = 1, .presence_penalty = 0.5,
				  .frequency_penalty = 0.25 }, ids, 3, got);
	assert_near(got, wanted);
}

static void greedy_takes_the_highest_and_of_equals_the_first(void **state)
{
	(void)state;
	struct sampler *s = sampler_new(TOKENS);
	const struct sampling greedy[] = {
		{ .temperature = 0, .top_p = 1 },
		{ .temperature = 0.7, .top_p = 0 },
		{ .temperature = 0.7, .top_p = 1, .top_k = 1 },
	};
	for (size_t i = 0; i < 3; i++) {
		float logits[TOKENS] = { -1, 2, 3, 3, 0 };
		assert_int_equal(sampler_pick(s, logits, &greedy[i], 5, NULL, 0), 2);
	}
	/* A penalty is heeded by greedy as well. */
	const int32_t ids[] = { 2 };
	float logits[TOKENS] = { -1, 2, 3, 3, 0 };
	struct sampling how = { .presence_penalty = 1 };
	assert_int_equal(sampler_pick(s, logits, &how, 5, ids, 1), 3);
	sampler_free(s);
}

static void same_seed_same_token_and_every_place_its_own(void **state)
{
	(void)state;
	struct sampler *s = sampler_new(TOKENS);
	const struct sampling how = { .temperature = 1, .top_p = 1 };
	const int32_t ids[64] = { 0 };
	int changes = 0;
	int32_t before = -1;
	for (size_t place = 0; place < 64; place++) {
		float a[TOKENS], b[TOKENS];
		fill(a);
		fill(b);
		int32_t token = sampler_pick(s, a, &how, 9, ids, place);
		assert_int_equal(sampler_pick(s, b, &how, 9, ids, place), token);
		changes += token != before;
		before = token;
	}
	assert_true(changes > 20);
	sampler_free(s);
}

static void odd_logits_do_no_harm(void **state)
{
	(void)state;
	struct sampler *s = sampler_new(TOKENS);
	const struct sampling hows[] = {
		{ .temperature = 1, .top_p = 1 },
		{ .temperature = 1, .top_p = 0.9 },
		{ .temperature = 1, .top_p = 0.9, .top_k = 3 },
		{ .temperature = 1e-30, .top_p = 0.9 },
	};
	for (size_t i = 0; i < sizeof(hows) / sizeof(*hows); i++) {
		float one[TOKENS] = { NAN, -INFINITY, 1, NAN, -INFINITY };
		assert_int_equal(sampler_pick(s, one, &hows[i], 3, NULL, 0), 2);
		float none[TOKENS] = { NAN, NAN, NAN, NAN, NAN };
		assert_in_range(sampler_pick(s, none, &hows[i], 3, NULL, 0), 0, TOKENS - 1);
		float low[TOKENS] = { -INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY };
		assert_in_range(sampler_pick(s, low, &hows[i], 3, NULL, 0), 0, TOKENS - 1);
		float huge[TOKENS] = { 3e38f, -3e38f, 0, INFINITY, -3e38f };
		assert_in_range(sampler_pick(s, huge, &hows[i], 3, NULL, 0), 0, TOKENS - 1);
	}
	sampler_free(s);
}

/* A vocabulary of real size, flat: nearly all of it is needed to reach top p. */
static void a_flat_vocabulary_is_drawn_from_evenly(void **state)
{
	(void)state;
	enum { MANY = 5000 };
	static float logits[MANY];
	struct sampler *s = sampler_new(MANY);
	const struct sampling how = { .temperature = 1, .top_p = 0.99 };
	double mean = 0;
	for (uint64_t seed = 0; seed < 400; seed++) {
		for (size_t i = 0; i < MANY; i++)
			logits[i] = -30;
		logits[0] = -29;
		mean += sampler_pick(s, logits, &how, seed, NULL, 0) / 400.0;
	}
	assert_true(fabs(mean - MANY / 2.0) < MANY / 10.0);
	sampler_free(s);
}

/* Allows the tokens whose bits are set; counts what it was asked. */
struct allowed {
	unsigned bits;
	int asked, masked;
};

static bool allows(void *data, int32_t token)
{
	struct allowed *a = data;
	a->asked++;
	return a->bits >> token & 1;
}

static void mask(void *data, float *logits)
{
	struct allowed *a = data;
	a->masked++;
	for (int i = 0; i < TOKENS; i++) {
		if (!(a->bits >> i & 1))
			logits[i] = -INFINITY;
	}
}

/* Refused tokens never come, and the others as often as without them. */
static void a_filter_leaves_the_shares_of_the_others(void **state)
{
	(void)state;
	struct sampler *s = sampler_new(TOKENS);
	struct allowed a = { .bits = 1 << 0 | 1 << 3 | 1 << 4 };
	const struct sampler_filter filter = { allows, mask, &a };
	const struct sampling how = { .temperature = 1, .top_p = 1 };
	double got[TOKENS] = { 0 }, left = 0.1 + 0.3 + 0.15;
	const double wanted[TOKENS] = { [0] = 0.1 / left, [3] = 0.3 / left, [4] = 0.15 / left };
	for (uint64_t seed = 0; seed < DRAWS; seed++) {
		float logits[TOKENS];
		fill(logits);
		got[sampler_pick_allowed(s, logits, &how, seed, NULL, 0, &filter)] += 1.0 / DRAWS;
	}
	assert_near(got, wanted);
	/* all are asked about only when the first choice was refused: 0.45 of the draws */
	assert_in_range(a.masked, DRAWS * 44 / 100, DRAWS * 46 / 100);
	assert_int_equal(a.asked, DRAWS + a.masked);
	sampler_free(s);
}

static void a_filter_that_allows_all_changes_nothing(void **state)
{
	(void)state;
	struct sampler *s = sampler_new(TOKENS);
	struct allowed a = { .bits = ~0u };
	const struct sampler_filter filter = { allows, mask, &a };
	const struct sampling hows[] = {
		{ .temperature = 1, .top_p = 1 }, { .temperature = 0.5, .top_p = 0.9 }, { .top_p = 1 },
	};
	for (uint64_t seed = 0; seed < 300; seed++) {
		float x[TOKENS], y[TOKENS];
		fill(x);
		fill(y);
		assert_int_equal(sampler_pick_allowed(s, x, &hows[seed % 3], seed, NULL, 0, &filter),
				 sampler_pick(s, y, &hows[seed % 3], seed, NULL, 0));
	}
	assert_int_equal(a.masked, 0);
	sampler_free(s);
}

static void a_filter_and_greedy(void **state)
{
	(void)state;
	struct sampler *s = sampler_new(TOKENS);
	struct allowed a = { .bits = 1 << 2 | 1 << 4 };
	const struct sampler_filter filter = { allows, mask, &a };
	const struct sampling how = { .top_p = 1 };
	float logits[TOKENS];
	fill(logits);
	assert_int_equal(sampler_pick_allowed(s, logits, &how, 0, NULL, 0, &filter), 4);
	/* penalties count here, too: token 4 came four times */
	const struct sampling penalty = { .top_p = 1, .frequency_penalty = 1 };
	const int32_t ids[] = { 4, 4, 4, 4 };
	fill(logits);
	assert_int_equal(sampler_pick_allowed(s, logits, &penalty, 0, ids, 4, &filter), 2);
	a.bits = 0;
	fill(logits);
	assert_int_equal(sampler_pick_allowed(s, logits, &how, 0, NULL, 0, &filter), -1);
	sampler_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_as_the_model_says),
		cmocka_unit_test(temperature_sharpens),
		cmocka_unit_test(first_token_has_its_own_temperature),
		cmocka_unit_test(top_p_keeps_the_fewest_that_reach_it),
		cmocka_unit_test(top_k_keeps_k_and_comes_before_top_p),
		cmocka_unit_test(penalties_count_what_was_written),
		cmocka_unit_test(greedy_takes_the_highest_and_of_equals_the_first),
		cmocka_unit_test(same_seed_same_token_and_every_place_its_own),
		cmocka_unit_test(odd_logits_do_no_harm),
		cmocka_unit_test(a_flat_vocabulary_is_drawn_from_evenly),
		cmocka_unit_test(a_filter_leaves_the_shares_of_the_others),
		cmocka_unit_test(a_filter_that_allows_all_changes_nothing),
		cmocka_unit_test(a_filter_and_greedy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
