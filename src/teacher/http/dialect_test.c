#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "teacher/http/dialect.h"

static struct dialect d, sent;
static struct buf notice = BUF_INIT;

/* Everything was sent, but the name of the bound that was not tried yet. */
static int set_up(void **state)
{
	(void)state;
	d = (struct dialect){ 0 };
	sent = (struct dialect){ .without = 1u << DIALECT_MAX_COMPLETION_TOKENS, .stops_most = 2 };
	buf_clear(&notice);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_release(&notice);
	return 0;
}

static enum dialect_news learn(const char *body)
{
	struct answer_words w;
	answer_words_read(view_of(body), &w);
	buf_clear(&notice);
	enum dialect_news news = dialect_learn(&d, &w, &sent, &notice);
	answer_words_release(&w);
	return news;
}

/* What servers are known to say. */
static void refusals_are_understood(void **state)
{
	(void)state;
	static const struct {
		enum dialect_part part;
		const char *body;
	} cases[] = {
		{ DIALECT_MAX_TOKENS,
		  "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with this "
		  "model. Use 'max_completion_tokens' instead.\",\"type\":\"invalid_request_error\",\"param\":"
		  "\"max_tokens\",\"code\":\"unsupported_parameter\"}}" },
		{ DIALECT_TEMPERATURE,
		  "{\"error\":{\"message\":\"Unsupported value: 'temperature' does not support 0.7 with this "
		  "model. Only the default (1) value is supported.\",\"param\":\"temperature\",\"code\":"
		  "\"unsupported_value\"}}" },
		{ DIALECT_TOP_K, "{\"error\":{\"message\":\"Unrecognized request argument supplied: top_k\"}}" },
		{ DIALECT_TOP_K, "{\"error\":{\"message\":\"property 'top_k' is unsupported\"}}" },
		{ DIALECT_TOP_K, "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"top_k\"],"
				 "\"msg\":\"Extra inputs are not permitted\"}]}" },
		{ DIALECT_SEED, "{\"error\":{\"message\":\"Unknown parameter: 'seed'.\"}}" },
		{ DIALECT_STOP, "{\"error\":{\"message\":\"'stop' is not supported with this model.\"}}" },
		{ DIALECT_TOP_P, "{\"error\":{\"message\":\"temperature and top_p cannot both be specified\"}}" },
		{ DIALECT_PRESENCE, "{\"message\":\"presence_penalty: not implemented\"}" },
		{ DIALECT_FREQUENCY, "{\"error\":\"frequency_penalty is not allowed\"}" },
		{ DIALECT_STREAM_OPTIONS, "unexpected field \"stream_options\"" },
		{ DIALECT_SYSTEM, "{\"error\":{\"message\":\"System role not supported\"}}" },
		{ DIALECT_SYSTEM, "{\"message\":\"Developer and system instructions are not enabled\"}" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		set_up(NULL);
		assert_int_equal(learn(cases[i].body), DIALECT_LEARNT);
		assert_int_equal(d.without, 1u << cases[i].part);
		assert_non_null(strstr(notice.data, dialect_part_names[cases[i].part]));
		assert_int_equal(learn(cases[i].body), DIALECT_KNOWN); /* of one sent before */
		assert_int_equal(notice.len, 0);
		sent.without |= 1u << cases[i].part;
		if (cases[i].part != DIALECT_TOP_P) /* that names another one, too */
			assert_int_equal(learn(cases[i].body), DIALECT_NO); /* it was not there */
	}
}

static void other_words_are_not(void **state)
{
	(void)state;
	static const char *const bodies[] = {
		"", "Bad Request",
		"{\"error\":{\"message\":\"temperature must be between 0 and 2\",\"param\":\"temperature\"}}",
		"{\"error\":{\"message\":\"This model does not support images. Please stop.\"}}",
		"{\"error\":{\"message\":\"'temperatures' is not supported\"}}",
		"{\"error\":{\"message\":\"tools: unsupported, whatever the temperature\",\"param\":\"tools\"}}",
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		assert_int_equal(learn(bodies[i]), DIALECT_NO);
		assert_int_equal(d.without, 0);
	}
}

/* Four are sent where that is the bound; none where the text itself is refused. */
static void stops_are_bounded_first(void **state)
{
	(void)state;
	const char *body = "{\"error\":{\"message\":\"Invalid 'stop': array too long. Expected an array with "
			   "maximum length 4, but got an array with length 8 instead.\",\"param\":\"stop\"}}";
	sent.stops_most = 8;
	assert_int_equal(learn(body), DIALECT_LEARNT);
	assert_int_equal(d.stops_most, 4);
	assert_int_equal(d.without, 0);
	assert_int_equal(learn(body), DIALECT_KNOWN);
	sent.stops_most = 4;
	assert_int_equal(learn(body), DIALECT_LEARNT);
	assert_int_equal(d.without, 1u << DIALECT_STOP);
}

/* An answer without a bound is not what was asked for. */
static void one_bound_stays(void **state)
{
	(void)state;
	assert_int_equal(learn("{\"error\":\"'max_tokens' is unknown\"}"), DIALECT_LEARNT);
	sent.without = 1u << DIALECT_MAX_TOKENS;
	assert_int_equal(learn("{\"error\":\"'max_completion_tokens' is unknown\"}"), DIALECT_NO);
	assert_int_equal(d.without, 1u << DIALECT_MAX_TOKENS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(refusals_are_understood, set_up),
		cmocka_unit_test_setup(other_words_are_not, set_up),
		cmocka_unit_test_setup(stops_are_bounded_first, set_up),
		cmocka_unit_test_setup_teardown(one_bound_stays, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
