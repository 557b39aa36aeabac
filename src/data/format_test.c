#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "data/format.h"
#include "data/tasks.h"
#include "io/infile.h"

#define V(text) { text, sizeof(text) - 1 }
#define NO_LINEAGE { V(""), V(""), V(""), 0 }

static struct instance two[] = { { V("1 \"2\""), V("3") }, { V(""), V("línea\n二") } };
static const struct task list[] = {
	{ V("task_1_1"), V("n"), V("Add."), two, 2, true, NULL, 0, NO_LINEAGE },
	{ V("task_1_2"), V(""), V("None kept"), NULL, 0, false, NULL, 0, NO_LINEAGE },
};

static char path[] = "/tmp/sow-format-XXXXXX";
static struct sow_error err;

static int set_up(void **state)
{
	int fd = mkstemp(path);
	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static int write_file(const char *name, bool jsonl)
{
	struct format_writer *w = format_open(format_find(name), path, jsonl, &err);
	if (!w)
		return err.status;
	for (size_t i = 0; i < 2; i++)
		format_write(w, &list[i]);
	return format_finish(w, &err);
}

static void is_in_file(const char *want)
{
	struct buf text = BUF_INIT;
	assert_int_equal(infile_whole(path, &text, &err), SOW_OK);
	assert_string_equal(text.data, want);
	buf_release(&text);
}

static void self_instruct(void **state)
{
	(void)state;
	for (int jsonl = 0; jsonl < 2; jsonl++) {
		assert_int_equal(write_file("self-instruct", jsonl), SOW_OK);
		is_in_file("{\"id\":\"task_1_1\",\"name\":\"n\",\"instruction\":\"Add.\",\"instances\":"
			   "[{\"input\":\"1 \\\"2\\\"\",\"output\":\"3\"},{\"input\":\"\",\"output\":"
			   "\"línea\\n二\"}],\"is_classification\":true}\n"
			   "{\"id\":\"task_1_2\",\"name\":\"\",\"instruction\":\"None kept\",\"instances\":"
			   "[],\"is_classification\":false}\n");
	}
}

static void alpaca(void **state)
{
	(void)state;
	assert_int_equal(write_file("alpaca", false), SOW_OK);
	is_in_file("[\n{\"instruction\":\"Add.\",\"input\":\"1 \\\"2\\\"\",\"output\":\"3\"},\n"
		   "{\"instruction\":\"Add.\",\"input\":\"\",\"output\":\"línea\\n二\"}\n]\n");
	assert_int_equal(write_file("alpaca", true), SOW_OK);
	is_in_file("{\"instruction\":\"Add.\",\"input\":\"1 \\\"2\\\"\",\"output\":\"3\"}\n"
		   "{\"instruction\":\"Add.\",\"input\":\"\",\"output\":\"línea\\n二\"}\n");
}

static void chats(void **state)
{
	(void)state;
	assert_int_equal(write_file("messages", true), SOW_OK);
	is_in_file("{\"messages\":[{\"role\":\"user\",\"content\":\"Add.\\n\\n1 \\\"2\\\"\"},"
		   "{\"role\":\"assistant\",\"content\":\"3\"}]}\n"
		   "{\"messages\":[{\"role\":\"user\",\"content\":\"Add.\"},"
		   "{\"role\":\"assistant\",\"content\":\"línea\\n二\"}]}\n");
	assert_int_equal(write_file("sharegpt", false), SOW_OK);
	is_in_file("[\n{\"conversations\":[{\"from\":\"human\",\"value\":\"Add.\\n\\n1 \\\"2\\\"\"},"
		   "{\"from\":\"gpt\",\"value\":\"3\"}]},\n"
		   "{\"conversations\":[{\"from\":\"human\",\"value\":\"Add.\"},"
		   "{\"from\":\"gpt\",\"value\":\"línea\\n二\"}]}\n]\n");
}

static void nothing_to_write(void **state)
{
	(void)state;
	struct format_writer *w = format_open(format_find("alpaca"), path, false, &err);
	assert_non_null(w);
	assert_int_equal(format_write(w, &list[1]), SOW_OK);
	assert_int_equal(format_written(w), 0);
	assert_int_equal(format_finish(w, &err), SOW_OK);
	is_in_file("[]\n");
}

/* What every format writes, tasks reads: the same instructions and outputs. */
static void round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * format_count; i++) {
		const struct format *f = &formats[i / 2];
		struct arena *a = arena_new();
		struct tasks back = TASKS_INIT;
		assert_int_equal(write_file(f->name, i % 2), SOW_OK);
		assert_int_equal(tasks_read(&back, a, path, &err), SOW_OK);
		assert_int_equal(back.count, 2);
		assert_int_equal(back.list[0].is_classification, f->tasks);
		assert_true(view_starts(back.list[0].instruction, "Add."));
		assert_true(view_eqstr(back.list[0].instances[0].output, "3"));
		struct task *last = &back.list[f->tasks ? 0 : 1];
		struct instance *second = &last->instances[f->tasks ? 1 : 0];
		assert_true(view_eqstr(second->output, "línea\n二"));
		assert_int_equal(second->input.len, 0);
		tasks_release(&back);
		arena_free(a);
	}
}

static void full_disk(void **state)
{
	(void)state;
	struct format_writer *w = format_open(format_find("alpaca"), "/dev/full", true, &err);
	assert_non_null(w);
	format_write(w, &list[0]);
	assert_int_equal(format_finish(w, &err), SOW_IO);
	assert_string_equal(err.text, "/dev/full: No space left on device");
}

static void not_utf8(void **state)
{
	(void)state;
	static const struct task bad = { V("x"), V(""), V("\xFF"), two, 2, false, NULL, 0, NO_LINEAGE };
	assert_int_equal(write_file("alpaca", true), SOW_OK);
	struct format_writer *w = format_open(format_find("alpaca"), path, false, &err);
	assert_int_equal(format_write(w, &list[0]), SOW_OK);
	assert_int_equal(format_write(w, &bad), SOW_INVALID);
	assert_int_equal(format_write(w, &list[0]), SOW_INVALID); /* failure sticks */
	assert_int_equal(format_written(w), 2);
	assert_int_equal(format_finish(w, &err), SOW_INVALID);
	assert_string_equal(err.text, "record 3: a text of the record is not UTF-8");
	is_in_file("{\"instruction\":\"Add.\",\"input\":\"1 \\\"2\\\"\",\"output\":\"3\"}\n"
		   "{\"instruction\":\"Add.\",\"input\":\"\",\"output\":\"línea\\n二\"}\n");
}

static void out_of_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < format_count; i++) {
		int status = SOW_NOMEM;
		for (long n = 1; status == SOW_NOMEM; n++) {
			mem_fail_after(n);
			status = write_file(formats[i].name, false);
			mem_fail_after(0);
			assert_true(n < 1000);
		}
		assert_int_equal(status, SOW_OK);
	}
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
		cmocka_unit_test(self_instruct),    cmocka_unit_test(alpaca),
		cmocka_unit_test(chats),            cmocka_unit_test(nothing_to_write),
		cmocka_unit_test(round_trip),       cmocka_unit_test(full_disk),
		cmocka_unit_test(not_utf8),         cmocka_unit_test(out_of_memory),
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
