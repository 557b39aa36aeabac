#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "mock/answer.h"

/* Our own prompts are recognised */

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
static void split_chat(struct view whole, struct mock_prompt *a)
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
	struct mock_prompt a = { .prompt = view_from(text.data, text.len) };
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

/* What they write */

static void write_answer(struct mock_prompt *a, uint64_t n, struct buf *out)
{
	struct draw d = draw_start(2, 1, n);
	buf_clear(out);
	answerer_find(a)->write(a, &d, out);
	assert_false(buf_failed(out));
}

static void test_released_list(void **state)
{
	(void)state;
	struct mock_prompt a = { .prompt = view_of(
				   "Come up with tasks:\n1. Name a river.\n2. Say why.\n3.") };
	struct buf out = BUF_INIT;
	assert_string_equal(answerer_find(&a)->name, "instructions");
	for (uint64_t i = 0; i < 50; i++) {
		write_answer(&a, i, &out);
		assert_true(out.data[0] == ' ');
		assert_true(!strchr(out.data, '\n') || strstr(out.data, "\n4. "));
	}
	/* a raw prompt as a user's message is gone on with all the same */
	a.chat = true;
	a.prompt = view_of("A series of tasks.\nTask 1: Name a river.\nTask 2:");
	assert_string_equal(answerer_find(&a)->name, "instructions");
	write_answer(&a, 3, &out);
	assert_non_null(strstr(out.data, "\nTask 3: "));
	assert_null(strstr(out.data, "Task 2:"));
	a.prompt = view_of("It was in the year 1999.");
	assert_string_equal(answerer_find(&a)->name, "prose");
	buf_release(&out);
}

static size_t count_beginning(struct mock_prompt *a, const char *word, uint64_t times)
{
	struct buf out = BUF_INIT;
	size_t count = 0;
	for (uint64_t i = 0; i < times; i++) {
		write_answer(a, i, &out);
		count += view_starts(view_trim(view_from(out.data, out.len)), word);
	}
	buf_release(&out);
	return count;
}

static void test_equality(void **state)
{
	(void)state;
	struct mock_prompt a = { .chat = true };
	a.prompt = view_of("Do they come to the same?\n\nFirst task: Name a river.\n\n"
			   "Second task: Name a river in Peru.\n\nEqual or Different?");
	assert_string_equal(answerer_find(&a)->name, "equal");
	assert_in_range(count_beginning(&a, "Equal", 400), 20, 70);
	assert_in_range(count_beginning(&a, "Different", 400), 330, 380);
	a.prompt = view_of("First task: a\nSecond task: b\nVerdict: Different\n\n"
			   "First task: Name a river.\nSecond task: Name a river.\nVerdict:");
	a.chat = false;
	assert_string_equal(answerer_find(&a)->name, "equal");
	assert_int_equal(count_beginning(&a, "Equal", 50), 50);
}

static void test_grades(void **state)
{
	(void)state;
	static const char *const prompts[] = {
		"Grade it.\n\nTask\nName a river.\n\nAnswer\nThe Nile.\n\nGrade from 1 to 10:",
		"Task: Name a river.\nAnswer: The Nile.\nGrade:",
		"Rate it.\n\nTask: Name a river.\n\nDifficulty from 1 to 10:",
		"Task: Name a river.\nDifficulty:",
	};
	struct buf out = BUF_INIT;
	for (int p = 0; p < 4; p++) {
		struct mock_prompt a = { .chat = p % 2 == 0, .prompt = view_of(prompts[p]) };
		size_t bare = 0;
		assert_string_equal(answerer_find(&a)->name, "grade");
		for (uint64_t i = 0; i < 400; i++) {
			write_answer(&a, i, &out);
			struct view said = view_trim(view_from(out.data, out.len));
			bare += said.len == 1 && said.p[0] >= '1' && said.p[0] <= '9';
		}
		assert_in_range(bare, 340, 399);
	}
	buf_release(&out);
}

/* Most are the parent and some words more; a few show each flaw that is looked for. */
static void test_evolution(void **state)
{
	(void)state;
	struct buf prompt = BUF_INIT, out = BUF_INIT;
	size_t grown = 0, same = 0, scaffold = 0;
	buf_addstr(&prompt, "Harder.\n\nTask: Name a fish.\nEvolved task: Name two.\n\n"
		   "Task: Name three rivers.\nEvolved task:");
	struct mock_prompt a = { .prompt = view_from(prompt.data, prompt.len) };
	assert_string_equal(answerer_find(&a)->name, "depth");
	for (uint64_t i = 0; i < 600; i++) {
		write_answer(&a, i, &out);
		size_t len = strlen(" Name three rivers.");
		assert_int_equal(strncmp(out.data, " Name three rivers.", len), 0);
		same += out.len == len;
		scaffold += strstr(out.data, "evolved task") != NULL;
		grown += out.len > len + 20;
	}
	assert_in_range(grown, 550, 595);
	assert_int_equal(grown + same, 600);
	assert_in_range(scaffold, 3, 40);
	a.prompt = view_of("Write a brand-new one.\n\nTask: Name a river.\n\n"
			   "Evolved task:");
	assert_string_equal(answerer_find(&a)->name, "breadth");
	write_answer(&a, 1, &out);
	assert_null(strstr(out.data, "Name a river."));
	a.prompt = view_of("Person: A nurse.\nTask: Tell a story.\n\nPerson: A cook.\nTask:");
	assert_string_equal(answerer_find(&a)->name, "persona");
	buf_release(&prompt);
	buf_release(&out);
}

/* Data of the kind that is asked for. */
static void test_data(void **state)
{
	(void)state;
	static const char *const kinds[][2] = {
		{ "XML", "\n<list>" }, { "an SQL query", "\nSELECT " }, { "Python code", "\ndef " },
		{ "HTML", "\n<ul>" }, { "a shell command", "\n$ " }, { "JSON", "\n[\"" },
	};
	struct buf prompt = BUF_INIT, out = BUF_INIT;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		buf_clear(&prompt);
		buf_addf(&prompt, "Let it bring along data as %s.\n\nTask: Why?\n\nEvolved task:",
			 kinds[i][0]);
		struct mock_prompt a = { .chat = true, .prompt = view_from(prompt.data, prompt.len) };
		size_t with = 0;
		for (uint64_t n = 0; n < 20; n++) {
			write_answer(&a, n, &out);
			with += strstr(out.data, kinds[i][1]) != NULL;
		}
		assert_in_range(with, 16, 20);
	}
	buf_release(&prompt);
	buf_release(&out);
}

static void test_answers(void **state)
{
	(void)state;
	struct mock_prompt a = { .chat = true, .prompt = view_of("Why is the sea salty?") };
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
	struct mock_prompt a = { .prompt = view_from(prompt.data, prompt.len) };
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

static struct view task_of(const char *prompt)
{
	return answer_task(&(struct mock_prompt){ .prompt = view_of(prompt) });
}

static void test_task(void **state)
{
	(void)state;
	assert_true(view_eqstr(task_of("Task: a\n\nTask: b c\n"), "b c"));
	assert_true(view_eqstr(task_of("Task: a: Task: b\nIs it classification?"),
			       "a: Task: b"));
	assert_true(view_eqstr(task_of("nothing"), "nothing"));
	assert_true(view_eqstr(task_of(""), ""));
}

/* A prompt of a user's own has none of our words, and is known by its name. */
static void test_names(void **state)
{
	(void)state;
	static const struct { const char *name, *who; } named[] = {
		{ "self_instruct/instructions.txt", "instructions" },
		{ "self_instruct/instructions.classification.chat.txt", "instructions" },
		{ "self_instruct/classification.txt", "classification" },
		{ "self_instruct/output_first.chat.txt", "labels" }, { "evol/reasoning.txt", "depth" },
		{ "evol/in-breadth.chat.txt", "breadth" }, { "evol/equal.txt", "equal" },
		{ "evol/deepened.txt", "prose" }, { "judge/answer.chat.txt", "grade" }, { "evol/", "prose" },
	};
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		struct mock_prompt a = { .chat = true, .prompt = view_of("Mach das bitte. Evolved task:"),
					 .name = view_of(named[i].name) };
		assert_string_equal(answerer_find(&a)->name, named[i].who);
		write_answer(&a, i, &out);
	}
	struct mock_prompt a = { .chat = true, .prompt = view_of("Schwerer bitte: Nenne einen Fluss."),
				 .name = view_of("evol/deepen.txt"), .about = view_of("Nenne einen Fluss.") };
	write_answer(&a, 1, &out);
	assert_int_equal(strncmp(out.data, "Nenne einen Fluss. ", 19), 0);
	a.name = view_of("self_instruct/instructions.chat.txt");
	a.about = view_of("");
	write_answer(&a, 1, &out);
	assert_non_null(strstr(out.data, "Task 1: "));
	assert_non_null(strstr(out.data, "\nTask 2: "));
	buf_release(&out);
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
		"Verdict:",
		"Go on with Task ",
		"Go on with Task 9 to Task 3",
		"Go on with Task 1 to Task 9999",
		"1 to 10 number",
		"Class label:\nTask: ",
		"Output:\nTask: ",
		"Evolved task:",
		"Is it classification?",
		"brand-new",
		"<",
		"### <a> Instruction: Output: 99999. Instruction:",
	};
	struct buf one = BUF_INIT, two = BUF_INIT;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		for (int chat = 0; chat < 2; chat++) {
			struct mock_prompt a = { .chat = chat, .prompt = view_of(odd[i]) };
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
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_alpaca),
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_odd_prompts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
