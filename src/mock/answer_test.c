#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "mock/answer.h"

/* -- our own prompts are recognised ------------------------------------------------------ */

/* Adds the prompt file with {{slots}} replaced by what stands in pairs behind it. */
static void add_filled(struct buf *out, const char *path, const char *const *slots)
{
	const struct embedded_file *file = embedded_find(path);
	assert_non_null(file);
	for (const char *p = file->text; *p;) {
		size_t len = strncmp(p, "{{", 2) == 0 ? 0 : 1 + strcspn(p + 1, "{");
		buf_add(out, p, len);
		p += len;
		if (len)
			continue;
		const char *end = strstr(p, "}}");
		const char *const *s = slots;
		while (*s && strncmp(p + 2, *s, strlen(*s)) != 0)
			s += 2;
		buf_addstr(out, *s ? s[1] : "");
		p = end + 2;
	}
}

/* The last message of a chat prompt file, and its system message. */
static void split_chat(struct view whole, struct asked *a)
{
	size_t user = view_find(whole, 0, "[user]\n");
	assert_true(user != VIEW_NONE);
	a->chat = true;
	a->system = view_sub(whole, strlen("[system]\n"), user);
	a->prompt = view_sub(whole, user + strlen("[user]\n"), whole.len);
}

#define TASKS "Task 1: Name a river.\nTask 2: Say why."

static void check(const char *stage, const char *style, const char *demonstrations,
		  const char *instruction, const char *expected)
{
	struct buf path = BUF_INIT, shown = BUF_INIT, text = BUF_INIT, out = BUF_INIT;
	buf_addf(&path, "prompts/%s.demonstrations.txt", demonstrations);
	if (*demonstrations)
		add_filled(&shown, path.data, (const char *const[]){ NULL });
	buf_clear(&path);
	buf_addf(&path, "prompts/%s%s.txt", stage, style);
	add_filled(&text, path.data,
		   (const char *const[]){ "demonstrations", shown.data, "instruction", instruction,
					  "count", "8", "first", "9", "last", "15", "tasks",
					  *style ? TASKS : TASKS "\nTask 9:", "question",
					  instruction, "answer", "It is so.", NULL });
	struct asked a = { .prompt = view_from(text.data, text.len) };
	if (*style)
		split_chat(a.prompt, &a);
	const struct answerer *who = answerer_find(&a);
	if (strcmp(who->name, expected) != 0)
		fail_msg("%s is taken for %s", path.data, who->name);
	struct draw d = draw_start(1, 1, 1);
	who->write(&a, &d, &out);
	assert_true(out.len > 0);
	buf_release(&path);
	buf_release(&shown);
	buf_release(&text);
	buf_release(&out);
}

static void test_self_instruct(void **state)
{
	(void)state;
	static const char *const styles[] = { "", ".chat" };
	for (int i = 0; i < 2; i++) {
		const char *s = styles[i];
		check("self_instruct/instructions", s, "", "", "instructions");
		check("self_instruct/instructions.classification", s, "", "", "instructions");
		check("self_instruct/classification", s, "self_instruct/classification",
		      "Rewrite it harder.", "classification");
		check("self_instruct/input_first", s, "self_instruct/input_first", "Rewrite it.",
		      "instances");
		check("self_instruct/output_first", s, "self_instruct/output_first",
		      "Is it spam or ham?", "labels");
	}
}

/* -- what they write ---------------------------------------------------------------------- */

static void write_answer(struct asked *a, uint64_t n, struct buf *out)
{
	struct draw d = draw_start(2, 1, n);
	buf_clear(out);
	answerer_find(a)->write(a, &d, out);
	assert_false(buf_failed(out));
}

static void test_released_list(void **state)
{
	(void)state;
	struct asked a = { .prompt = view_of(
				   "Come up with tasks:\n1. Name a river.\n2. Say why.\n3.") };
	struct buf out = BUF_INIT;
	assert_string_equal(answerer_find(&a)->name, "instructions");
	for (uint64_t i = 0; i < 50; i++) {
		write_answer(&a, i, &out);
		assert_true(out.data[0] == ' ');
		assert_true(!strchr(out.data, '\n') || strstr(out.data, "\n4. "));
	}
	a.prompt = view_of("It was in the year 1999.");
	assert_string_equal(answerer_find(&a)->name, "prose");
	buf_release(&out);
}

static void test_equality(void **state)
{
	(void)state;
	struct asked a = { .chat = true };
	struct buf out = BUF_INIT;
	size_t equal = 0;
	a.prompt = view_of("Are these two tasks the same? Answer Equal or Not equal.\n\n"
			   "First task: Name a river.\nSecond task: Name a river in Peru.");
	for (uint64_t i = 0; i < 400; i++) {
		write_answer(&a, i, &out);
		equal += out.data[0] == 'E';
		assert_true(!strncmp(out.data, "Equal", 5) || !strncmp(out.data, "Not equal", 9));
	}
	assert_in_range(equal, 20, 70);
	a.prompt = view_of("Answer Equal or Not equal.\n\nFirst\nTask: Name a river.\n\nSecond\n"
			   "Task: Name a river.");
	for (uint64_t i = 0; i < 50; i++) {
		write_answer(&a, i, &out);
		assert_int_equal(out.data[0], 'E');
	}
	buf_release(&out);
}

static void test_grades(void **state)
{
	(void)state;
	struct asked a = { .chat = true,
			   .prompt = view_of("Grade it with a number from 1 to 10.\n\nTask: "
					     "Name a river.\nGrade:") };
	struct buf out = BUF_INIT;
	size_t bare = 0;
	for (uint64_t i = 0; i < 400; i++) {
		write_answer(&a, i, &out);
		int grade = 0;
		size_t len = strspn(out.data, "0123456789");
		for (size_t k = 0; k < len; k++)
			grade = grade * 10 + (out.data[k] - '0');
		bare += len == out.len && grade >= 1 && grade <= 10;
	}
	assert_in_range(bare, 340, 399);
	buf_release(&out);
	a.system =
		view_of("You grade answers with one whole number from 1 to 10 and nothing else.");
	a.prompt =
		view_of("Grade the answer.\n\nTask\nName a river.\n\nAnswer\nThe Nile.\n\nGrade:");
	assert_string_equal(answerer_find(&a)->name, "grade");
}

/* Most are the parent and some words more; a few show each flaw that is looked for. */
static void test_evolution(void **state)
{
	(void)state;
	static const char parent[] = "Name three rivers of Peru.";
	struct buf prompt = BUF_INIT, out = BUF_INIT;
	size_t grown = 0, same = 0, scaffold = 0;
	buf_addf(&prompt,
		 "Rewrite the task below so that it is harder, with 10 to 20 words more.\n\n"
		 "Task: %s\n\nRewritten task:",
		 parent);
	struct asked a = { .chat = true, .prompt = view_from(prompt.data, prompt.len) };
	assert_string_equal(answerer_find(&a)->name, "evol-depth");
	for (uint64_t i = 0; i < 600; i++) {
		write_answer(&a, i, &out);
		same += strcmp(out.data, parent) == 0;
		scaffold += strstr(out.data, "prompt: ") != NULL;
		grown += strncmp(out.data, parent, strlen(parent)) == 0 &&
			 out.len > strlen(parent) + 20;
	}
	assert_in_range(grown, 500, 590);
	assert_in_range(same, 5, 50);
	assert_in_range(scaffold, 3, 40);
	a.prompt = view_of(
		"Write a brand-new task of the same domain, as hard.\n\nTask: Name a river.");
	assert_string_equal(answerer_find(&a)->name, "evol-breadth");
	write_answer(&a, 1, &out);
	assert_null(strstr(out.data, "Name a river."));
	buf_release(&prompt);
	buf_release(&out);
}

static void test_answers(void **state)
{
	(void)state;
	struct asked a = { .chat = true, .prompt = view_of("Why is the sea salty?") };
	struct buf out = BUF_INIT;
	size_t sorry = 0, stops = 0, about = 0;
	for (uint64_t i = 0; i < 1000; i++) {
		write_answer(&a, i, &out);
		sorry += strstr(out.data, "sorry") != NULL;
		stops += strcmp(out.data, "It is what it is, and that is that.") == 0;
		about += strstr(out.data, "salty") != NULL;
	}
	assert_in_range(sorry, 10, 50);
	assert_in_range(stops, 5, 40);
	assert_true(about > 500);
	buf_release(&out);
}

static void test_alpaca(void **state)
{
	(void)state;
	struct buf prompt = BUF_INIT, out = BUF_INIT;
	buf_addstr(&prompt, "You are asked to come up with 20 tasks.\n");
	for (int i = 1; i <= 3; i++)
		buf_addf(&prompt,
			 "###\n%d. Instruction: Name a river.\n%d. Input:\n<none>\n%d. Output:\n"
			 "The Nile.\n",
			 i, i, i);
	buf_addstr(&prompt, "###\n4. Instruction:");
	struct asked a = { .prompt = view_from(prompt.data, prompt.len) };
	assert_string_equal(answerer_find(&a)->name, "alpaca");
	size_t full = 0, without = 0;
	for (uint64_t i = 0; i < 100; i++) {
		write_answer(&a, i, &out);
		assert_true(out.data[0] == ' ');
		assert_non_null(strstr(out.data, "\n4. Input:\n"));
		full += strstr(out.data, "###\n20. Instruction:") != NULL;
		without += strstr(out.data, "Input:\n<none>\n") != NULL;
		assert_null(strstr(out.data, "###\n21."));
	}
	assert_in_range(full, 60, 99);
	assert_true(without > 90);
	/* a chat that asks for them begins with the whole block */
	a.chat = true;
	a.prompt = view_sub(a.prompt, 0, a.prompt.len - strlen("###\n4. Instruction:"));
	write_answer(&a, 1, &out);
	assert_int_equal(strncmp(out.data, "###\n4. Instruction: ", 20), 0);
	buf_release(&prompt);
	buf_release(&out);
}

static void test_task(void **state)
{
	(void)state;
	assert_true(view_eqstr(answer_task(view_of("Task: a\n\nTask: b c\n")), "b c"));
	assert_true(view_eqstr(answer_task(view_of("Task: a: Task: b\nIs it classification?")),
			       "a: Task: b"));
	assert_true(view_eqstr(answer_task(view_of("nothing")), "nothing"));
	assert_true(view_eqstr(answer_task(view_of("")), ""));
}

/* The same prompt and draw, the same words; the whole table holds together on odd prompts. */
static void test_odd_prompts(void **state)
{
	(void)state;
	static const char *const odd[] = {
		"",
		" ",
		"\n\n\n",
		"Task:",
		"Task: ",
		"Task 9:",
		"9.",
		"###Instruction:Output:",
		"Not equal",
		"Go on with Task ",
		"Go on with Task 9 to Task 3",
		"Go on with Task 1 to Task 9999",
		"1 to 10 number",
		"Class label:\nTask: ",
		"Output:\nTask: ",
		"rewrite Task:",
		"Is it classification?",
		"brand-new",
		"<",
		"### <a> Instruction: Output: 99999. Instruction:",
	};
	struct buf one = BUF_INIT, two = BUF_INIT;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		for (int chat = 0; chat < 2; chat++) {
			struct asked a = { .chat = chat, .prompt = view_of(odd[i]) };
			write_answer(&a, 7, &one);
			write_answer(&a, 7, &two);
			assert_string_equal(one.data, two.data);
			assert_true(one.len > 0);
		}
	}
	buf_release(&one);
	buf_release(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_self_instruct),
		cmocka_unit_test(test_released_list),
		cmocka_unit_test(test_equality),
		cmocka_unit_test(test_grades),
		cmocka_unit_test(test_evolution),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_alpaca),
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_odd_prompts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
