#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/json.h"
#include "method/rules.h"
#include "report/run_stats.h"
#include "report/status.h"
#include "report/summary.h"

#define V(text) { text, sizeof(text) - 1 }

static struct instance two[] = { { V("one two three"), V("a") }, { V(""), V("b c") } };
static struct instance one[] = { { V(""), V("Ja\nNein") } };
static const struct record list[] = {
	{ .id = V("task_1_1"), .instruction = V("Count the words of this."), .instances = two,
	  .instance_count = 2 },
	{ .id = V("task_1_2"), .instruction = V("Yes or no?"), .instances = one,
	  .instance_count = 1, .is_classification = true },
};

static struct table1 table_of(size_t count)
{
	struct table1 t = { 0 };
	for (size_t i = 0; i < count; i++)
		table1_add(&t, &list[i]);
	return t;
}

static void table(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct table1 t = table_of(2);
	t.instances += 1234567; /* with empty input and output: the means hardly have any */
	t.empty_inputs += 1234567;
	table1_print(&t, "this run", &out);
	assert_string_equal(out.data,
		"                                               this run      GPT-3*\n"
		"# of instructions                                     2      52,445\n"
		"  - # of classification instructions                  1      11,584\n"
		"  - # of non-classification instructions              1      40,861\n"
		"# of instances                                1,234,570      82,439\n"
		"  - # of instances with empty input           1,234,569      35,878\n"
		"ave. instruction length (in words)                  4.0        15.9\n"
		"ave. non-empty input length (in words)              3.0        12.7\n"
		"ave. output length (in words)                       0.0        18.9\n"
		"* the paper's own run: Table 1 of Wang et al. 2022, arXiv:2212.10560\n");
	buf_release(&out);
}

static void table_of_nothing(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct table1 t = table_of(0);
	table1_print(&t, "this run", &out);
	assert_non_null(strstr(out.data, "ave. output length (in words)                         -"));
	buf_clear(&out);
	struct figures f;
	figures_init(&f);
	table1_figures(&t, "this run", &f);
	assert_int_equal(figures_json(&f, &out, JSON_LINE), SOW_OK);
	assert_string_equal(out.data, "{\"instructions\":0,\"classification\":0,"
				      "\"non_classification\":0,\"instances\":0,\"empty_inputs\":0,"
				      "\"instruction_words\":null,\"input_words\":null,"
				      "\"output_words\":null}");
	figures_release(&f);
	buf_release(&out);
}

static void a_task(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct instance five[5] = { two[0], two[1], two[0], two[0], two[0] };
	struct record many = list[0];
	many.instances = five;
	many.instance_count = 5;
	assert_int_equal(task_print(&many, 1, 20, &out), SOW_OK);
	assert_string_equal(out.data, "1. Count the words\n"
				      "   of this.\n"
				      "    Input\n"
				      "      one two three\n"
				      "    Output\n"
				      "      a\n"
				      "\n"
				      "    Output\n"
				      "      b c\n"
				      "\n"
				      "    … (3 more instances)\n");
	buf_clear(&out);
	task_print(&list[1], 12, 80, &out);
	assert_string_equal(out.data, "12. Yes or no?\n    Output\n      Ja\n      Nein\n");
	struct turn turns[] = { TURN(ROLE_SYSTEM, view_of("Be brief.")), TURN(ROLE_USER, view_of("Why?")),
				TURN(ROLE_ASSISTANT, view_of("So.")) };
	struct record talk = { .instruction = V("Why?"), .turns = turns, .turn_count = 3, .instances = five,
			       .instance_count = 1 };
	buf_clear(&out);
	task_print(&talk, 1, 80, &out);
	assert_string_equal(out.data, "1. Why?\n    System\n      Be brief.\n    User\n      Why?\n"
				      "    Assistant\n      So.\n");
	talk.turns++;
	talk.turn_count--;
	buf_clear(&out);
	task_print(&talk, 1, 80, &out);
	assert_string_equal(out.data, "1. Why?\n    Assistant\n      So.\n");
	buf_release(&out);
}

/* Status */

#define SET(name, text) { 1, V(name), V(text), V(text) }

static struct setting settings[] = {
	SET("method", "self-instruct"), SET("seeds", "my seeds.jsonl"), SET("prompts", "built in"),
	SET("model", "gguf:00"),        SET("against", "a.txt\nb.txt"), SET("lookahead", "64"),
	SET("capitalize", "yes"),       SET("strict-paper", "no"),      SET("n", "20"),
	SET("max-requests", "0"),       SET("no-cache", "yes"),
};
static struct reject_count rejects[] = { { V("near-duplicate"), 1234 }, { V("odd"), 1 } };

static void make_status(struct run_status *st, struct arena *a, int64_t finished)
{
	static struct step_status step;
	*st = (struct run_status){ .arena = a, .steps = &step, .step_count = 1, .settings = settings, .identities = 8,
				   .setting_count = 11, .rejects = rejects, .reject_count = 2,
				   .refusal_count = 12 };
	st->counts = (struct store_counts){ .tickets = 4, .units = 10, .finished = finished, .settled = finished,
					    .instances = 30, .replies = 50, .replies_cached = 7,
					    .target = 20 };
	step = (struct step_status){ V("self-instruct"), st->counts };
	for (int64_t i = 2; i < 12; i++)
		st->refusals[i % STATUS_REFUSALS] = (struct rejected){
			.step = 1, .ticket = i, .item = 1, .stage = 3, .detail = view_of("too \033 long") };
}

static void status_command(void **state)
{
	(void)state;
	struct run_status st;
	struct buf out = BUF_INIT;
	struct arena *a = arena_new();
	make_status(&st, a, 5);
	assert_int_equal(run_status_command(&st, "build/sow", "a dir", &out), SOW_OK);
	assert_string_equal(out.data, "build/sow self-instruct --seeds 'my seeds.jsonl' "
				      "--against a.txt --against b.txt --capitalize -n 20 "
				      "--no-cache -o 'a dir'");
	buf_release(&out);
	arena_free(a);
}

static void status_text(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct run_status st;
	struct buf out = BUF_INIT;
	make_status(&st, a, 5);
	assert_int_equal(run_status_show(&st, "sow", "run", false, &out, NULL), SOW_OK);
	assert_ptr_equal(strstr(out.data, "run: 5 of 20 tasks; to resume:\n"
					  "  sow self-instruct --seeds"), out.data);
	assert_non_null(strstr(out.data, "\n  against               a.txt\n"
					 "                        b.txt\n"));
	assert_non_null(strstr(out.data, "\n  replies               50 (7 from the cache)\n"));
	struct buf rejected = BUF_INIT;
	buf_addf(&rejected, "\nRejected: 1,235\n"
			    "  near-duplicate          1,234   99.9 %%  %s\n"
			    "  odd                         1    0.1 %%\n", rule_why("near-duplicate"));
	assert_non_null(strstr(out.data, rejected.data));
	buf_release(&rejected);
	assert_non_null(strstr(out.data, "\nRefused by the teacher: 12 (the newest are shown)\n"
					 "  task_2_1, stage 3     too \uFFFD long\n"));
	assert_null(strstr(out.data, "task_1_1,"));
	buf_clear(&out);
	st.busy = true;
	run_status_show(&st, "sow", "run", false, &out, NULL);
	assert_ptr_equal(strstr(out.data, "run: 5 of 20 tasks; a process is running it\n"), out.data);
	buf_clear(&out);
	make_status(&st, a, 23);
	run_status_show(&st, "sow", "run", false, &out, NULL);
	assert_ptr_equal(strstr(out.data, "run: 20 tasks, done (3 more are finished: export --all)\n"),
			 out.data);
	buf_release(&out);
	arena_free(a);
}

/* A recipe of three steps: one done, one under way, one that has not begun. */
static void status_of_steps(void **state)
{
	static struct setting of_recipe[] = {
		{ 1, V("method"), V("self-instruct"), V("self-instruct") },
		{ 2, V("method"), V("respond"), V("respond") },
		{ 3, V("method"), V("respond"), V("respond") },
		{ 0, V("recipe"), V("my recipe.yaml"), V("my recipe.yaml") },
		{ 1, V("n"), V("20"), V("20") },
	};
	struct step_status steps[3] = {
		{ V("self-instruct"), { .tickets = 4, .units = 25, .finished = 21, .settled = 21,
					.target = 20, .replies = 31 } },
		{ V("respond"), { .inputs = 20, .begun = 12, .units = 12, .finished = 7,
				  .under_way = 5, .inputs_under_way = 5, .replies = 7 } },
		{ V("respond"), { 0 } },
	};
	struct arena *a = arena_new();
	struct run_status st = { .arena = a, .steps = steps, .step_count = 3, .settings = of_recipe,
				 .identities = 3, .setting_count = 5 };
	struct buf out = BUF_INIT;
	(void)state;
	assert_int_equal(run_status_show(&st, "sow", "run", false, &out, NULL), SOW_OK);
	assert_ptr_equal(strstr(out.data, "run: step 2 of 3, respond: 7 of 20 inputs; to resume:\n"
					  "  sow run 'my recipe.yaml' -o run\n"), out.data);
	assert_non_null(strstr(out.data, "\nSo far, step 1: self-instruct\n"
					 "  requests for tasks    4\n"));
	assert_non_null(strstr(out.data, "\nSo far, step 2: respond\n"
					 "  inputs begun          12\n"));
	assert_non_null(strstr(out.data, "\nSo far, step 3: respond has not begun\n"));
	assert_non_null(strstr(out.data, "\n step 1\n  n                     20\n"));
	buf_clear(&out);
	for (int i = 1; i < 3; i++)
		steps[i].counts = (struct store_counts){ .inputs = 20, .begun = 20, .finished = 20 };
	run_status_show(&st, "sow", "run", false, &out, NULL);
	assert_ptr_equal(strstr(out.data, "run: 3 steps, 20 inputs, done\n"), out.data);
	buf_clear(&out);
	assert_int_equal(run_status_show(&st, "sow", "run", true, &out, NULL), SOW_OK);
	struct json *doc = json_parse(out.data, out.len, NULL);
	const json_value *three = json_get(json_root(doc), "steps");
	assert_int_equal(json_count(three), 3);
	assert_true(view_eqstr(json_text(json_get(json_first(three), "method")), "self-instruct"));
	json_free(doc);
	buf_release(&out);
	arena_free(a);
}

/* What is 0 is not told, but where it would be missed. */
static void counts(void **state)
{
	static const struct store_counts full = {
		.tickets = 4, .tickets_failed = 1, .units = 25, .finished = 20, .failed = 3, .under_way = 2,
		.classification = 7, .instances = 30, .replies = 1050, .replies_cached = 50,
		.replies_error = 4, .replies_cut = 9, .attempts = 1003, .prompt_tokens = 90000,
		.shared_tokens = 80000, .completion_tokens = 7000, .reasoning_tokens = 600,
		.estimated = 5, .cost = INT64_C(12345000000), .unknown = 2, .unknown_cost = 1000000000,
		.teacher_ns = INT64_C(61000000000), .first_began = INT64_C(1772374000000000000),
		.last_ended = INT64_C(1772374060000000000),
	};
	static const struct store_counts none = { .inputs = 3 };
	struct figures f;
	struct buf out = BUF_INIT;
	(void)state;
	figures_init(&f);
	counts_figures(&full, &f);
	figures_print(&f, &out);
	assert_string_equal(out.data,
		"  requests for tasks    4 (1 refused by the teacher)\n"
		"  instructions          25 (20 finished, 3 failed, 2 under way)\n"
		"  finished tasks        20 (7 classification)\n"
		"  instances             30\n"
		"  yield                 6.2 instructions a request, 1.5 instances a finished task\n"
		"  replies               1,050 (50 from the cache, 4 refusals, 9 cut at their limit, "
		"3 asked again)\n"
		"  prompt tokens         90,000 (80,000 shared, not computed again)\n"
		"  completion tokens     7,000 (600 thought and not said)\n"
		"  tokens estimated      5 replies without a count\n"
		"  cost                  $12.35\n"
		"  cost unknown          2 requests that broke off after they were sent, at most about "
		"$1.00\n"
		"  teacher's time        1 min 1 s summed over replies\n"
		"  first to last         2026-03-01 14:06 UTC to 2026-03-01 14:07 UTC\n");
	figures_release(&f);
	figures_init(&f);
	counts_figures(&none, &f);
	buf_clear(&out);
	figures_print(&f, &out);
	assert_string_equal(out.data, "  inputs begun          0\n  instructions          0\n"
				      "  finished tasks        0\n  instances             0\n"
				      "  replies               0\n  prompt tokens         0\n"
				      "  completion tokens     0\n");
	buf_clear(&out);
	assert_int_equal(figures_json(&f, &out, JSON_LINE), SOW_OK);
	assert_string_equal(out.data, "{\"inputs\":3,\"inputs_begun\":0,\"tickets\":0,"
		"\"tickets_refused\":0,\"instructions\":0,\"finished\":0,\"failed\":0,\"under_way\":0,"
		"\"classification\":0,\"instances\":0,\"replies\":0,\"replies_cached\":0,"
		"\"replies_refused\":0,\"replies_cut\":0,\"prompt_tokens\":0,\"shared_tokens\":0,"
		"\"completion_tokens\":0,\"reasoning_tokens\":0,\"replies_estimated\":0,"
		"\"attempts\":0,\"cost_nano_dollars\":0,\"attempts_unknown\":0,\"teacher_ns\":0,"
		"\"first_began_ns\":0,\"last_ended_ns\":0}");
	figures_release(&f);
	buf_release(&out);
}

static void status_json(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct run_status st;
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	make_status(&st, a, 5);
	assert_int_equal(run_status_show(&st, "sow", "run", true, &out, &err), SOW_OK);
	struct json *doc = json_parse(out.data, out.len, &err);
	const json_value *root = json_root(doc);
	assert_int_equal(json_integer(json_get(root, "target")), 20);
	assert_false(json_bool(json_get(root, "done")));
	assert_int_equal(json_integer(json_get(json_get(root, "counts"), "replies_cached")), 7);
	assert_int_equal(json_integer(json_get(json_get(root, "rejects"), "near-duplicate")), 1234);
	assert_int_equal(json_count(json_get(root, "refusals")), 10);
	assert_true(view_eqstr(json_text(json_get(json_get(root, "identity"), "seeds")),
			       "my seeds.jsonl"));
	json_free(doc);
	buf_clear(&out);
	assert_int_equal(run_status_show(&st, "sow", "\xFF", true, &out, &err), SOW_INVALID);
	buf_release(&out);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),          cmocka_unit_test(table_of_nothing),
		cmocka_unit_test(a_task),         cmocka_unit_test(status_command), cmocka_unit_test(status_text),
		cmocka_unit_test(status_of_steps), cmocka_unit_test(counts),
		cmocka_unit_test(status_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
