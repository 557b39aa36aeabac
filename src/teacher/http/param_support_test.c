#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "teacher/http/param_support.h"

static struct param_support d;
static struct params_sent sent;
static struct buf notice = BUF_INIT;

/* Everything was sent, but the name of the bound that was not tried yet. */
static int set_up(void **state)
{
	(void)state;
	d = (struct param_support){ 0 };
	sent = (struct params_sent){ .without = 1u << PARAM_MAX_COMPLETION_TOKENS, .stops = 2 };
	sent.value[PARAM_TEMPERATURE] = 0.7;
	sent.value[PARAM_PRESENCE] = 2;
	sent.value[PARAM_MAX_TOKENS] = 5000;
	buf_clear(&notice);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_release(&notice);
	return 0;
}

static enum param_news learn(const char *body)
{
	struct answer_words w;
	answer_words_read(view_of(body), &w);
	buf_clear(&notice);
	enum param_news news = param_support_learn(&d, &w, &sent, &notice);
	answer_words_release(&w);
	return news;
}

/* What servers are known to say. */
static void refusals_are_understood(void **state)
{
	(void)state;
	static const struct {
		enum param part;
		const char *body;
	} cases[] = {
		{ PARAM_MAX_TOKENS,
		  "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with this "
		  "model. Use 'max_completion_tokens' instead.\",\"type\":\"invalid_request_error\",\"param\":"
		  "\"max_tokens\",\"code\":\"unsupported_parameter\"}}" },
		{ PARAM_TEMPERATURE,
		  "{\"error\":{\"message\":\"Unsupported value: 'temperature' does not support 0.7 with this "
		  "model. Only the default (1) value is supported.\",\"param\":\"temperature\",\"code\":"
		  "\"unsupported_value\"}}" },
		{ PARAM_TOP_K, "{\"error\":{\"message\":\"Unrecognized request argument supplied: top_k\"}}" },
		{ PARAM_TOP_K, "{\"error\":{\"message\":\"property 'top_k' is unsupported\"}}" },
		{ PARAM_TOP_K, "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"top_k\"],"
				 "\"msg\":\"Extra inputs are not permitted\"}]}" },
		{ PARAM_SEED, "{\"error\":{\"message\":\"Unknown parameter: 'seed'.\"}}" },
		{ PARAM_STOP, "{\"error\":{\"message\":\"'stop' is not supported with this model.\"}}" },
		{ PARAM_TOP_P, "{\"error\":{\"message\":\"temperature and top_p cannot both be specified\"}}" },
		{ PARAM_PRESENCE, "{\"message\":\"presence_penalty: not implemented\"}" },
		{ PARAM_FREQUENCY, "{\"error\":\"frequency_penalty is not allowed\"}" },
		{ PARAM_STREAM_OPTIONS, "unexpected field \"stream_options\"" },
		{ PARAM_FORMAT, "Unknown parameter: 'response_format'." },
		{ PARAM_FORMAT, "Invalid schema for response_format 'reply': 'additionalProperties' must be "
		  "false" },
		{ PARAM_FORMAT, "'response_format' of type 'json_schema' is not supported with this model" },
		/* Gemini, xAI, LiteLLM, Mistral, and others in their own spelling */
		{ PARAM_PRESENCE, "[{\"error\":{\"code\":400,\"message\":\"Penalty is not enabled for models/m\"}}]" },
		{ PARAM_PRESENCE, "{\"code\":\"Client specified an invalid argument\",\"error\":\"Argument not "
				    "supported on this model: presencePenalty\"}" },
		{ PARAM_FREQUENCY, "{\"error\":{\"message\":\"UnsupportedParamsError: gemini does not support "
				     "parameters: ['frequency_penalty']\",\"code\":\"400\"}}" },
		{ PARAM_TOP_K, "{\"error\":\"topK may not be given\"}" },
		{ PARAM_TOP_P, "{\"error\":\"top-p: no\"}" },
		{ PARAM_STOP, "{\"error\":\"`stop_sequences` are off\"}" },
		{ PARAM_SEED, "{\"error\":\"Argument not supported: seed\"}" },
		{ PARAM_TEMPERATURE, "{\"error\":\"temperature is deprecated for this model\"}" },
		{ PARAM_TEMPERATURE, "{\"error\":{\"message\":\"temperature must be between 0 and 2\",\"param\":"
				       "\"temperature\"}}" }, /* and it is */
		{ PARAM_SYSTEM, "{\"error\":{\"message\":\"System role not supported\"}}" },
		{ PARAM_SYSTEM, "{\"message\":\"Developer and system instructions are not enabled\"}" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		set_up(NULL);
		assert_int_equal(learn(cases[i].body), PARAM_NEWS_LEARNT);
		assert_int_equal(d.without, 1u << cases[i].part);
		assert_non_null(strstr(notice.data, param_names[cases[i].part]));
		assert_int_equal(learn(cases[i].body), PARAM_NEWS_KNOWN); /* of one sent before */
		assert_int_equal(notice.len, 0);
		sent.without |= 1u << cases[i].part;
		bool names_others = cases[i].part == PARAM_TOP_P || !strncmp(cases[i].body, "[{", 2);
		if (!names_others && learn(cases[i].body) != PARAM_NEWS_NONE) /* it was not there */
			fail_msg("case %zu: %s", i, notice.data);
	}
}

static void other_words_are_not(void **state)
{
	(void)state;
	static const char *const bodies[] = {
		"", "Bad Request",
		"{\"error\":{\"message\":\"What temperature does water boil at?\"}}",
		"{\"error\":{\"message\":\"This model does not support images. Please stop.\"}}",
		"{\"error\":{\"message\":\"'temperatures' is not supported\"}}",
		"{\"error\":{\"message\":\"tools: unsupported, whatever the temperature\",\"param\":\"tools\"}}",
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		assert_int_equal(learn(bodies[i]), PARAM_NEWS_NONE);
		assert_int_equal(d.without, 0);
	}
}

/* A value that is refused is moved into the range, once; then it is left out. */
static void values_are_moved_first(void **state)
{
	(void)state;
	static const struct {
		enum param part;
		double value, moved;
		const char *body;
	} cases[] = {
		{ PARAM_TEMPERATURE, 0, 0.01, "{\"error\":\"Input validation error: `temperature` must be strictly "
						"positive\",\"error_type\":\"validation\"}" },
		{ PARAM_TEMPERATURE, 0, 0.01, "{\"error\":\"temperature 0 is not supported\"}" },
		{ PARAM_TEMPERATURE, 1.5, 1, "{\"error\":\"temperature: should be less than or equal to 1\"}" },
		{ PARAM_PRESENCE, 2, 1.99, "[{\"error\":{\"code\":400,\"message\":\"presencePenalty is 2.0 but the "
					     "supported range is from -2.0 (inclusive) to 2.0 (exclusive)\"}}]" },
		{ PARAM_MAX_TOKENS, 5000, 4096, "{\"error\":{\"message\":\"max_tokens is too large: 5000. This model "
						  "supports at most 4096 completion tokens.\",\"param\":\"max_tokens\"}}" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		set_up(NULL);
		sent.value[cases[i].part] = cases[i].value;
		assert_int_equal(learn(cases[i].body), PARAM_NEWS_LEARNT);
		assert_int_equal(d.without, 0);
		double moved = bounds_clamp(&d.bounds[cases[i].part], cases[i].value);
		if (moved < cases[i].moved - 1e-9 || moved > cases[i].moved + 1e-9)
			fail_msg("case %zu: %g", i, moved);
		assert_int_equal(learn(cases[i].body), PARAM_NEWS_KNOWN); /* of one sent before */
		sent.value[cases[i].part] = moved;
		assert_int_equal(learn(cases[i].body), PARAM_NEWS_LEARNT);
		assert_int_equal(d.without, 1u << cases[i].part);
	}
	set_up(NULL);
	sent.value[PARAM_TEMPERATURE] = 0;
	assert_int_equal(learn("{\"error\":{\"message\":\"'temperature' does not support 0. Only the default (1) value "
			       "is supported.\"}}"), PARAM_NEWS_LEARNT);
	assert_int_equal(d.without, 1u << PARAM_TEMPERATURE);
}

/* One by one, by what is refused most often; or none. */
static void parts_are_guessed(void **state)
{
	(void)state;
	sent.without |= 1u << PARAM_STREAM_OPTIONS | 1u << PARAM_FORMAT;
	assert_true(param_support_guess(&d, &sent));
	assert_int_equal(d.without, 1u << PARAM_TOP_K);
	assert_true(param_support_guess(&d, &sent));
	assert_int_equal(d.without, 1u << PARAM_TOP_K | 1u << PARAM_PRESENCE);
	struct param_support e = d;
	buf_clear(&notice);
	param_support_confirm(&e, &notice);
	assert_string_equal(notice.data, "refused every request without saying why: asked without 'top_k', "
					 "'presence_penalty'");
	assert_int_equal(e.guessed, 0);
	assert_int_equal(e.without, d.without);
	while (param_support_guess(&d, &sent))
		;
	assert_int_equal(d.without, 0);
	assert_false(param_support_guess(&d, &sent));
}

/* Four are sent where that is the bound; none where the text itself is refused. */
static void stops_are_bounded_first(void **state)
{
	(void)state;
	const char *body = "{\"error\":{\"message\":\"Invalid 'stop': array too long. Expected an array with "
			   "maximum length 4, but got an array with length 8 instead.\",\"param\":\"stop\"}}";
	sent.stops = 8;
	assert_int_equal(learn(body), PARAM_NEWS_LEARNT);
	assert_int_equal(d.stops_most, 4);
	assert_int_equal(d.without, 0);
	assert_int_equal(learn(body), PARAM_NEWS_KNOWN);
	sent.stops = 4;
	assert_int_equal(learn(body), PARAM_NEWS_LEARNT);
	assert_int_equal(d.without, 1u << PARAM_STOP);
}

/* An answer without a bound is not what was asked for. */
static void one_bound_stays(void **state)
{
	(void)state;
	assert_int_equal(learn("{\"error\":\"'max_tokens' is unknown\"}"), PARAM_NEWS_LEARNT);
	sent.without = 1u << PARAM_MAX_TOKENS;
	assert_int_equal(learn("{\"error\":\"'max_completion_tokens' is unknown\"}"), PARAM_NEWS_NONE);
	assert_int_equal(d.without, 1u << PARAM_MAX_TOKENS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(refusals_are_understood, set_up),
		cmocka_unit_test_setup(other_words_are_not, set_up),
		cmocka_unit_test_setup(values_are_moved_first, set_up),
		cmocka_unit_test_setup(parts_are_guessed, set_up),
		cmocka_unit_test_setup(stops_are_bounded_first, set_up),
		cmocka_unit_test_setup_teardown(one_bound_stays, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
