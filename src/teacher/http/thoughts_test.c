#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "teacher/http/thoughts.h"

static void splits(const struct thoughts *t, const char *whole, bool is_cut, const char *text,
		   const char *reasoning)
{
	struct buf kept = BUF_INIT;
	struct view v = view_of(whole), thought = view_of("");
	thoughts_split(t, is_cut, &v, &thought, &kept);
	if (!view_eqstr(v, text) || !view_eqstr(thought, reasoning))
		fail_msg("%s: text '%.*s', reasoning '%.*s'", whole, VIEW_ARG(v), VIEW_ARG(thought));
	buf_release(&kept);
}

static void thoughts_go_before(void **state)
{
	(void)state;
	static const char *const whole[] = {
		"<think>hm</think>Hello", "\n<think>\nhm\n</think>\n\nHello", "<thinking>hm</thinking>Hello",
		"[THINK]hm[/THINK]Hello", "<reasoning>hm</reasoning>\nHello", "hm\n</think>\n\nHello",
		"hm</think>\n\nHello", "hm\n[/THINK]\nHello", "<seed:think>hm</seed:think>Hello",
		"<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Hello",
		("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>"
		 "Hello<|return|>"),
		"analysishmassistantfinalHello",
		"<|begin_of_thought|>hm<|end_of_thought|>\n\n<|begin_of_solution|>\nHello<|end_of_solution|>",
		"\xE2\x97\x81think\xE2\x96\xB7hm\xE2\x97\x81/think\xE2\x96\xB7Hello",
	};
	for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
		splits(NULL, whole[i], false, "Hello", "hm");
	splits(NULL, "<think>a</think>\n<think>b</think>Hello", false, "Hello", "a\n\nb");
	splits(NULL, "<think></think>Hello", false, "Hello", "");
}

/* Cut within them. */
static void thoughts_without_an_end(void **state)
{
	(void)state;
	splits(NULL, "<think>2+2 is", true, "", "2+2 is");
	splits(NULL, "<think>\n2+2 is", false, "", "2+2 is");
	splits(NULL, "<|channel|>analysis<|message|>2+2 is", true, "", "2+2 is");
}

static void an_answer_that_speaks_of_tags_is_whole(void **state)
{
	(void)state;
	static const char *const whole[] = {
		("Split the text once at `</think>` and keep the second half:\n\n```python\n"
		 "answer = text.split(\"</think>\", 1)[1]\n```"),
		"The block ends with </think>, and the answer follows.",
		"Put </think>\non a line.",
		"I <think> so",
		"<think> is the tag that opens it.",
		"A reply looks so:\n\n<think>\nhm\n</think>\n\nHello",
		"analysis of the text",
		"Use [THINK] and [/THINK] in pairs.",
	};
	for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
		splits(NULL, whole[i], false, whole[i], "");
}

static void tags_can_be_named(void **state)
{
	(void)state;
	struct thoughts t = { 0 };
	struct sow_error err;
	assert_int_equal(thoughts_add(&t, "<plan> </plan>", &err), SOW_OK);
	splits(&t, "<plan>hm</plan>Hello", false, "Hello", "hm");
	splits(&t, "<think>hm</think>Hello", false, "Hello", "hm");
	splits(NULL, "<plan>hm</plan>Hello", false, "<plan>hm</plan>Hello", "");
	assert_int_equal(thoughts_add(&t, "<plan>", &err), SOW_USAGE);
	assert_int_equal(thoughts_add(&t, "a b c", &err), SOW_USAGE);
	assert_int_equal(thoughts_add(&t, "", &err), SOW_USAGE);
	assert_int_equal(thoughts_add(&t, "none", &err), SOW_OK);
	splits(&t, "<think>hm</think>Hello", false, "<think>hm</think>Hello", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thoughts_go_before),
		cmocka_unit_test(thoughts_without_an_end),
		cmocka_unit_test(an_answer_that_speaks_of_tags_is_whole),
		cmocka_unit_test(tags_can_be_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
