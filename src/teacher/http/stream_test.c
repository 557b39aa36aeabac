#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "teacher/http/stream.h"
#include "teacher/http/wire.h"

static struct stream s;
static struct answer a;

/* The same whatever pieces the bytes come in. */
static enum answer_kind read(const char *bytes)
{
	enum answer_kind kind = ANSWER_FINE;
	struct view v = view_of(bytes);
	for (size_t size = 1; size <= v.len + 1; size = size < 8 ? size + 1 : size * 2) {
		struct answer b;
		stream_clear(&s);
		for (size_t at = 0; at < v.len; at += size)
			assert_true(stream_take(&s, view_sub(v, at, at + size)));
		enum answer_kind now = stream_end(&s, NULL, &b);
		if (size > 1) {
			assert_int_equal(now, kind);
			assert_true(view_eq(a.text, b.text) && view_eq(a.reasoning, b.reasoning));
		}
		answer_release(&a);
		a = b;
		kind = now;
	}
	return kind;
}

static int set_up(void **state)
{
	(void)state;
	s = (struct stream)STREAM_INIT;
	s.wire = &wire_openai;
	a = (struct answer)ANSWER_INIT;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	answer_release(&a);
	stream_release(&s);
	return 0;
}

#define CHAT(delta) "data: {\"choices\":[{\"index\":0,\"delta\":" delta ",\"finish_reason\":null}]}\n\n"
#define END(reason) "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}\n\n"

static void pieces_are_joined(void **state)
{
	(void)state;
	assert_int_equal(read(CHAT("{\"role\":\"assistant\",\"content\":\"\"}") CHAT("{\"content\":\"a \"}")
			      CHAT("{\"content\":\"b\"}") END("length")
			      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\n"
			      "data: [DONE]\n\n"), ANSWER_FINE);
	assert_true(view_eqstr(a.text, "a b"));
	assert_int_equal(a.finish, FINISH_LENGTH);
	assert_true(a.counted);
	assert_int_equal(a.usage.prompt_tokens, 5);
	assert_int_equal(a.usage.completion_tokens, 2);
	assert_int_equal(read(": ping\r\n\r\nevent: x\r\nid: 3\r\ndata:{\"choices\":[{\"text\":\"a\"}]}\r\n\r\n"
			      "data:{\"choices\":[{\"text\":\"b\",\"finish_reason\":\"stop\"}]}\r\n\r\n"
			      "data:[DONE]"), ANSWER_FINE);
	assert_true(view_eqstr(a.text, "ab"));
	assert_false(a.counted);
	assert_int_equal(read("\xEF\xBB\xBF" CHAT("{\"content\":\"a\"}") "data: [DONE]\n"), ANSWER_FINE);
	assert_true(view_eqstr(a.text, "a"));
}

static void thoughts_are_kept_apart(void **state)
{
	(void)state;
	read(CHAT("{\"reasoning_content\":\"2\"}") CHAT("{\"reasoning\":\"+2\"}") CHAT("{\"content\":\"4\"}")
	     END("stop"));
	assert_true(view_eqstr(a.text, "4"));
	assert_true(view_eqstr(a.reasoning, "2+2"));
	read(CHAT("{\"content\":\"<thi\"}") CHAT("{\"content\":\"nk>2+2</think>\\n4\"}") END("stop"));
	assert_true(view_eqstr(a.text, "4"));
	assert_true(view_eqstr(a.reasoning, "2+2"));
}

/* The same text as in one piece, whatever the events look like. */
static void events_of_all_kinds_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *events, *text, *reasoning;
	} cases[] = {
		{ CHAT("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]}]}")
		  CHAT("{\"content\":[{\"type\":\"text\",\"text\":\"Hel\"}]}") CHAT("{\"content\":\"lo\"}") END("stop"),
		  "Hello", "hm" },
		{ "data: {\"choices\":[{\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\n",
		  "Hello", "" },
		{ CHAT("{\"content\":\"Hel\"}") CHAT("{\"content\":\"lo\"}")
		  "data: {\"choices\":[{\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\n",
		  "Hello", "" },
		{ CHAT("{\"refusal\":\"No\"}") CHAT("{\"refusal\":\".\",\"content\":null}") END("stop"), "No.", "" },
		{ "data:\n\n" CHAT("{\"content\":\"Hel\"}") "data: heartbeat\n\ndata: 17\n\nevent: ping\ndata: {}\n\n"
		  CHAT("{\"content\":\"lo\"}") END("stop"), "Hello", "" },
		{ CHAT("{\"content\":\"\\ud83d\"}") CHAT("{\"content\":\"\\ude00\"}") END("stop"),
		  "\xF0\x9F\x98\x80", "" },
		{ CHAT("{\"content\":\"\xF0\x9F\"}") CHAT("{\"content\":\"\x98\x80\"}") END("stop"),
		  "\xF0\x9F\x98\x80", "" },
		{ "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"logprob\":NaN}]}\n\n" END("stop"), "Hi", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum answer_kind kind = read(cases[i].events);
		if (kind != ANSWER_FINE || !view_eqstr(a.text, cases[i].text) ||
		    !view_eqstr(a.reasoning, cases[i].reasoning))
			fail_msg("case %zu: kind %d, text '%.*s', reasoning '%.*s'", i, kind,
				 VIEW_ARG(a.text), VIEW_ARG(a.reasoning));
	}
	read(CHAT("{\"content\":\"a\"}") END("eureka"));
	assert_true(view_eqstr(a.reason, "eureka"));
	assert_int_equal(read(CHAT("{\"content\":\" \"}") END("stop")), ANSWER_BLANK);
	assert_int_equal(read(CHAT("{\"content\":\"a\"}") END("abort")), ANSWER_FAILURE);
}

static void what_is_no_answer(void **state)
{
	(void)state;
	assert_int_equal(read(CHAT("{\"content\":\"cut\"}")), ANSWER_MALFORMED);
	assert_int_equal(read("data: [DONE]\n\n"), ANSWER_EMPTY);
	assert_int_equal(read("data: {\"choi\n\n" END("stop")), ANSWER_MALFORMED);
	assert_int_equal(read(END("content_filter")), ANSWER_FILTERED);
	assert_int_equal(read(CHAT("{\"tool_calls\":[{}]}") END("tool_calls")), ANSWER_CALLS);
	assert_int_equal(read(CHAT("{\"content\":\"a\"}") CHAT("{\"tool_calls\":[{}]}") END("tool_calls")),
			 ANSWER_CALLS);
	assert_int_equal(read(CHAT("{\"content\":\"a\"}") END("tool_calls")), ANSWER_FINE);
	assert_int_equal(read(CHAT("{\"content\":\"a\"}") "data: {\"error\":{\"message\":\"no\"}}\n\n"
			      "data: [DONE]\n\n"), ANSWER_FAILURE);
	assert_string_equal(s.body.data, "{\"error\":{\"message\":\"no\"}}");
	assert_int_equal(read(""), ANSWER_MALFORMED);
}

/* Its last line has no newline, so that it is read when all has come. */
static void what_is_too_big_is_no_answer(void **state)
{
	(void)state;
	struct buf half = BUF_INIT;
	struct answer whole;
	buf_addstr(&half, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"");
	while (half.len < STREAM_BODY_MAX / 2 + 100)
		buf_addstr(&half, "aaaaaaaaaaaaaaaa");
	buf_addstr(&half, "\"},\"finish_reason\":\"stop\"}]}");
	assert_true(stream_take(&s, view_from(half.data, half.len)));
	assert_true(stream_take(&s, view_of("\n\n")));
	assert_true(stream_take(&s, view_from(half.data, half.len)));
	assert_int_equal(stream_end(&s, NULL, &whole), ANSWER_MALFORMED);
	answer_release(&whole);
	buf_release(&half);
}

/* Servers that know no streams answer in one piece, and so do all when something is wrong. */
static void one_piece_is_read_too(void **state)
{
	(void)state;
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"data: a\\n\"}}]}"), ANSWER_FINE);
	assert_true(view_eqstr(a.text, "data: a\n"));
	assert_int_equal(read("<html>\ndata: a\n"), ANSWER_PAGE);
	assert_string_equal(s.body.data, "<html>\ndata: a\n");
	assert_int_equal(read("\n\n{\"choices\":[]}"), ANSWER_EMPTY);
	assert_int_equal(read("dat"), ANSWER_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pieces_are_joined, set_up, tear_down),
		cmocka_unit_test_setup_teardown(thoughts_are_kept_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(events_of_all_kinds_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_too_big_is_no_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_piece_is_read_too, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
