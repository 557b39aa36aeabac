#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "method/released.h"
#include "method/reply.h"

/* Texts of a list, each followed by "|". */
static void check_list(const char *reply, bool begun, const char *expected)
{
	struct views v = { 0 };
	struct arena *a = arena_new();
	char got[1024] = "";
	list_read(view_of(reply), begun, a, &v);
	for (size_t i = 0; i < v.count; i++) {
		strncat(got, v.list[i].p, v.list[i].len);
		strcat(got, "|");
	}
	views_release(&v);
	arena_free(a);
	assert_string_equal(got, expected);
}

static void lists(void **state)
{
	(void)state;
	check_list(" Name a river.\nTask 10: Name a lake.\nTask 11: Name a sea.", true,
		   "Name a river.|Name a lake.|Name a sea.|");
	check_list(" One\n10. Two\n11 . Three", true, "One|Two|Three|");
	/* gaps, repeats and other numbers make no difference */
	check_list("One\nTask 12: Two\nTask 12: Three\n3. Four", true, "One|Two|Three|Four|");
	/* the head that the prompt already gave, once more */
	check_list("Task 9: One\nTask 10: Two", true, "One|Two|");
	check_list("\nTask 9: One\nTask 10: Two", true, "One|Two|");
	/* several lines belong together */
	check_list("One\nand more\nTask 10: Two\n\n  Task 11: Three", true, "One\nand more|Two|Three|");
	/* a number alone makes no item: "9.5 litres", "2024", "Task force" */
	check_list("Fill in\n9.5 litres\n2024 was\nTask force", true,
		   "Fill in\n9.5 litres\n2024 was\nTask force|");
	check_list("One\nTask 10:\nTask 11: Three", true, "One||Three|");
	check_list("", true, "|");
}

static void chat_lists(void **state)
{
	(void)state;
	check_list("Sure, here they are:\n\nTask 9: One\nTask 10: Two", false, "One|Two|");
	check_list("Task 9. One\n  10. Two", false, "One|Two|");
	check_list("I cannot help with that.", false, "");
	check_list("", false, "");
}

/* Numbers that each might be of a list within an item are looked at once, not once for each other. */
static void long_replies(void **state)
{
	(void)state;
	static const char *const lines[] = { "9. x\n", "Task 1: a\n9. x\n", "```a\n", "1. Input: a\n",
					     "Example 1\nOutput: b\n" };
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct buf text = BUF_INIT;
		struct views v = { 0 };
		struct instances found = { 0 };
		struct arena *a = arena_new();
		for (int n = 0; n < 20000; n++)
			buf_addstr(&text, lines[i]);
		struct view reply = view_from(text.data, text.len);
		list_read(reply, true, a, &v);
		assert_true(v.count >= 1);
		reply_instances(reply, &found);
		instances_release(&found);
		views_release(&v);
		arena_free(a);
		buf_release(&text);
	}
}

static void yes_and_no(void **state)
{
	(void)state;
	const char *const yes[] = { "Yes", " yes", "YES.", "Yes, it is", "\nyes\n" };
	const char *const no[] = { "No", "", " no yes", "Yesterday", "ye", "It is: yes" };
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		assert_true(reply_yes(view_of(yes[i])));
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		assert_false(reply_yes(view_of(no[i])));
}

/* Each instance as "input>output|". */
static void check_found(struct instances *v, const char *expected)
{
	char got[1024] = "";
	for (size_t i = 0; i < v->count; i++) {
		strncat(got, v->list[i].input.p, v->list[i].input.len);
		strcat(got, ">");
		strncat(got, v->list[i].output.p, v->list[i].output.len);
		strcat(got, "|");
	}
	instances_release(v);
	assert_string_equal(got, expected);
}

static void check_instances(const char *reply, bool released, const char *expected)
{
	struct instances v = { 0 };
	(released ? released_instances : reply_instances)(view_of(reply), &v);
	check_found(&v, expected);
}

static void input_first(void **state)
{
	(void)state;
	check_instances("Example 1\nInput: a\nOutput: b\nExample 2\nInput: c\nOutput: d", false,
			"a>b|c>d|");
	/* a field's own name stays, "Input:" goes */
	check_instances("Example 1\nSentence: a\nWord: x\nOutput: b", false, "Sentence: a\nWord: x>b|");
	check_instances("Example 1.\nInput 1: a\nOutput 1: b\nExample 2:\nc\nOutput : d", false,
			"a>b|c>d|");
	check_instances("Output: b", false, ">b|");
	check_instances("Output:\nb\nc", false, ">b\nc|");
	check_instances(" a\nOutput: b", false, "a>b|");
	/* an answer before the first example is one too */
	check_instances("Output: a\nExample 2\nInput: b\nOutput: c", false, ">a|b>c|");
	/* several pairs in one: the first stands */
	check_instances("Output: b\nInput: c\nOutput: d", false, ">b|");
	check_instances("Example 1\nInput: a\nOutput: b\nOutput: c", false, "a>b|");
	check_instances("Example 1\nInput: a", false, "a>|");
	check_instances("Example 1\nInput: a\nOutput:", false, "a>|");
	check_instances("Example 1\nExample 2\nOutput: b", false, ">b|");
	check_instances("I do not know.", false, "");
	check_instances("", false, "");
	/* marks in a row are no emphasis */
	check_instances("a____Output: b____Input: c", false, "a____>b____|");
	/* an output may speak of examples */
	check_instances("Example 1\nInput: a\nOutput: For Example 2 apples,\nExample sentences help.",
			false, "a>For Example 2 apples,\nExample sentences help.|");
	check_instances("Example 1\nInput: \xE6\x97\xA5\xE6\x9C\xAC\nOutput: Japan", false,
			"\xE6\x97\xA5\xE6\x9C\xAC>Japan|");
}

static void input_first_released(void **state)
{
	(void)state;
	check_instances("Example 1\nInput: a", true, ">|");
	check_instances("Example 1\na", true, ">a|");
	check_instances("Example 1\nOutput: For Example 2 apples", true, ">For|>apples|");
	check_instances("a\nOutput: b", true, "a>b|");
}

static void check_labels(const char *reply, const char *expected)
{
	struct instances v = { 0 };
	reply_labels(view_of(reply), &v);
	check_found(&v, expected);
}

static void output_first(void **state)
{
	(void)state;
	check_labels("Class label: good\nInput: a\nClass label: bad\nInput: b", "a>good|b>bad|");
	check_labels("Class label: good\nReview: a\nb", "Review: a\nb>good|");
	check_labels("Class label: good\nClass label: bad", ">good|>bad|");
	check_labels("Class label:\nClass label: bad\nb", ">|b>bad|");
	check_labels("Class label:\nbad\nb", "b>bad|");
	check_labels("Class label:\nInput: b", "b>|");
	check_labels("Here it is.\nClass label: good\na", "a>good|");
	check_labels("Output: good", "");
}

/* "instruction<input>output|", "!" for what is malformed. */
static void check_records(const char *reply, bool begun, const char *expected)
{
	struct reply_blocks v = { 0 };
	struct buf got = BUF_INIT;
	reply_blocks(view_of(reply), begun, &v);
	for (size_t i = 0; i < v.count; i++) {
		const struct reply_block *r = &v.list[i];
		if (r->malformed)
			buf_addstr(&got, "!|");
		else
			buf_addf(&got, "%.*s<%.*s>%.*s|", VIEW_ARG(r->instruction),
				 VIEW_ARG(r->instance.input), VIEW_ARG(r->instance.output));
	}
	assert_string_equal(got.data, expected);
	reply_blocks_release(&v);
	buf_release(&got);
}

static void records(void **state)
{
	(void)state;
#define REST "\n4. Input:\nb\n4. Output:\nc"
	check_records(" a" REST, true, "a<b>c|");
	check_records(" a" REST, false, "!|");
	check_records("4. Instruction: a" REST, true, "a<b>c|");
	check_records("4. Instruction: a" REST, false, "a<b>c|");
	check_records("###\n4. Instruction: a" REST "\n###\n", false, "a<b>c|");
	check_records("Here they are:\n###\n4. Instruction: a" REST, false, "a<b>c|");
	check_records("Here they are:\n###\n4. Instruction: a" REST, true, "!|a<b>c|");
	check_records("4. Instruction: a" REST "###4. Instruction: d" REST, false, "a<b>c|d<b>c|");
	check_records("4. Instruction: a" REST "\n###\nno", false, "a<b>c|!|");
	check_records("4. Instruction: a\n4. Input: <NoInput>\n4. Output:\n\nc\n\nd", false, "a<>c\n\nd|");
	check_records("4. Instruction:\n4. Input:\n4. Output:", false, "<>|");
	check_records("4.Instruction:a\n\t4.Input:b\n 4. Output:c", false, "a<b>c|");
	check_records("4. instruction: a" REST, false, "!|");
	check_records("4. Instruction: a" REST "\n4. Output:\nd", false, "!|");
	/* without a mark between, another instruction begins a record; the same number is a mistake */
	check_records("4. Instruction: a" REST "\n5. Instruction: d", false, "a<b>c|!|");
	check_records("4. Instruction: a" REST "\n4. Instruction: d", false, "!|");
	check_records("5. Instruction: a" REST, false, "!|");
	check_records("4. Instruction: a\n4. Output:\nc\n4. Input:\nb", false, "!|");
	check_records("", true, "");
	check_records("", false, "");
	check_records("######", true, "");
	check_records("a", false, "");
	check_records("a", true, "!|");
#undef REST
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists), cmocka_unit_test(chat_lists), cmocka_unit_test(long_replies),
		cmocka_unit_test(yes_and_no),
		cmocka_unit_test(input_first), cmocka_unit_test(input_first_released),
		cmocka_unit_test(output_first), cmocka_unit_test(records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
