#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "method/rules.h"
#include "report/record_view.h"
#include "terminal/wrap.h"

#define V(text) { text, sizeof(text) - 1 }
#define ESCAPE "\x1b[2J\x07"
#define SAFE "\xEF\xBF\xBD[2J\xEF\xBF\xBD"

static struct instance instances[] = {
	{ V("2 apples"), V("Two apples, and nothing else that one could count.") },
	{ V(""), V("") },
};

static struct record task_of(const char *instruction)
{
	struct record t = RECORD_INIT;
	t.instruction = view_of(instruction);
	t.instances = instances;
	t.instance_count = 2;
	t.is_classification = true;
	t.lineage.operation = view_of("deepen");
	t.lineage.parent = view_of("task_1_1");
	return t;
}

static void a_task(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct record_view page = { .out = &out, .width = 32 };
	struct record task = task_of("Count what is named, " ESCAPE "and say it.");
	record_view_task(&page, view_of("task_1_2"), &task);
	assert_string_equal(out.data,
			    "task_1_2\n"
			    "  classification  deepen  of\n"
			    "  task_1_1\n"
			    "  Count what is named, " SAFE "and\n"
			    "  say it.\n"
			    "    Input\n"
			    "      2 apples\n"
			    "    Output\n"
			    "      Two apples, and nothing\n"
			    "      else that one could count.\n"
			    "\n"
			    "    Output\n"
			    "      (empty)\n"
			    "\n");
	buf_release(&out);
}

static void expect_view(const struct record *task, const char *expected)
{
	struct buf out = BUF_INIT;
	struct record_view page = { .out = &out, .width = 80 };
	record_view_task(&page, view_of("1"), task);
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

/* Tools, calls and what they gave; thoughts, weights and further members. */
static void a_chat_with_tools(void **state)
{
	(void)state;
	struct turn turns[] = {
		TURN(ROLE_USER, view_of("Rain?")),
		{ .role = ROLE_ASSISTANT, .is_silent = true, .reasoning = view_of("Look first."),
		  .tool_calls = view_of("[{\"id\":\"c1\",\"function\":{\"name\":\"look\",\"arguments\":"
					"{\"at\":1.50}}},{\"id\":\"c2\",\"function\":{\"name\":\"ask\","
					"\"arguments\":\"{}\"}}]") },
		{ .role = ROLE_TOOL, .text = view_of("no " ESCAPE), .tool_call_id = view_of("c1") },
		{ .role = ROLE_ASSISTANT, .text = view_of("No."), .weight = view_of("0.5"),
		  .weight_name = WEIGHT_LOSS },
	};
	struct record task = RECORD_INIT;
	struct instance one = { .output = view_of("No."), .scored = true, .score = 8.5 };
	task.instruction = view_of("Rain?");
	task.turns = turns;
	task.turn_count = 4;
	task.instances = &one;
	task.instance_count = 1;
	task.tools = view_of("[{\"type\":\"function\",\"function\":{\"name\":\"look\",\"description\":"
			     "\"Looks out.\"}},{\"name\":\"ask\"},7]");
	task.fields = view_of("{\"level\":1.50,\"tags\":[\"a\",\"b\"],\"source\":\"book\"}");
	expect_view(&task,
		     "1\n"
		     "    user\n"
		     "      Rain?\n"
		     "    Reasoning\n"
		     "      Look first.\n"
		     "    assistant\n"
		     "    Calls\n"
		     "      look({\"at\":1.50})\n"
		     "      ask({})\n"
		     "    tool  answers c1\n"
		     "      no " SAFE "\n"
		     "    assistant  loss_weight 0.5\n"
		     "      No.\n"
		     "    score 8.5\n"
		     "    Tools\n"
		     "      look: Looks out.\n"
		     "      ask\n"
		     "      7\n"
		     "    Fields\n"
		     "      level: 1.50\n"
		     "      tags: [\"a\",\"b\"]\n"
		     "      source: book\n"
		     "\n");
}

static void preferences(void **state)
{
	(void)state;
	struct turn question = { .role = ROLE_USER, .text = view_of(""),
				 .parts = view_of("[{\"type\":\"image_url\"}]") };
	struct instance two[] = {
		{ .output = view_of("this"), .role = ANSWER_CHOSEN, .scored = true, .score = 9,
		  .reasoning = view_of("Hm.") },
		{ .output = view_of("that"), .role = ANSWER_REJECTED },
	};
	struct record task = RECORD_INIT;
	task.turns = &question;
	task.turn_count = 1;
	task.instances = two;
	task.instance_count = 2;
	task.beside = true;
	expect_view(&task,
		     "1\n"
		     "    user\n"
		     "      {\"type\":\"image_url\"}\n"
		     "    Reasoning\n"
		     "      Hm.\n"
		     "    Output  chosen  score 9\n"
		     "      this\n"
		     "\n"
		     "    Output  rejected\n"
		     "      that\n"
		     "\n");
}

static void rejected(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct record_view page = { .out = &out, .width = 80 };
	struct rejected r = { .rule = "near-duplicate" ESCAPE, .near_score = 0.75 };
	r.text = view_of("Name two rivers.");
	r.detail = view_of("");
	r.near_id = view_of("seed_3" ESCAPE);
	record_view_rejected(&page, view_of("task_1_2"), &r, view_of("Name three rivers."));
	assert_string_equal(out.data, /* a rule that is not known has no reason */
			    "task_1_2  rejected: near-duplicate" SAFE "\n"
			    "  Name two rivers.\n"
			    "      0.750  seed_3" SAFE "\n"
			    "        Name three rivers.\n"
			    "\n");
	buf_clear(&out);
	r = (struct rejected){ .rule = "program", .text = view_of("Write a program."),
			       .detail = view_of(""), .near_id = view_of("") };
	record_view_rejected(&page, view_of("task_1_3"), &r, view_of(""));
	struct buf reason = BUF_INIT;
	buf_addf(&reason, "\n    %s\n", rule_why("program"));
	assert_non_null(strstr(out.data, reason.data));
	buf_release(&reason);
	buf_release(&out);
}

/* A pager may begin at any line: colours end on the line where they begin, and say nothing. */
static void colours(void **state)
{
	(void)state;
	struct buf bare = BUF_INIT, coloured = BUF_INIT, without = BUF_INIT;
	struct record_view page = { .out = &bare, .width = 24 };
	struct record task = task_of("Count what is named here.");
	record_view_task(&page, view_of("task_1_2"), &task);
	page.out = &coloured;
	page.colour = true;
	record_view_task(&page, view_of("task_1_2"), &task);
	bool on = false;
	int times = 0;
	for (const char *p = coloured.data; *p; p++) {
		if (*p == '\x1b') {
			const char *end = strchr(p, 'm');
			on = end != p + 2; /* ESC [ m ends it */
			times += on;
			p = end;
			continue;
		}
		assert_true(*p != '\n' || !on);
		buf_addch(&without, *p);
	}
	assert_true(times >= 6);
	assert_string_equal(without.data, bare.data);
	buf_release(&bare);
	buf_release(&coloured);
	buf_release(&without);
}

static void fitting_a_line(void **state)
{
	(void)state;
	assert_int_equal(text_fit(view_of("abc"), 2).len, 2);
	assert_int_equal(text_fit(view_of("abc"), 3).len, 3);
	assert_int_equal(text_fit(view_of("一二"), 3).len, 3); /* two columns each */
	assert_int_equal(text_fit(view_of("一二"), 4).len, 6);
	assert_int_equal(text_fit(view_of(""), 4).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task), cmocka_unit_test(a_chat_with_tools),
		cmocka_unit_test(preferences), cmocka_unit_test(rejected), cmocka_unit_test(colours),
		cmocka_unit_test(fitting_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
