#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/request.h"
#include "sow/sow.h"

#define MODEL view_of("gguf:00")

/* Parts as one string: a role's first letter (- for none), * if shared, the text. */
static struct request *make(const char *const *parts)
{
	struct request *r = request_new();
	assert_non_null(r);
	for (; *parts; parts++) {
		const char *p = *parts;
		enum role role = *p == 's' ? ROLE_SYSTEM : *p == 'u' ? ROLE_USER
			: *p == 'a' ? ROLE_ASSISTANT : ROLE_NONE;
		bool shared = *++p == '*';
		assert_int_equal(request_add(r, role, shared, view_of(p + shared)), SOW_OK);
	}
	return r;
}

#define PARTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void assert_canonical(struct request *r, const char *expected)
{
	struct buf b = BUF_INIT;
	assert_int_equal(request_canonical(r, MODEL, &b), SOW_OK);
	assert_string_equal(b.data, expected);
	buf_release(&b);
	request_free(r);
}

#define NO_SAMPLING "\"temperature\":0.0,\"top_p\":0.0,\"top_k\":0,\"presence_penalty\":0.0," \
	"\"frequency_penalty\":0.0,\"max_tokens\":0,\"stop\":[],\"sample\":0}"

static void test_canonical(void **state)
{
	(void)state;
	struct request *r = make(PARTS("-*Come up with\n", "-Task 9:"));
	r->sampling = (struct sampling){ .temperature = 0.7, .top_p = 0.5, .presence_penalty = 2,
					 .frequency_penalty = -0.25, .top_k = 40,
					 .max_tokens = 1024 };
	r->sample = 3;
	r->seed = 99; /* these two are not part of it */
	r->tag = 99;
	assert_int_equal(request_add_stop(r, "\n\n"), SOW_OK);
	assert_int_equal(request_add_stop(r, ""), SOW_OK);
	assert_int_equal(request_add_stop(r, "Task 16"), SOW_OK);
	assert_canonical(r, "{\"model\":\"gguf:00\",\"prompt\":\"Come up with\\nTask 9:\","
			 "\"temperature\":0.7,\"top_p\":0.5,\"top_k\":40,\"presence_penalty\":2.0,"
			 "\"frequency_penalty\":-0.25,\"max_tokens\":1024,"
			 "\"stop\":[\"\\n\\n\",\"Task 16\"],\"sample\":3}");
	assert_canonical(make(PARTS("s*Be", "s brief.", "uHi", "aHo", "u\xC3", "u\xA9")),
			 "{\"model\":\"gguf:00\",\"messages\":["
			 "{\"role\":\"system\",\"content\":\"Be brief.\"},"
			 "{\"role\":\"user\",\"content\":\"Hi\"},"
			 "{\"role\":\"assistant\",\"content\":\"Ho\"},"
			 "{\"role\":\"user\",\"content\":\"\xC3\xA9\"}]," NO_SAMPLING);
	assert_canonical(request_new(), "{\"model\":\"gguf:00\",\"prompt\":\"\"," NO_SAMPLING);
	/* minus zero is zero */
	r = make(PARTS("-x"));
	r->sampling.temperature = -0.0;
	r->sampling.top_p = -0.0;
	r->sampling.presence_penalty = -0.0;
	r->sampling.frequency_penalty = -0.0;
	assert_canonical(r, "{\"model\":\"gguf:00\",\"prompt\":\"x\"," NO_SAMPLING);
	/* a schema is part of it only where there is one */
	r = make(PARTS("-x"));
	request_set_schema(r, view_of("{\"type\":\"null\"}"));
	assert_canonical(r, "{\"model\":\"gguf:00\",\"prompt\":\"x\",\"schema\":{\"type\":\"null\"},"
			 NO_SAMPLING);
	/* it is appended */
	struct buf b = BUF_INIT;
	r = make(PARTS("-x"));
	buf_addstr(&b, "> ");
	assert_int_equal(request_canonical(r, MODEL, &b), SOW_OK);
	assert_memory_equal(b.data, "> {\"model\"", 10);
	buf_release(&b);
	request_free(r);
}

static struct hash key_of(struct request *r)
{
	assert_int_equal(request_set_key(r, MODEL, 1), SOW_OK);
	struct hash key = r->key;
	request_free(r);
	return key;
}

static bool same(struct hash a, struct hash b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static void test_keys(void **state)
{
	(void)state;
	struct hash key = key_of(make(PARTS("-abc")));
	/* however it is cut, and whatever is shared */
	assert_true(same(key, key_of(make(PARTS("-*a", "-b", "-", "-c")))));
	assert_false(same(key, key_of(make(PARTS("-abd")))));
	assert_false(same(key, key_of(make(PARTS("uabc")))));
	key = key_of(make(PARTS("sa", "ub")));
	assert_true(same(key, key_of(make(PARTS("s*a", "u*b", "u")))));
	assert_true(same(key, key_of(make(PARTS("sa", "a", "ub")))));
	assert_false(same(key, key_of(make(PARTS("ua", "ub")))));
	assert_false(same(key, key_of(make(PARTS("ub", "sa")))));
	/* each number of the sampling counts, so does the model */
	key = key_of(make(PARTS("-x")));
	for (int i = 0; i < 9; i++) {
		struct request *r = make(PARTS("-x"));
		switch (i) {
		case 0: r->sampling.temperature = 1; break;
		case 1: r->sampling.top_p = 1; break;
		case 2: r->sampling.presence_penalty = 1; break;
		case 3: r->sampling.frequency_penalty = 1; break;
		case 4: r->sampling.top_k = 1; break;
		case 5: r->sampling.max_tokens = 1; break;
		case 6: r->sample = 1; break;
		case 7: request_add_stop(r, "y"); break;
		default: break;
		}
		assert_true(same(key, key_of(r)) == (i == 8));
	}
	struct request *r = make(PARTS("-x"));
	assert_int_equal(request_set_key(r, view_of("other"), 1), SOW_OK);
	assert_false(same(key, r->key));
	request_free(r);
}

/* Computed with Python's hashlib; a change here makes every recorded reply unfindable. */
static void test_known_key(void **state)
{
	(void)state;
	char hex[HASH_HEX_SIZE];
	struct request *r = make(PARTS("-x"));
	assert_int_equal(request_set_key(r, MODEL, UINT64_C(0x0102030405060708)), SOW_OK);
	hash_hex(&r->key, hex);
	assert_string_equal(hex, "e878bedb31626406d2b8cbf3d12b38ec9f9708d01f121dce033e5db53c84f656");
	assert_true(r->seed == UINT64_C(0x78E58D4CF350576A));
	uint64_t seed = r->seed;
	struct hash key = r->key;
	assert_int_equal(request_set_key(r, MODEL, 1), SOW_OK);
	assert_true(same(key, r->key));
	assert_true(r->seed != seed);
	request_free(r);
}

static void test_refused(void **state)
{
	(void)state;
	static const struct {
		const char *const parts[4];
		int status;
	} cases[] = {
		{ { "-a", "ub" }, SOW_USAGE },
		{ { "ub", "ua", "-a" }, SOW_USAGE },
		{ { "-a\xFF" }, SOW_INVALID },
		{ { "u\xC3", "a\xA9" }, SOW_INVALID },
		{ { "ua", "-" }, SOW_OK }, /* an empty part is none */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request *r = make(cases[i].parts);
		struct buf b = BUF_INIT;
		assert_int_equal(request_canonical(r, MODEL, &b), cases[i].status);
		assert_int_equal(request_set_key(r, MODEL, 1), cases[i].status);
		assert_true((b.len == 0) == (cases[i].status != SOW_OK));
		buf_release(&b);
		request_free(r);
	}
	struct request *r = make(PARTS("-x"));
	r->sampling.temperature = NAN;
	assert_int_equal(request_set_key(r, MODEL, 1), SOW_INVALID);
	r->sampling.temperature = 0;
	assert_int_equal(request_set_key(r, view_of("\x80"), 1), SOW_INVALID);
	request_free(r);
}

static void test_room(void **state)
{
	(void)state;
	struct request *r = request_new();
	char text[2] = "a";
	for (int i = 0; i < REQUEST_PARTS_MAX; i++) {
		text[0] = (char)('a' + i % 26);
		assert_int_equal(request_add(r, ROLE_NONE, false, view_of(text)), SOW_OK);
	}
	assert_int_equal(request_add(r, ROLE_NONE, false, view_of(text)), SOW_TOOBIG);
	assert_int_equal(request_add(r, ROLE_NONE, false, view_of("")), SOW_OK);
	assert_int_equal(r->part_count, REQUEST_PARTS_MAX);
	for (int i = 0; i < STOPS_MAX; i++) {
		text[0] = (char)('a' + i);
		assert_int_equal(request_add_stop(r, text), SOW_OK);
	}
	assert_int_equal(request_add_stop(r, text), SOW_TOOBIG);
	/* texts were copied */
	assert_true(view_eqstr(r->parts[0].text, "a"));
	assert_true(view_eqstr(r->sampling.stops[7], "h"));
	request_free(r);
	request_free(NULL);
}

/* Replies */

static void test_reply(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *fixed; /* as Python's decode("utf-8", "replace") has it */
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80" },
		{ "a\xFFz", "a?z" },
		{ "a\x80\x80z", "a??z" },
		{ "\xC0\x80", "??" },
		{ "\xC3", "?" },
		{ "\xC3z", "?z" },
		{ "\xE2\x82", "?" },
		{ "\xE2\x82\xE2\x82\xAC", "?\xE2\x82\xAC" },
		{ "\xE2\x28\xA1", "?(?" },
		{ "\xE0\x80\xAF", "???" },
		{ "\xE0\xA0z", "?z" },
		{ "\xED\xA0\x80", "???" },
		{ "\xED\x9Fz", "?z" },
		{ "\xF0\x9F\x98", "?" },
		{ "\xF0\x9F\x98z", "?z" },
		{ "\xF0\x80\x80\x80", "????" },
		{ "\xF0\x90z", "?z" },
		{ "\xF4\x8F\xBFz", "?z" },
		{ "\xF4\x90\x80\x80", "????" },
		{ "\xF5\x80\x80\x80", "????" },
		{ "\xEF\xBF\xBD", "\xEF\xBF\xBD" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf expected = BUF_INIT;
		for (const char *p = cases[i].fixed; *p; p++)
			buf_add(&expected, *p == '?' ? "\xEF\xBF\xBD" : p, *p == '?' ? 3 : 1);
		size_t len = strlen(cases[i].text);
		char *exact = malloc(len ? len : 1); /* so that ASan sees a byte too many */
		memcpy(exact, cases[i].text, len);
		struct reply *r = reply_new(view_from(exact, len));
		free(exact);
		assert_int_equal(r->text.len, expected.len);
		assert_string_equal(r->text.p, expected.data);
		assert_int_equal(r->finish, FINISH_STOP);
		assert_int_equal(r->took, 0);
		reply_free(r);
		buf_release(&expected);
	}
	struct reply *r = reply_new(view_from("a\0b", 3));
	assert_int_equal(r->text.len, 3);
	reply_free(r);
	r = reply_new((struct view){ NULL, 0 });
	assert_string_equal(r->text.p, "");
	reply_free(r);
	reply_free(NULL);
}

static void test_cut(void **state)
{
	(void)state;
	static const struct {
		const char *stops[3];
		const char *text;
		const char *cut; /* NULL: no stop is met */
	} cases[] = {
		{ { NULL }, "abc", NULL },
		{ { "x" }, "abc", NULL },
		{ { "x" }, "", NULL },
		{ { "abcd" }, "abc", NULL },
		{ { "b" }, "abcb", "a" },
		{ { "a" }, "abc", "" },
		{ { "c" }, "abc", "ab" },
		{ { "c", "b" }, "abc", "a" },  /* the first in the text, */
		{ { "b", "c" }, "abc", "a" },  /* not in the list */
		{ { "bcd", "b" }, "abcd", "a" },
		{ { "cd", "bcd" }, "abcd", "a" },
		{ { "Task 1", "\n\n" }, "x\nTask 10", "x\n" },
		{ { "aab" }, "aaab", "a" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request *r = request_new();
		struct view text = view_of(cases[i].text);
		for (int j = 0; j < 3 && cases[i].stops[j]; j++)
			request_add_stop(r, cases[i].stops[j]);
		assert_true(sampling_cut(&r->sampling, &text) == (cases[i].cut != NULL));
		assert_true(view_eqstr(text, cases[i].cut ? cases[i].cut : cases[i].text));
		request_free(r);
	}
	struct sampling empty = { .stop_count = 1, .stops = { view_of("") } };
	struct view text = view_of("abc");
	assert_false(sampling_cut(&empty, &text));
	assert_int_equal(text.len, 3);
}

static void test_reasoning(void **state)
{
	(void)state;
	struct reply *r = reply_new_reasoned(view_of("42"), view_of("6 by 7\xFF"));
	assert_non_null(r);
	assert_true(view_eqstr(r->text, "42"));
	assert_true(view_eqstr(r->reasoning, "6 by 7\xEF\xBF\xBD"));
	reply_free(r);
}

static void test_unsaid(void **state)
{
	(void)state;
	struct buf line = BUF_INIT;
	struct request *r = request_new();
	assert_int_equal(request_add(r, ROLE_USER, false, view_of("Hi")), SOW_OK);
	r->sampling.temperature = r->sampling.top_p = -1;
	assert_int_equal(request_canonical(r, MODEL, &line), SOW_OK);
	assert_null(strstr(line.data, "temperature"));
	assert_null(strstr(line.data, "top_p"));
	assert_non_null(strstr(line.data, "top_k"));
	buf_release(&line);
	request_free(r);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(role_names[ROLE_NONE], "");
	assert_string_equal(role_names[ROLE_SYSTEM], "system");
	assert_string_equal(role_names[ROLE_USER], "user");
	assert_string_equal(role_names[ROLE_ASSISTANT], "assistant");
	assert_string_equal(finish_names[FINISH_STOP], "stop");
	assert_string_equal(finish_names[FINISH_LENGTH], "length");
	assert_string_equal(finish_names[FINISH_ERROR], "error");
}

/* Another kind is another question; sampling is no part of it. */
static void test_kinds(void **state)
{
	(void)state;
	struct request *r = request_new();
	request_add(r, ROLE_USER, false, view_of("Hi"));
	r->kind = REQUEST_SCORE;
	r->sampling.temperature = 0.5;
	r->sample = 3;
	request_set_given(r, view_of("Ho"));
	assert_canonical(r, "{\"model\":\"gguf:00\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
			    "\"kind\":\"score\",\"given\":\"Ho\"}");
	r = request_new();
	request_add(r, ROLE_NONE, false, view_of("Hi"));
	r->kind = REQUEST_EMBED;
	assert_canonical(r, "{\"model\":\"gguf:00\",\"prompt\":\"Hi\",\"kind\":\"embed\"}");
	/* how much of the text counts */
	r = request_new();
	request_add(r, ROLE_NONE, false, view_of("Hi"));
	r->kind = REQUEST_SCORE;
	r->sampling.max_tokens = 512;
	request_set_given(r, view_of("Ho"));
	assert_canonical(r, "{\"model\":\"gguf:00\",\"prompt\":\"Hi\","
			    "\"kind\":\"score\",\"given\":\"Ho\",\"most\":512}");
}

/* Numbers are kept as bytes. */
static void test_numbers(void **state)
{
	(void)state;
	const float numbers[] = { -0.5f, 0, -1e-30f };
	struct reply *r = reply_new_numbers(numbers, 3);
	struct buf bytes = BUF_INIT;
	reply_numbers_write(r, &bytes);
	assert_memory_equal(bytes.data, "\0\0\0\xbf\0\0\0\0", 8);
	assert_int_equal(bytes.len, 12);
	reply_free(r);
	r = reply_numbers_read(view_from(bytes.data, bytes.len));
	assert_int_equal(r->number_count, 3);
	assert_memory_equal(r->numbers, numbers, sizeof(numbers));
	reply_free(r);
	r = reply_numbers_read(view_of(""));
	assert_true(r && r->numbers && !r->number_count);
	reply_free(r);
	buf_release(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_known_key),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_reasoning),
		cmocka_unit_test(test_unsaid),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
