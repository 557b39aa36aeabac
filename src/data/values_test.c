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
#include "data/values.h"
#include "io/outfile.h"

static struct sow_error err;

/* Each value and each mistake in a line; what is final says so. */
static void list(struct values *v, struct buf *out)
{
	struct value value;
	int status;
	assert_non_null(v);
	while ((status = values_next(v, &value, &err)) != 0 && !values_broken(v)) {
		if (status > 0)
			buf_addf(out, "%zu:%zu ", value.at.line, value.at.column);
		buf_add(out, status > 0 ? value.json.p : err.text,
			status > 0 ? value.json.len : strlen(err.text));
		buf_addch(out, '\n');
	}
	buf_addf(out, status ? "broken: %s\n" : "%s", status ? err.text : values_kind(v));
	if (status) {
		struct sow_error again = { 0 };
		assert_int_equal(values_next(v, &value, &again), status);
		assert_string_equal(again.text, err.text);
	} else if (values_outside(v).len) {
		buf_addf(out, ", beside it %.*s", VIEW_ARG(values_outside(v)));
	}
	values_close(v);
}

static void gives_named(const char *name, const char *text, const char *want)
{
	struct buf out = BUF_INIT;
	list(values_of(name, view_of(text), NULL, &err), &out);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void gives(const char *text, const char *want)
{
	gives_named("f", text, want);
}

static void json(void **state)
{
	(void)state;
	gives("{\"a\":1}\n\n{\"a\":2},\r\n {\"a\":3}", "1:1 {\"a\":1}\n3:1 {\"a\":2}\n4:2 {\"a\":3}\n"
						     "JSON Lines");
	gives("{\"a\":1}\n{oops\n{\"a\":2}\n", "1:1 {\"a\":1}\n2:1 {oops\n3:1 {\"a\":2}\nJSON Lines");
	gives("{oops\n{\"a\":2}\n", "1:1 {oops\n2:1 {\"a\":2}\nJSON Lines");
}

static void arrays(void **state)
{
	(void)state;
	gives("\n [{\"a\":1},\n{\"a\":[]}]\n", "2:3 {\"a\":1}\n3:1 {\"a\":[]}\na JSON array");
	gives("[]", "a JSON array");
	gives("[\"a\",\"b\"]", "1:2 \"a\"\n1:6 \"b\"\na JSON array");
	gives("[{\"a\":1},]", "1:2 {\"a\":1}\nbroken: f:1:10: expected no comma before the closing "
			      "bracket\n");
	gives("[{\"a\":1}", "1:2 {\"a\":1}\nbroken: f:1:9: unexpected end of the text\n");
}

/* Objects over lines, one after another, with commas or not. */
static void objects(void **state)
{
	(void)state;
	gives("{\n \"a\":1\n}\n{\"a\":\n2}", "1:1 {\n \"a\":1\n}\n4:1 {\"a\":\n2}\n"
					    "JSON values one after another");
	gives("{\"a\":1}{\"a\":2}", "1:1 {\"a\":1}\n1:8 {\"a\":2}\nJSON values one after another");
	gives("{\n\"a\":1\n},\n{\"a\":2}\n", "1:1 {\n\"a\":1\n}\n4:1 {\"a\":2}\n"
					     "JSON values one after another");
	gives("{\n\"a\":1\n}\n7", "1:1 {\n\"a\":1\n}\n4:1 7\nJSON values one after another");
	gives("{\n\"a\":1\n}\n{\"a\"", "1:1 {\n\"a\":1\n}\nbroken: f:4:5: unexpected end of the text\n");
}

/* Conversations as lists of turns, in an array or one after another. */
static void conversations(void **state)
{
	(void)state;
	gives("[[{\"role\":1}],[{\"role\":2}]]", "1:2 [{\"role\":1}]\n1:15 [{\"role\":2}]\na JSON array");
	gives("[{\"role\":1},{\"role\":2}]\n[{\"from\":3}]", "1:1 [{\"role\":1},{\"role\":2}]\n"
							    "2:1 [{\"from\":3}]\n"
							    "JSON values one after another");
}

static void texts(void **state)
{
	(void)state;
	gives("\"a\"\n\"b\\n\"\n", "1:1 \"a\"\n2:1 \"b\\n\"\nJSON Lines");
	gives("Say \"a\".\n  b\t\r\n\nc", "1:1 \"Say \\\"a\\\".\"\n2:1 \"  b\\t\"\n4:1 \"c\"\n"
					  "plain text");
	gives("[ ] Buy milk", "1:1 \"[ ] Buy milk\"\nplain text");
	gives("\"a\" is a letter.\n", "1:1 \"\\\"a\\\" is a letter.\"\nplain text");
	gives("Question and answer, please\n", "1:1 \"Question and answer, please\"\nplain text");
	static const char *const names[] = { "f.json", "f.jsonl", "f.ndjson", "f.JSON.gz" };
	for (size_t i = 0; i < 4; i++) {
		char want[128];
		snprintf(want, sizeof(want), "broken: %s:1:1: expected JSON: an object, an array or a "
			 "text in double quotes\n", names[i]);
		gives_named(names[i], "plain\n", want);
	}
}

/* Objects with an array of records in them. */
static void envelopes(void **state)
{
	(void)state;
	gives("{\"version\":1,\"data\":[{\"a\":1},{\"a\":2}],\"license\":\"x\"}",
	      "1:22 {\"a\":1}\n1:30 {\"a\":2}\nan object with an array of records, beside it version, "
	      "license");
	gives("{\"qa\":[{\"a\":1}],\n\"n\":[1]}\n{\"qa\":[{\"a\":2}],\"n\":2}\n",
	      "1:8 {\"a\":1}\n3:8 {\"a\":2}\nan object with an array of records, beside it n");
	/* lines are records, which lose nothing that stands beside a list of theirs */
	gives("{\"qa\":[{\"a\":1}],\"n\":[1]}\n{\"qa\":[{\"a\":2}],\"n\":2}\n",
	      "1:1 {\"qa\":[{\"a\":1}],\"n\":[1]}\n2:1 {\"qa\":[{\"a\":2}],\"n\":2}\nJSON Lines");
	gives("{\"data\":[{\"a\":1}]} x", "1:10 {\"a\":1}\nbroken: f:1:20: expected another object with "
					  "an array of records, or the end\n");
	gives("{\"data\":[{\"a\":1}],\"more\":[{\"a\":2}]}",
	      "1:10 {\"a\":1}\nbroken: f:1:18: a second array of records, 'more'; expected one in an "
	      "object\n");
	gives("{\"\xFF\\n\":0,\"data\":[{\"a\":1}]}",
	      "1:18 {\"a\":1}\nan object with an array of records, beside it \xEF\xBF\xBD\\n");
	gives("{\"n\":oops,\"data\":[{\"a\":1}]}",
	      "broken: f:1:6: expected JSON before the array of records\n");
	gives("{\"data\":[{\"a\":1}] oops}", "1:10 {\"a\":1}\nbroken: f:1:19: expected , or the end of "
					     "the object after the array\n");
	gives("{\"data\":[{\"a\":1}],\"n\":", "1:10 {\"a\":1}\nbroken: f:1:23: unexpected end of the "
					      "text\n");
	gives("{\"data\":[{\"a\":1}", "1:10 {\"a\":1}\nbroken: f:1:17: unexpected end of the text\n");
}

/* A list of objects in a record does not make it a set of records, wherever it stands. */
static void records_with_lists(void **state)
{
	(void)state;
	gives("{\"docs\":[{\"text\":\"d\"}],\"question\":\"q\"}\n",
	      "1:1 {\"docs\":[{\"text\":\"d\"}],\"question\":\"q\"}\nJSON Lines");
	gives("{\n\"docs\":[[1]],\n\"prompt\":\"q\"}\n",
	      "1:1 {\n\"docs\":[[1]],\n\"prompt\":\"q\"}\nJSON values one after another");
	gives("{\"messages\":[{\"role\":\"user\"}],\"a\":[{\"b\":1}]}",
	      "1:1 {\"messages\":[{\"role\":\"user\"}],\"a\":[{\"b\":1}]}\nJSON Lines");
	const struct columns columns = { .path = { [COLUMN_ANSWER] = "reply.0.text" } };
	const struct values_options o = { .columns = &columns };
	struct buf out = BUF_INIT;
	list(values_of("f", view_of("{\"docs\":[{\"b\":1}],\"reply\":[{\"text\":1}]}"), &o, &err), &out);
	assert_string_equal(out.data, "1:1 {\"docs\":[{\"b\":1}],\"reply\":[{\"text\":1}]}\nJSON Lines");
	buf_release(&out);
}

static void list_file(const char *suffix, struct view text, struct buf *out)
{
	char folder[] = "/tmp/sow-values-XXXXXX", path[64];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/f%s", folder, suffix);
	struct outfile *file = outfile_open(path, &err);
	outfile_write(file, text.p, text.len);
	assert_int_equal(outfile_finish(file, &err), SOW_OK);
	list(values_open(path, NULL, &err), out);
	unlink(path);
	rmdir(folder);
}

/* Of a line that is longer than what is looked at the name says what it is. */
static void long_lists(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, out = BUF_INIT;
	buf_addstr(&text, "{\"docs\":[{\"b\":\"");
	for (int i = 0; i < 20000; i++)
		buf_addstr(&text, "abcdefgh");
	buf_addstr(&text, "\"}],\"question\":\"q\"}\n");
	list_file(".jsonl", view_from(text.data, text.len), &out);
	assert_int_equal(out.len, text.len + strlen("1:1 ") + strlen("JSON Lines"));
	buf_clear(&out);
	list_file(".json", view_from(text.data, text.len), &out);
	assert_non_null(strstr(out.data, ":1:160019: 'question' after an array of records; expected it "
					 "in the records\n"));
	buf_release(&text);
	buf_release(&out);
}

static void tables(void **state)
{
	(void)state;
	gives("instruction,output\n\"a,\"\"b\"\"\nc\",d\n,e\n",
	      "2:1 {\"instruction\":\"a,\\\"b\\\"\\nc\",\"output\":\"d\"}\n"
	      "4:1 {\"instruction\":\"\",\"output\":\"e\"}\nCSV");
	gives("\xEF\xBB\xBFprompt;completion\r\na;b\r\n", "2:1 {\"prompt\":\"a\",\"completion\":\"b\"}\n"
							  "CSV");
	gives("prompt\tnotes\na\tb", "2:1 {\"prompt\":\"a\",\"notes\":\"b\"}\nTSV");
	gives(",question,answer\n0,a,b\n", "2:1 {\"column_1\":\"0\",\"question\":\"a\",\"answer\":\"b\"}\n"
					   "CSV");
	gives_named("f.csv", "x,y\n1,2\n", "2:1 {\"x\":\"1\",\"y\":\"2\"}\nCSV");
	gives_named("f.csv.gz", "prompt\na\n", "2:1 {\"prompt\":\"a\"}\nCSV");
	gives_named("f.tsv", "x\ty\n1\t2\n", "2:1 {\"x\":\"1\",\"y\":\"2\"}\nTSV");
	gives("prompt,completion\na\nb,\"c\"d\ne,f\n",
	      "f:2:1: expected 2 cells as in the header, not 1\n"
	      "f:3:6: expected a delimiter or the end of the row after the closing quote\n"
	      "4:1 {\"prompt\":\"e\",\"completion\":\"f\"}\nCSV");
	gives("prompt,prompt\na,b\n", "broken: f:1:1: two columns are named 'prompt'\n");
	const struct values_options o = { .delimiter = ':' };
	struct buf out = BUF_INIT;
	list(values_of("f", view_of("x:y\n1:2\n"), &o, &err), &out);
	assert_string_equal(out.data, "2:1 {\"x\":\"1\",\"y\":\"2\"}\nCSV");
	buf_release(&out);
}

static void lines(void **state)
{
	(void)state;
	const struct values_options o = { .lines = true };
	struct buf out = BUF_INIT;
	list(values_of("f.json", view_of("{\"a\":1}\nb\n"), &o, &err), &out);
	assert_string_equal(out.data, "1:1 \"{\\\"a\\\":1}\"\n2:1 \"b\"\nplain text");
	buf_release(&out);
}

static void zero_bytes(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	list(values_of("f", view_from("a\nb\0c\nd", 7), NULL, &err), &out);
	assert_string_equal(out.data, "1:1 \"a\"\nf:2:2: expected text, not a zero byte\n3:1 \"d\"\n"
				      "plain text");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json), cmocka_unit_test(arrays), cmocka_unit_test(objects),
		cmocka_unit_test(conversations), cmocka_unit_test(texts), cmocka_unit_test(envelopes),
		cmocka_unit_test(records_with_lists), cmocka_unit_test(long_lists),
		cmocka_unit_test(tables), cmocka_unit_test(lines), cmocka_unit_test(zero_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
