#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/map.h"
#include "data/format.h"
#include "data/format_written_test.h"
#include "data/records.h"
#include "data/template.h"

#define V(text) { text, sizeof(text) - 1 }

static struct instance two[] = { { V("1 \"2\""), V("3") }, { V(""), V("línea\n二") } };
static const struct record list[] = {
	{ .id = V("task_1_1"), .name = V("n"), .instruction = V("Add."), .instances = two,
	  .instance_count = 2, .is_classification = true },
	{ .id = V("task_1_2"), .instruction = V("Unanswered") },
};

static int write_file(const char *name, bool jsonl)
{
	struct format_writer *w = format_open(format_find(name), NULL, path, jsonl, &err);
	if (!w)
		return err.status;
	for (size_t i = 0; i < 2; i++)
		format_write(w, &list[i]);
	return format_finish(w, &err);
}

static void self_instruct(void **state)
{
	(void)state;
	for (int jsonl = 0; jsonl < 2; jsonl++) {
		assert_int_equal(write_file("self-instruct", jsonl), SOW_OK);
		is_in_file("{\"id\":\"task_1_1\",\"name\":\"n\",\"instruction\":\"Add.\",\"instances\":"
			   "[{\"input\":\"1 \\\"2\\\"\",\"output\":\"3\"},{\"input\":\"\",\"output\":"
			   "\"línea\\n二\"}],\"is_classification\":true}\n"
			   "{\"id\":\"task_1_2\",\"name\":\"\",\"instruction\":\"Unanswered\",\"instances\":"
			   "[],\"is_classification\":false}\n");
	}
}

static void alpaca(void **state)
{
	(void)state;
	assert_int_equal(write_file("alpaca", false), SOW_OK);
	is_in_file("[\n{\"instruction\":\"Add.\",\"input\":\"1 \\\"2\\\"\",\"output\":\"3\"},\n"
		   "{\"instruction\":\"Add.\",\"input\":\"\",\"output\":\"línea\\n二\"},\n"
		   "{\"instruction\":\"Unanswered\",\"input\":\"\",\"output\":\"\"}\n]\n");
	assert_int_equal(write_file("alpaca", true), SOW_OK);
	is_in_file("{\"instruction\":\"Add.\",\"input\":\"1 \\\"2\\\"\",\"output\":\"3\"}\n"
		   "{\"instruction\":\"Add.\",\"input\":\"\",\"output\":\"línea\\n二\"}\n"
		   "{\"instruction\":\"Unanswered\",\"input\":\"\",\"output\":\"\"}\n");
}

static void chats(void **state)
{
	(void)state;
	assert_int_equal(write_file("messages", true), SOW_OK);
	is_in_file("{\"messages\":[{\"role\":\"user\",\"content\":\"Add.\\n\\n1 \\\"2\\\"\"},"
		   "{\"role\":\"assistant\",\"content\":\"3\"}]}\n"
		   "{\"messages\":[{\"role\":\"user\",\"content\":\"Add.\"},"
		   "{\"role\":\"assistant\",\"content\":\"línea\\n二\"}]}\n"
		   "{\"messages\":[{\"role\":\"user\",\"content\":\"Unanswered\"}]}\n");
	assert_int_equal(write_file("sharegpt", false), SOW_OK);
	is_in_file("[\n{\"conversations\":[{\"from\":\"human\",\"value\":\"Add.\\n\\n1 \\\"2\\\"\"},"
		   "{\"from\":\"gpt\",\"value\":\"3\"}]},\n"
		   "{\"conversations\":[{\"from\":\"human\",\"value\":\"Add.\"},"
		   "{\"from\":\"gpt\",\"value\":\"línea\\n二\"}]},\n"
		   "{\"conversations\":[{\"from\":\"human\",\"value\":\"Unanswered\"}]}\n]\n");
}

static void nothing_to_write(void **state)
{
	(void)state;
	struct format_writer *w = format_open(format_find("alpaca"), NULL, path, false, &err);
	assert_non_null(w);
	assert_int_equal(format_written(w), 0);
	assert_int_equal(format_finish(w, &err), SOW_OK);
	is_in_file("[]\n");
}

static void openai_and_kin(void **state)
{
	(void)state;
	static const char *const names[] = { "openai", "axolotl", "llama-factory" };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(write_file(names[i], true), SOW_OK);
		is_in_file("{\"messages\":[{\"role\":\"user\",\"content\":\"Add.\\n\\n1 \\\"2\\\"\"},"
			   "{\"role\":\"assistant\",\"content\":\"3\"}]}\n"
			   "{\"messages\":[{\"role\":\"user\",\"content\":\"Add.\"},"
			   "{\"role\":\"assistant\",\"content\":\"línea\\n二\"}]}\n");
	}
	assert_int_equal(write_file("trl", false), SOW_OK);
	is_in_file("{\"prompt\":[{\"role\":\"user\",\"content\":\"Add.\\n\\n1 \\\"2\\\"\"}],"
		   "\"completion\":[{\"role\":\"assistant\",\"content\":\"3\"}]}\n"
		   "{\"prompt\":[{\"role\":\"user\",\"content\":\"Add.\"}],"
		   "\"completion\":[{\"role\":\"assistant\",\"content\":\"línea\\n二\"}]}\n");
}

/* What cannot be trained on is left out, where the format says so. */
static void answers_only(void **state)
{
	(void)state;
	struct instance empty = { V("x"), V("") };
	struct turn open[] = { { ROLE_USER, V("q") }, { ROLE_ASSISTANT, V("a") },
			       { ROLE_USER, V("q2") } };
	struct record tasks[] = { { .instruction = V("i"), .instances = &empty, .instance_count = 1 },
				{ .instruction = V("q"), .turns = open, .turn_count = 3 } };
	for (size_t i = 0; i < format_count; i++) {
		struct format_writer *w = format_open(&formats[i], NULL, path, true, &err);
		assert_non_null(w);
		format_write(w, &tasks[0]);
		assert_int_equal(format_write(w, &tasks[1]), SOW_OK);
		bool leaves = formats[i].answered || formats[i].line == LINE_OF_PAIR ||
			      formats[i].line == LINE_OF_LABELLED;
		assert_int_equal(format_written(w), leaves ? 0 : 2);
		assert_int_equal(format_left_out(w), leaves ? 2 : 0);
		format_drop(w);
	}
}

static void completion(void **state)
{
	(void)state;
	struct turn chat[] = { { ROLE_SYSTEM, V("Be kind.") }, { ROLE_USER, V("q") },
			       { ROLE_ASSISTANT, V("a") }, { ROLE_USER, V("q2") },
			       { ROLE_ASSISTANT, V("a2") } };
	struct record task = { .instruction = V("q"), .turns = chat, .turn_count = 5 };
	struct buf text = BUF_INIT;
	assert_int_equal(write_file("completion", true), SOW_OK);
	assert_int_equal(infile_whole(path, &text, &err), SOW_OK);
	assert_non_null(strstr(text.data, "Add."));
	assert_non_null(strstr(text.data, "1 \\\"2\\\""));
	assert_non_null(strstr(text.data, "\"completion\":\"3\"}\n{\"prompt\":"));
	buf_release(&text);
	struct format_writer *w = format_open(format_find("completion"), NULL, path, true, &err);
	format_write(w, &task);
	task.turn_count = 4;
	format_write(w, &task);
	assert_int_equal(format_finish(w, &err), SOW_OK);
	is_in_file("{\"prompt\":\"Be kind.\\n\\nUser: q\\n\\nAssistant: a\\n\\nUser: q2\\n\\n"
		   "Assistant: \",\"completion\":\"a2\"}\n"
		   "{\"prompt\":\"Be kind.\\n\\nUser: q\\n\\nAssistant: a\\n\\nUser: q2\\n\\n"
		   "Assistant: \",\"completion\":\"\"}\n");
}

/* Every template is drawn about as often as any other, and again for the same number. */
static void template_mix(void **state)
{
	(void)state;
	for (int input = 0; input < 2; input++) {
		struct map seen = MAP_INIT;
		struct buf prompt = BUF_INIT, again = BUF_INIT;
		size_t kinds = input ? TEMPLATES_WITH_INPUT : TEMPLATES_WITHOUT;
		for (uint64_t i = 0; i < 7000; i++) {
			buf_clear(&prompt);
			buf_clear(&again);
			template_prompt(view_of("I"), view_of(input ? "X" : ""), 7, i, &prompt);
			template_prompt(view_of("I"), view_of(input ? "X" : ""), 7, i, &again);
			assert_string_equal(prompt.data, again.data);
			uint64_t *count = map_get(&seen, prompt.data, prompt.len);
			map_put(&seen, prompt.data, prompt.len, count ? *count + 1 : 1);
			count = map_get(&seen, prompt.data, prompt.len);
			assert_true(i < 6999 || (*count * kinds > 6300 && *count * kinds < 7700));
		}
		assert_int_equal(seen.count, kinds);
		map_release(&seen);
		buf_release(&prompt);
		buf_release(&again);
	}
}

/* There and back */

static void add_said(struct buf *out, const struct record *t)
{
	struct arena *a = arena_new();
	for (size_t i = 0; i < t->turn_count; i++)
		buf_addf(out, "%s: %.*s\n", role_names[t->turns[i].role],
			 VIEW_ARG(t->turns[i].text));
	for (size_t i = 0; i < t->instance_count && !t->turn_count; i++) {
		struct view q = record_question(t->instruction, t->instances[i].input, a);
		buf_addf(out, "user: %.*s\nassistant: %.*s\n", VIEW_ARG(q),
			 VIEW_ARG(t->instances[i].output));
	}
	arena_free(a);
}

/* Who said what, in all tasks of the file. */
static void said(struct buf *out)
{
	struct arena *a = arena_new();
	struct record_list tasks = RECORD_LIST_INIT;
	assert_int_equal(record_list_read(&tasks, a, path, NULL, &err), SOW_OK);
	for (size_t i = 0; i < tasks.count; i++)
		add_said(out, &tasks.list[i]);
	record_list_release(&tasks);
	arena_free(a);
}

static void rewrite(const struct format *f, bool jsonl)
{
	struct arena *a = arena_new();
	struct record_list tasks = RECORD_LIST_INIT;
	assert_int_equal(record_list_read(&tasks, a, path, NULL, &err), SOW_OK);
	struct format_writer *w = format_open(f, NULL, path, jsonl, &err);
	for (size_t i = 0; i < tasks.count; i++)
		format_write(w, &tasks.list[i]);
	assert_int_equal(format_finish(w, &err), SOW_OK);
	record_list_release(&tasks);
	arena_free(a);
}

static struct turn long_chat[] = {
	{ ROLE_SYSTEM, V("Sys\ntem") }, { ROLE_USER, V("q \"1\"") }, { ROLE_ASSISTANT, V("a1") },
	{ ROLE_USER, V("q2\n\nmore") }, { ROLE_ASSISTANT, V("ä2") }, { ROLE_USER, V("q3") },
	{ ROLE_ASSISTANT, V("a3") },
};
static struct instance first_answer = { V(""), V("a1") };
static const struct record all_shapes[] = {
	{ .id = V("task_1_1"), .name = V("n"), .instruction = V("Add."), .instances = two,
	  .instance_count = 2, .is_classification = true },
	{ .instruction = V("q \"1\""), .instances = &first_answer, .instance_count = 1,
	  .turns = long_chat, .turn_count = 7 },
	{ .instruction = V("q \"1\""), .instances = &first_answer, .instance_count = 1,
	  .turns = long_chat, .turn_count = 3 },
	{ .instruction = V("q \"1\""), .instances = &first_answer, .instance_count = 1,
	  .turns = long_chat + 1, .turn_count = 4 },
};

/* Those that write a dialogue as one text, and those that hold no answer, or two. */
static bool has_no_speakers(const struct format *f)
{
	return (f->line != LINE_OF_ANSWER && f->line != LINE_OF_RECORD) ||
	       strcmp(f->name, "completion") == 0 || strcmp(f->name, "text") == 0;
}

/* From every format to every other and back: the same words by the same speakers, all turns
 * of a chat included. */
static void round_trips(void **state)
{
	(void)state;
	struct buf want = BUF_INIT, got = BUF_INIT;
	for (size_t i = 0; i < 4; i++)
		add_said(&want, &all_shapes[i]);
	for (size_t pair = 0; pair < format_count * format_count; pair++) {
		const struct format *from = &formats[pair / format_count];
		const struct format *to = &formats[pair % format_count];
		if (has_no_speakers(from) || has_no_speakers(to))
			continue;
		struct format_writer *w = format_open(from, NULL, path, pair % 2, &err);
		for (size_t i = 0; i < 4; i++)
			format_write(w, &all_shapes[i]);
		assert_int_equal(format_finish(w, &err), SOW_OK);
		rewrite(to, pair % 3);
		rewrite(from, pair % 2);
		buf_clear(&got);
		said(&got);
		assert_string_equal(got.data, want.data);
	}
	buf_release(&want);
	buf_release(&got);
}

/* A chat that is no row of questions and answers is still told in full, as pairs. */
static void odd_chats(void **state)
{
	(void)state;
	struct turn turns[] = { { ROLE_ASSISTANT, V("Hello!") }, { ROLE_USER, V("q") },
				{ ROLE_USER, V("q'") }, { ROLE_ASSISTANT, V("a") },
				{ ROLE_ASSISTANT, V("a'") }, { ROLE_SYSTEM, V("s") },
				{ ROLE_USER, V("last") } };
	struct record task = { .instruction = V("q"), .turns = turns, .turn_count = 7 };
	struct format_writer *w = format_open(format_find("alpaca"), NULL, path, true, &err);
	format_write(w, &task);
	assert_int_equal(format_finish(w, &err), SOW_OK);
	is_in_file("{\"instruction\":\"last\",\"input\":\"\",\"output\":\"\",\"system\":\"s\","
		   "\"history\":[[\"\",\"Hello!\"],[\"q\\n\\nq'\",\"a\\n\\na'\"]]}\n");
}

/* What self-instruct writes is read as what it was: names, several instances, roots. */
static void tasks_stay_whole(void **state)
{
	(void)state;
	struct record task = all_shapes[0];
	struct buf first = BUF_INIT, second = BUF_INIT;
	task.lineage.root = view_of("seed_3");
	struct format_writer *w = format_open(format_find("self-instruct"), NULL, path, true, &err);
	format_write(w, &task);
	format_write(w, &all_shapes[1]);
	assert_int_equal(format_finish(w, &err), SOW_OK);
	assert_int_equal(infile_whole(path, &first, &err), SOW_OK);
	rewrite(format_find("self-instruct"), true);
	assert_int_equal(infile_whole(path, &second, &err), SOW_OK);
	assert_string_equal(first.data, second.data);
	assert_non_null(strstr(first.data, "\"is_classification\":true,\"root\":\"seed_3\""));
	buf_release(&first);
	buf_release(&second);
}

/* What goes beside */

static int beside(const char *format, const char *data, const char *validation,
		  const char *found, struct buf *out)
{
	struct beside b = { data, validation, .found = view_of(found) };
	buf_clear(out);
	return format_find(format)->beside(&b, out, &err);
}

static void dataset_info(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	assert_int_equal(beside("llama-factory", "a.json", "a-validation.json",
				"{\"other\": {\"x\": [1]}, \"a\": 3}", &out), SOW_OK);
	struct json *doc = json_parse(out.data, out.len, &err);
	const json_value *root = json_root(doc), *a = json_get(root, "a");
	assert_int_equal(json_count(root), 3);
	assert_int_equal(json_integer(json_first(json_get(json_get(root, "other"), "x"))), 1);
	assert_true(view_eqstr(json_text(json_get(a, "file_name")), "a.json"));
	assert_true(view_eqstr(json_text(json_get(a, "formatting")), "sharegpt"));
	assert_true(view_eqstr(json_text(json_get(json_get(a, "tags"), "user_tag")), "user"));
	assert_true(view_eqstr(json_text(json_get(json_get(root, "a-validation"), "file_name")),
			       "a-validation.json"));
	json_free(doc);
	assert_int_equal(beside("llama-factory", "a.json", NULL, "[]", &out), SOW_INVALID);
	assert_string_equal(err.text, "expected an object, not an array");
	assert_int_equal(beside("llama-factory", "a.json", NULL, "{", &out), SOW_INVALID);
	assert_int_equal(beside("llama-factory", "a.jsonl.zst", NULL, "", &out), SOW_USAGE);
	buf_release(&out);
}

static void axolotl(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	assert_int_equal(beside("axolotl", "a\"b.jsonl", NULL, "old", &out), SOW_OK);
	assert_non_null(strstr(out.data, "\ndatasets:\n  - path: \"a\\\"b.jsonl\"\n    ds_type: json\n"));
	assert_null(strstr(out.data, "test_datasets"));
	assert_int_equal(beside("axolotl", "a.jsonl", "v.jsonl", "", &out), SOW_OK);
	assert_non_null(strstr(out.data, "\ntest_datasets:\n  - path: \"v.jsonl\"\n"));
	assert_int_equal(beside("axolotl", "\xFF", NULL, "", &out), SOW_USAGE);
	buf_release(&out);
}

static void stems(void **state)
{
	(void)state;
	assert_true(view_eqstr(format_stem("data.jsonl.zst"), "data"));
	assert_true(view_eqstr(format_stem("data"), "data"));
	assert_true(view_eqstr(format_stem(".hidden.json"), ".hidden"));
	assert_true(view_eqstr(format_stem(""), ""));
}

static void full_disk(void **state)
{
	(void)state;
	struct format_writer *w = format_open(format_find("alpaca"), NULL, "/dev/full", true, &err);
	assert_non_null(w);
	format_write(w, &list[0]);
	assert_int_equal(format_finish(w, &err), SOW_IO);
	assert_string_equal(err.text, "/dev/full: No space left on device");
}

static void not_utf8(void **state)
{
	(void)state;
	static const struct record bad = { .id = V("x"), .instruction = V("\xFF"), .instances = two,
					 .instance_count = 2 };
	assert_int_equal(write_file("alpaca", true), SOW_OK);
	struct format_writer *w = format_open(format_find("alpaca"), NULL, path, false, &err);
	assert_int_equal(format_write(w, &list[0]), SOW_OK);
	assert_int_equal(format_write(w, &bad), SOW_INVALID);
	assert_int_equal(format_write(w, &list[0]), SOW_INVALID); /* failure sticks */
	assert_int_equal(format_written(w), 2);
	assert_int_equal(format_finish(w, &err), SOW_INVALID);
	assert_string_equal(err.text, "record 3: a text of the record is not UTF-8");
	is_in_file("{\"instruction\":\"Add.\",\"input\":\"1 \\\"2\\\"\",\"output\":\"3\"}\n"
		   "{\"instruction\":\"Add.\",\"input\":\"\",\"output\":\"línea\\n二\"}\n"
		   "{\"instruction\":\"Unanswered\",\"input\":\"\",\"output\":\"\"}\n");
}

static void names(void **state)
{
	(void)state;
	assert_null(format_find("alpaka"));
	assert_ptr_equal(format_find("sharegpt"), &formats[3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_instruct),
		cmocka_unit_test(alpaca),
		cmocka_unit_test(chats),
		cmocka_unit_test(nothing_to_write),
		cmocka_unit_test(openai_and_kin),
		cmocka_unit_test(answers_only),
		cmocka_unit_test(completion),
		cmocka_unit_test(template_mix),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(odd_chats),
		cmocka_unit_test(tasks_stay_whole),
		cmocka_unit_test(dataset_info),
		cmocka_unit_test(axolotl),
		cmocka_unit_test(stems),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(not_utf8),
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
