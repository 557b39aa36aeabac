#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/records.h"
#include "io/outfile.h"

static struct arena *arena;
static struct record_list records;
static struct sow_error err;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	records = (struct record_list)RECORD_LIST_INIT;
	err = (struct sow_error){ 0 };
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	record_list_release(&records);
	arena_free(arena);
	return 0;
}

static int parse(const char *text)
{
	return record_list_parse(&records, arena, "seeds", view_of(text), &err);
}

static void same(struct view is, const char *want)
{
	assert_int_equal(is.len, strlen(want));
	assert_memory_equal(is.p, want, is.len);
}

static void refused(const char *text, const char *message)
{
	assert_int_equal(parse(text), SOW_INVALID);
	assert_int_equal(err.status, SOW_INVALID);
	assert_string_equal(err.text, message);
	assert_int_equal(records.count, 0);
}

/* Every shape */

static void self_instruct_lines(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"id\": \"seed_0\", \"name\": \"n\", \"instruction\": \" Add. \", "
			       "\"instances\": [{\"input\": \"1 2\", \"output\": \"3\"}, "
			       "{\"output\": \"x\\n\"}], \"is_classification\": true}\n\n"
			       "{\"id\": 7, \"instruction\": \"Zwei\", \"instances\": []}\r\n"),
			 SOW_OK);
	assert_int_equal(records.count, 2);
	same(records.list[0].id, "seed_0");
	same(records.list[0].name, "n");
	same(records.list[0].instruction, " Add. ");
	assert_true(records.list[0].is_classification);
	assert_int_equal(records.list[0].instance_count, 2);
	same(records.list[0].instances[0].input, "1 2");
	same(records.list[0].instances[0].output, "3");
	same(records.list[0].instances[1].input, "");
	same(records.list[0].instances[1].output, "x\n");
	same(records.list[1].id, "7");
	assert_false(records.list[1].is_classification);
	assert_int_equal(records.list[1].instance_count, 0);
}

static void alpaca_array(void **state)
{
	(void)state;
	assert_int_equal(parse("\n [ {\"instruction\": \"A\", \"input\": null, \"output\": \"a\"},\n"
			       "{\"instruction\": \"A\", \"input\": \"i\"},\n"
			       "{\"instruction\": \"B\"}\n]\n"), SOW_OK);
	assert_int_equal(records.count, 3);
	assert_int_equal(records.list[0].instance_count, 1);
	same(records.list[0].instances[0].input, "");
	same(records.list[0].instances[0].output, "a");
	same(records.list[1].instruction, "A");
	same(records.list[1].instances[0].input, "i");
	assert_int_equal(records.list[2].instance_count, 0);
}

static void chats(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"messages\": [{\"role\": \"system\", \"content\": \"s\"}, "
			       "{\"role\": \"user\", \"content\": \"q\"}, "
			       "{\"role\": \"assistant\", \"content\": \"a\"}, "
			       "{\"role\": \"user\", \"content\": \"q2\"}]}\n"
			       "{\"conversations\": [{\"from\": \"human\", \"value\": \"h\"}, "
			       "{\"from\": \"gpt\", \"value\": \"g\"}]}\n"
			       "{\"messages\": [{\"role\": \"user\", \"content\": \"only\"}]}"),
			 SOW_OK);
	assert_int_equal(records.count, 3);
	same(records.list[0].instruction, "q");
	same(records.list[0].instances[0].output, "a");
	same(records.list[1].instruction, "h");
	same(records.list[1].instances[0].output, "g");
	same(records.list[2].instruction, "only");
	assert_int_equal(records.list[2].instance_count, 0);
	assert_int_equal(records.list[0].turn_count, 4);
	assert_int_equal(records.list[0].turns[0].role, ROLE_SYSTEM);
	same(records.list[0].turns[0].text, "s");
	same(records.list[0].turns[3].text, "q2");
	assert_int_equal(records.list[1].turn_count, 0);
	assert_int_equal(records.list[2].turn_count, 0);
}

static void plain_text(void **state)
{
	(void)state;
	assert_int_equal(parse("\n  Write a poem.\r\n\t\nÜbersetze \"ja\".\n{not json}"), SOW_OK);
	assert_int_equal(records.count, 3);
	same(records.list[0].instruction, "  Write a poem.");
	same(records.list[1].instruction, "Übersetze \"ja\".");
	same(records.list[2].instruction, "{not json}");
	assert_int_equal(records.list[0].instance_count, 0);
}

static void bracket_of_plain_text(void **state)
{
	(void)state;
	assert_int_equal(parse("[urgent] Write a note.\nSecond\n"), SOW_OK);
	assert_int_equal(records.count, 2);
	same(records.list[0].instruction, "[urgent] Write a note.");
	same(records.list[1].instruction, "Second");
}

static void appends(void **state)
{
	(void)state;
	assert_int_equal(parse("one"), SOW_OK);
	assert_int_equal(parse("{\"instruction\": \"a\"}\n{\"instruction\": {}}"), SOW_INVALID);
	assert_int_equal(records.count, 1);
	assert_int_equal(parse("two"), SOW_OK);
	assert_int_equal(records.count, 2);
}

/* What is wrong, and where */

static void broken_lines(void **state)
{
	(void)state;
	refused("{\"instruction\": \"a\"}\n\n{\"instruction\": oops}\n",
		"seeds:3:17: expected a value");
	refused("{\"ünï\": \"ä\", \"b\" 1}", "seeds:1:18: expected : after the name");
	refused("{\"instruction\": \"a\"} x", "seeds:1:22: expected a value");
	refused("{\"instruction\": \"a\"}\n{\n  \"instruction\": \"a\"\n}\n",
		"seeds:2:2: the line ends inside a JSON value; expected one whole object a line, "
		"or all in one array");
	refused("{\"instruction\": \"a\"}\nWrite a poem.\n", "seeds:2:1: expected a value");
}

static void broken_records(void **state)
{
	(void)state;
	refused("{\"instruction\": \"a\"}\n{\"notes\": \"b\"}\n",
		"seeds:2: no instruction among notes; expected 'instruction', 'messages', "
		"'conversations', 'prompt', 'question' or the like, or --map instruction=COLUMN");
	refused("{\"instruction\": {}}", "seeds:1: 'instruction' is an object; expected a text");
	refused("{\"instruction\": \" \"}", "seeds:1: 'instruction' is empty");
	refused("{\"instruction\": \"a\", \"instances\": [{}, {\"input\": []}]}",
		"seeds:1: instance 2: 'input' is an array; expected a text");
	refused("{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"clown\"}]}",
		"seeds:1: 'messages': turn 2: unknown role 'clown'; expected system, developer, user, "
		"assistant or tool");
}

static void broken_arrays(void **state)
{
	(void)state;
	refused("\n[\n  {\"instruction\": \"a\"},\n  {\"instructiön\": \"b\",}\n]\n",
		"seeds:4:22: expected no comma before the closing bracket");
	refused("[{\"instruction\": \"a\"}\n{\"instruction\": \"b\"}]\n", "seeds:2:1: expected , or ]");
	refused("[{\"instruction\": \"a\"},\n {\"instruction\": {}}]",
		"seeds:2: record 2: 'instruction' is an object; expected a text");
	refused("[\"a\", 7]", "seeds:1: record 2: expected an object, not a number");
	refused("[{\"instruction\": \"a\"},", "seeds:1:23: unexpected end of the text");
	refused("[{\"instruction\": \"a\"},]", "seeds:1:23: expected no comma before the closing bracket");
	refused("[{\"instruction\": \"a\"}]\n\n x", "seeds:3:2: expected nothing more after the value");
	refused("[{\"instruction\": \"a\"},,]", "seeds:1:23: expected a value");
	refused("[\n{\"instruction\": \"a\"", "seeds:2:20: unexpected end of the text");
}

/* What is not text is read as what says so; what is no text at all is refused. */
static void not_utf8(void **state)
{
	(void)state;
	assert_int_equal(parse("ok\nd\xC3\xA9j\xE0 vu\n"), SOW_OK);
	assert_int_equal(parse("{\"instruction\": \"\xFF\", \"\xFE\": \"\\ud83d\"}"), SOW_OK);
	assert_int_equal(parse("[\n{\"instruction\": \"\xFF\"}]"), SOW_OK);
	assert_int_equal(records.count, 4);
	same(records.list[1].instruction, "déj\xEF\xBF\xBD vu");
	same(records.list[2].instruction, "\xEF\xBF\xBD");
	same(records.list[2].fields, "{\"\xEF\xBF\xBD\":\"\xEF\xBF\xBD\"}");
	assert_int_equal(record_list_parse(&records, arena, "seeds", view_from("a\0b", 3), &err),
			 SOW_INVALID);
	assert_string_equal(err.text, "seeds:1:2: expected text, not a zero byte");
	assert_int_equal(records.count, 4);
}

static void empty(void **state)
{
	(void)state;
	static const char said[] = "seeds: no records in it; expected JSON, CSV, or one "
				   "instruction a line";
	refused("", said);
	refused("\n \n\t\n", said);
	refused("[]", said);
}

/* Files */

static char path[] = "/tmp/sow-records-XXXXXX";

static void save(const char *text, const char *suffix, char out[64])
{
	snprintf(out, 64, "%s%s", path, suffix);
	struct outfile *file = outfile_open(out, &err);
	assert_non_null(file);
	outfile_write(file, text, strlen(text));
	assert_int_equal(outfile_finish(file, &err), SOW_OK);
}

static void read_from_files(void **state)
{
	(void)state;
	static const char *const suffixes[] = { "", ".gz", ".zst" };
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < 3; i++) {
		char name[64], message[128];
		save("\xEF\xBB\xBF{\"instruction\": \"a\"}\n{\"instruction\": []}\n", suffixes[i], name);
		assert_int_equal(record_list_read(&records, arena, name, NULL, &err), SOW_INVALID);
		snprintf(message, sizeof(message), "%s:2: 'instruction' is empty", name);
		assert_string_equal(err.text, message);
		save("[{\"instruction\": \"a\"}]\n", suffixes[i], name);
		assert_int_equal(record_list_read(&records, arena, name, NULL, &err), SOW_OK);
		assert_int_equal(unlink(name), 0);
	}
	assert_int_equal(records.count, 3);
	assert_int_equal(record_list_read(&records, arena, "/nonexistent/file", NULL, &err), SOW_IO);
	assert_string_equal(err.text, "/nonexistent/file: No such file or directory");
}

static void line_of_100_mb(void **state)
{
	(void)state;
	char name[] = "/tmp/sow-records-XXXXXX", message[64];
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "ok\n{", 4), 4);
	assert_int_equal(ftruncate(fd, 100000000), 0);
	close(fd);
	int status = record_list_read(&records, arena, name, NULL, &err);
	unlink(name);
	assert_int_equal(status, SOW_TOOBIG);
	snprintf(message, sizeof(message), "%s:2: longer than 64 MiB", name);
	assert_string_equal(err.text, message);
	assert_int_equal(records.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(self_instruct_lines), TEST(alpaca_array), TEST(chats), TEST(plain_text),
		TEST(bracket_of_plain_text), TEST(appends), TEST(broken_lines), TEST(broken_records),
		TEST(broken_arrays), TEST(not_utf8), TEST(empty), TEST(read_from_files),
		TEST(line_of_100_mb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
