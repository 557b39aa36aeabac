/* No silent loss: records of every kind, from every format to every other and back, and each text
 * and number of a file is found again in the next one, or its loss was told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/dataset.h"
#include "data/format.h"
#include "data/records.h"
#include "io/infile.h"
#include "io/json.h"

static const char *const inputs[] = {
	"{\"id\":\"r1\",\"instruction\":\"ins1\",\"input\":\"inp1\",\"output\":\"  out1\\n\",\"source\":\"src1\"}",
	"{\"id\":7001,\"name\":\"nam2\",\"prompt\":\"pro2\",\"completion\":\" com2\",\"meta\":{\"deep\":[61002,null,true]}}",
	"{\"question\":\"que3\",\"answer\":\"ans3\",\"reasoning_content\":\"rea3\",\"prompt\":\"other3\",\"big\":12345678901234567890123}",
	"{\"messages\":[{\"role\":\"system\",\"content\":\"sys4\"},{\"role\":\"user\",\"content\":\"use4\"},"
	"{\"role\":\"assistant\",\"content\":\"bad4\",\"weight\":0},{\"role\":\"user\",\"content\":\"aga4\"},"
	"{\"role\":\"assistant\",\"content\":\"goo4\",\"weight\":1,\"reasoning\":\"rea4\",\"mood\":\"moo4\"}],\"forum\":\"for4\"}",
	"{\"messages\":[{\"role\":\"user\",\"content\":\"rain5\"},{\"role\":\"assistant\",\"content\":null,"
	"\"tool_calls\":[{\"id\":\"cal5\",\"type\":\"function\",\"function\":{\"name\":\"fun5\",\"arguments\":\"{\\\"city\\\":\\\"osl5\\\"}\"}}]},"
	"{\"role\":\"tool\",\"tool_call_id\":\"cal5\",\"name\":\"nam5\",\"content\":\"yes5\"},"
	"{\"role\":\"assistant\",\"content\":\"wet5\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"fun5\",\"description\":\"des5\"}}]}",
	"{\"conversations\":[{\"from\":\"human\",\"value\":\"ask6\"},{\"from\":\"function_call\",\"value\":\"{\\\"name\\\":\\\"fun6\\\",\\\"arguments\\\":{\\\"a\\\":\\\"arg6\\\"}}\"},"
	"{\"from\":\"observation\",\"value\":\"obs6\"},{\"from\":\"gpt\",\"value\":\"rep6\"}],\"system\":\"sys6\",\"tools\":\"[{\\\"name\\\":\\\"too6\\\"}]\"}",
	"{\"prompt\":\"pro7\",\"chosen\":\"cho7\",\"rejected\":\"rej7\",\"score_chosen\":7.5,\"score_rejected\":2.25,\"lang\":\"lan7\"}",
	"{\"chosen\":[{\"role\":\"user\",\"content\":\"use8\"},{\"role\":\"assistant\",\"content\":\"cho8\"}],"
	"\"rejected\":[{\"role\":\"user\",\"content\":\"use8\"},{\"role\":\"assistant\",\"content\":\"rej8\"}]}",
	"{\"input\":{\"messages\":[{\"role\":\"developer\",\"content\":\"dev9\"},{\"role\":\"user\",\"content\":\"use9\"}],\"tools\":[],\"parallel_tool_calls\":true},"
	"\"preferred_output\":[{\"role\":\"assistant\",\"content\":\"pre9\"}],\"non_preferred_output\":[{\"role\":\"assistant\",\"content\":\"non9\"}]}",
	"{\"context\":[{\"role\":\"user\",\"content\":\"con10\"}],\"completions\":[{\"rank\":1,\"completion\":[{\"role\":\"assistant\",\"content\":\"sec10\"}]},"
	"{\"rank\":0,\"completion\":[{\"role\":\"assistant\",\"content\":\"fir10\"}]},{\"rank\":2,\"completion\":[{\"role\":\"assistant\",\"content\":\"thi10\"}]}]}",
	"{\"prompt\":[{\"role\":\"user\",\"content\":\"pro11\"}],\"completion\":[{\"role\":\"assistant\",\"content\":\"com11\"}],\"label\":false}",
	"{\"prompt\":[{\"role\":\"user\",\"content\":\"pro12\"}],\"data_source\":\"dat12\",\"ability\":\"abi12\",\"reward_model\":{\"style\":\"rule\",\"ground_truth\":\"tru12\"},\"extra_info\":{\"index\":12012}}",
	"{\"text\":\"tex13\",\"url\":\"url13\"}",
	"{\"instruction\":\"ins14\",\"instances\":[{\"input\":\"inp14\",\"output\":\"out14\"},{\"input\":\"\",\"output\":\"two14\"}],\"is_classification\":true,\"root\":\"roo14\",\"round\":14014}",
	"{\"instruction\":\"ins15\",\"generations\":[\"gen15\",\"neg15\"],\"system\":\"sys15\"}",
	"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"see16\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"url16\"}}]},{\"role\":\"assistant\",\"content\":\"cat16\"}]}",
	"{\"instruction\":\"ins17\",\"input\":\"\",\"output\":\"out17\",\"system\":\"sys17\",\"history\":[[\"que17\",\"old17\"]]}",
	"{\"instruction\":\"ins19\",\"a\\u0000b\":\"nul19\",\"prompt\":\"pro19\"}",
	"{\"prompt\":\"pro18\",\"chosen\":[{\"role\":\"assistant\",\"content\":\"cho18\"},{\"role\":\"tool\",\"content\":\"too18\"},{\"role\":\"assistant\",\"content\":\"end18\"}],\"rejected\":\"rej18\"}",
};

static char paths[3][32] = { "/tmp/sow-account-XXXXXX", "/tmp/sow-account-XXXXXX",
			     "/tmp/sow-account-XXXXXX" };
static struct sow_error err;

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int fd = mkstemp(paths[i]);
		if (fd < 0 || close(fd))
			return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		unlink(paths[i]);
	return 0;
}

/* Reads one file and writes the other; how much was said to be left out. */
static size_t convert(struct records *in, const struct format *f, const char *to)
{
	struct arena *a = arena_new();
	struct record record;
	size_t count, told = 0;
	struct format_writer *w = format_open(f, NULL, to, true, &err);
	assert_non_null(w);
	assert_non_null(in);
	int status;
	while ((status = records_next(in, a, &record, &err)) > 0) {
		assert_int_equal(format_write(w, &record), SOW_OK);
		arena_clear(a);
	}
	if (status)
		print_error("%s\n", err.text);
	assert_int_equal(status, 0);
	const struct format_left *left = format_left(w, &count);
	for (size_t i = 0; i < count; i++)
		told += left[i].count;
	assert_int_equal(format_finish(w, &err), SOW_OK);
	records_close(in);
	arena_free(a);
	return told;
}

static bool holds(struct view text, struct view part, int escapes)
{
	struct buf needle = BUF_INIT, again = BUF_INIT;
	buf_add(&needle, part.p, part.len);
	for (int i = 0; i < escapes; i++) {
		buf_clear(&again);
		json_escape(&again, view_from(needle.data, needle.len));
		buf_clear(&needle);
		buf_add(&needle, again.data, again.len);
	}
	bool found = !needle.len || view_find(text, 0, needle.data) != VIEW_NONE;
	buf_release(&needle);
	buf_release(&again);
	return found;
}

/* Spelled by each format as it likes. */
static bool is_spelling(struct view key)
{
	static const char *const keys[] = { "role", "from", "type", "rank", "style", "split", "index",
					    "label", "weight", "train", "kto_tag", "data_source",
					    "ability", "is_classification" };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (view_eqstr(key, keys[i]))
			return true;
	}
	return false;
}

static size_t missing(const json_value *v, struct view text, bool tell)
{
	size_t count = 0;
	char digits[400];
	switch (json_type(v)) {
	case JSON_ARRAY:
	case JSON_OBJECT:
		for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
			if (json_type(v) == JSON_OBJECT && is_spelling(json_key(m)) &&
			    json_type(m) != JSON_ARRAY)
				continue;
			count += missing(m, text, tell);
		}
		return count;
	case JSON_NUMBER:
		snprintf(digits, sizeof(digits), "%.*s", VIEW_ARG(json_scalar(v, NULL)));
		count = !holds(text, view_of(digits), 0);
		if (count && tell)
			print_error("lost: %s\n", digits);
		return count;
	case JSON_TEXT: {
		struct view s = json_text(v);
		if (holds(text, s, 1) || holds(text, s, 2) || holds(text, s, 3))
			return 0;
		/* JSON in a text may stand there as JSON, and the other way round */
		struct sow_error own = { 0 };
		struct json *doc = json_parse(s.p, s.len, &own);
		if (doc && json_type(json_root(doc)) != JSON_NUMBER)
			count = missing(json_root(doc), text, tell);
		else
			count = 1;
		json_free(doc);
		if (count && tell)
			print_error("lost: %.*s\n", VIEW_ARG(s));
		return count;
	}
	default:
		return 0;
	}
}

/* Texts of one file that are not in the other. */
static size_t lost(const char *from, const char *to, bool tell)
{
	struct buf first = BUF_INIT, second = BUF_INIT;
	size_t count = 0;
	assert_int_equal(infile_whole(from, &first, &err), SOW_OK);
	assert_int_equal(infile_whole(to, &second, &err), SOW_OK);
	struct view rest = view_from(first.data, first.len), line;
	struct arena *a = arena_new();
	while (view_line(&rest, &line)) {
		size_t repaired = 0;
		struct json *doc = json_parse_lenient(line, a, &repaired, NULL, &err);
		assert_non_null(doc);
		count += missing(json_root(doc), view_from(second.data, second.len), tell);
		arena_clear(a);
	}
	arena_free(a);
	buf_release(&first);
	buf_release(&second);
	return count;
}

static void check(const char *from, const char *to, size_t told, const char *what, size_t i)
{
	size_t count = lost(from, to, false);
	if (count > 0 && !told) {
		print_error("input %zu, %s: %zu lost in silence\n", i + 1, what, count);
		lost(from, to, true);
		fail();
	}
}

static void every_format_to_every_other(void **state)
{
	(void)state;
	char what[100];
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		for (size_t f = 0; f < format_count; f++) {
			FILE *source = fopen(paths[0], "w");
			fprintf(source, "%s\n", inputs[i]);
			fclose(source);
			size_t told = convert(records_file(paths[0], NULL, &err), &formats[f], paths[1]);
			snprintf(what, sizeof(what), "as %s", formats[f].name);
			check(paths[0], paths[1], told, what, i);
			struct records_options empty = { .may_be_empty = true };
			for (size_t to = 0; to < format_count; to++) {
				told = convert(records_file(paths[1], &empty, &err), &formats[to],
					       paths[2]);
				snprintf(what, sizeof(what), "%s to %s", formats[f].name,
					 formats[to].name);
				check(paths[1], paths[2], told, what, i);
				told = convert(records_file(paths[2], &empty, &err), &formats[f],
					       paths[0]);
				snprintf(what, sizeof(what), "%s to %s, and back", formats[f].name,
					 formats[to].name);
				check(paths[2], paths[0], told, what, i);
			}
		}
	}
}

/* Writes the records of `from` as a table; how much was said to be left out. */
static size_t tabulate(const char *from, const struct format *f, const char *to, bool *fits)
{
	struct records_options empty = { .may_be_empty = true };
	struct records *in = records_file(from, &empty, &err);
	const struct dataset_options o = { .format = f, .path = to };
	struct dataset *p = dataset_open(&o, &err);
	struct arena *a = arena_new();
	struct dataset_made made = { 0 };
	struct record record;
	int status;
	assert_non_null(in);
	status = p ? SOW_OK : (int)err.status;
	while (p && (status = records_next(in, a, &record, &err)) > 0) {
		status = dataset_add(p, &record, &err);
		if (status)
			break;
		arena_clear(a);
	}
	if (!status)
		status = dataset_finish(p, &made, &err);
	else
		dataset_drop(p);
	*fits = !status;
	records_close(in);
	arena_free(a);
	size_t told = 0;
	for (size_t i = 0; i < made.train.left_count; i++)
		told += made.train.left[i].count;
	return told;
}

/* What no table can hold is refused, and not left out. */
static bool is_refused(size_t input)
{
	return err.status == SOW_USAGE || strstr(inputs[input], "a\\u0000b") || strstr(err.text, "none of 1 records can be") ||
	       strstr(err.text, "there are none");
}

static void every_format_in_tables(void **state)
{
	(void)state;
	static const char *const endings[] = { "parquet", "csv", "tsv" };
	char table[64], what[100];
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		for (size_t k = 0; k < 3 * format_count; k++) {
			const struct format *f = &formats[k / 3];
			bool fits;
			FILE *source = fopen(paths[0], "w");
			fprintf(source, "%s\n", inputs[i]);
			fclose(source);
			convert(records_file(paths[0], NULL, &err), f, paths[1]);
			snprintf(table, sizeof(table), "%s.%s", paths[2], endings[k % 3]);
			snprintf(what, sizeof(what), "%s as %s and back", f->name, endings[k % 3]);
			size_t told = tabulate(paths[0], f, table, &fits);
			if (!fits && !is_refused(i))
				fail_msg("input %zu, %s: %s", i + 1, what, err.text);
			if (fits) {
				struct records_options empty = { .may_be_empty = true };
				told += convert(records_file(table, &empty, &err), f, paths[0]);
				check(paths[1], paths[0], told, what, i);
				unlink(table);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_to_every_other),
		cmocka_unit_test(every_format_in_tables),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
