/* Files of records, as arbitrary bytes: the first byte says how they are called and read, the rest
 * is the file. And each line of it as JSON, which is written again. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "data/dump_test.h"
#include "data/record_read.h"
#include "data/records.h"
#include "data/turns.h"
#include "io/json.h"

#define SEARCHED_MAX 4096 /* bytes of a value that is looked for in its record */

struct how {
	const char *name;
	struct values_options values;
	struct records_options records;
};

static void choose(unsigned char options, struct how *how)
{
	static const char *const names[] = { "file", "file.csv", "file.jsonl", "file.tsv.gz" };
	static const char delimiters[] = { 0, 0, 0, 0, ',', '\t', ';', '|' };
	static const struct columns columns = {
		.path = { [COLUMN_INSTRUCTION] = "a.b", [COLUMN_ANSWER] = "c",
			  [COLUMN_SCORE_CHOSEN] = "s.0", [COLUMN_LABEL] = "l", [COLUMN_TOOLS] = "t" } };
	how->name = names[options & 3];
	how->values.delimiter = how->records.delimiter = delimiters[options >> 2 & 7];
	how->values.columns = how->records.columns = options & 32 ? &columns : NULL;
	how->records.skip_bad = options & 64;
	how->records.may_be_empty = options & 128;
}

static void check_text(struct view text)
{
	CHECK(utf8_valid(text.p, text.len, NULL));
}

/* What was written is read as the same turns. */
static void check_turns(const struct turn *turns, size_t count, struct arena *a)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct turn *again;
	size_t same;
	CHECK(turns_write(turns, count, &once) == SOW_OK);
	CHECK(turns_parse(view_from(once.data, once.len), a, &again, &same) == SOW_OK);
	CHECK(same == count);
	CHECK(turns_write(again, same, &twice) == SOW_OK);
	CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	buf_release(&once);
	buf_release(&twice);
}

/* The conversation of each answer is whole. */
static void check_conversations(const struct record *r, struct arena *a)
{
	for (size_t i = 0; i <= r->instance_count; i++) {
		const struct instance *answer = i < r->instance_count ? &r->instances[i] : NULL;
		struct turn *turns;
		size_t count;
		record_conversation(r, answer, a, &turns, &count);
		CHECK(count);
		check_turns(turns, count, a);
	}
}

static void check_record(const struct record *r, struct arena *a)
{
	struct buf dump = BUF_INIT;
	struct record copy;
	size_t repaired = 0;
	check_text(r->id);
	check_text(r->instruction);
	CHECK(r->instruction.len || r->turn_count);
	record_dump(r, &dump);
	check_text(view_from(dump.data, dump.len));
	CHECK(json_parse_lenient(view_from(dump.data, dump.len), a, &repaired, NULL, NULL));
	CHECK(!repaired);
	check_turns(r->turns, r->turn_count, a);
	check_conversations(r, a);
	record_copy(r, a, &copy);
	struct buf again = BUF_INIT;
	record_dump(&copy, &again);
	CHECK(dump.len == again.len && memcmp(dump.data, again.data, dump.len) == 0);
	buf_release(&dump);
	buf_release(&again);
}

/* It ends, and then it is clear how. */
static void check_records(struct records *r, size_t most, const struct how *how)
{
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	struct record record;
	struct buf line = BUF_INIT;
	int status;
	size_t steps = 0;
	CHECK(a && r);
	while ((status = records_next(r, a, &record, &err)) > 0) {
		check_record(&record, a);
		CHECK(++steps <= most);
		arena_clear(a);
	}
	CHECK(status == SOW_OK || (status == SOW_INVALID && is_message(&err)));
	CHECK(status || steps || how->records.may_be_empty);
	CHECK(records_count(r) == steps && records_answered(r) <= steps);
	CHECK(how->records.skip_bad || !records_bad(r));
	records_describe(r, &line);
	check_text(view_from(line.data, line.len));
	CHECK(!memchr(line.data, '\n', line.len));
	buf_release(&line);
	records_close(r);
	arena_free(a);
}

/* The same bytes as a file, which may be UTF-16 or packed. */
static void check_file(struct view text, const struct how *how)
{
	char path[64];
	int fd = memfd_create("records", 0);
	CHECK(fd >= 0 && write(fd, text.p, text.len) == (ssize_t)text.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct sow_error err = { 0 };
	struct records *r = records_file(path, &how->records, &err);
	CHECK(r);
	struct arena *a = arena_new();
	struct record record;
	int status;
	while ((status = records_next(r, a, &record, &err)) > 0) {
		check_record(&record, a);
		arena_clear(a);
	}
	CHECK(status == SOW_OK || is_message(&err));
	records_close(r);
	arena_free(a);
	close(fd);
}

/* Nothing of a value is lost in its record. */
static void check_value(struct view json, const struct how *how, struct arena *a)
{
	struct sow_error err = { 0 };
	struct record record;
	struct buf name = BUF_INIT;
	size_t offset = 0;
	struct json *doc = json_parse_lenient(json, a, NULL, &offset, &err);
	if (!doc) {
		CHECK(err.status == SOW_INVALID && is_message(&err) && offset <= json.len);
		return;
	}
	int status = record_read(json_root(doc), how->records.columns, a, &record, NULL, &err);
	CHECK(status == SOW_OK || (status == SOW_INVALID && is_message(&err)));
	if (!status && json.len <= SEARCHED_MAX) {
		bool lost = record_lost(json_root(doc), how->records.columns, &record, &name);
		if (lost)
			fprintf(stderr, "lost: %s\n", name.data);
		CHECK(!lost);
	}
	buf_release(&name);
}

static void check_values(struct view text, const struct how *how)
{
	struct arena *a = arena_new();
	struct values *v = values_of(how->name, text, &how->values, NULL);
	struct sow_error err = { 0 };
	struct value value;
	int status;
	size_t steps = 0;
	CHECK(a && v);
	while ((status = values_next(v, &value, &err)) != 0 && !values_broken(v)) {
		CHECK(status == 1 || (status == SOW_INVALID && is_message(&err)));
		CHECK(status < 0 || (value.at.line && value.at.column));
		if (status > 0)
			check_value(value.json, how, a);
		CHECK(++steps <= text.len);
		arena_clear(a);
	}
	CHECK(!status || is_message(&err));
	values_close(v);
	arena_free(a);
}

static void check_members(const json_value *v)
{
	size_t count = 0;
	for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
		CHECK(json_type(m) != JSON_NOTHING);
		if (json_type(v) == JSON_OBJECT) {
			struct view key = json_key(m);
			CHECK(utf8_valid(key.p, key.len, NULL));
			if (strlen(key.p) == key.len)
				CHECK(json_get(v, key.p));
		}
		count++;
	}
	CHECK(count == json_count(v));
}

static void write_json(const json_value *v, struct buf *text, enum json_style style)
{
	struct json_out *out = json_out_new();
	CHECK(out);
	json_out_value(out, NULL, v);
	CHECK(json_out_write(out, text, style) == SOW_OK);
	json_out_free(out);
	CHECK(utf8_valid(text->data, text->len, NULL));
	CHECK(style == JSON_PRETTY || !memchr(text->data, '\n', text->len));
}

/* What was written is read as what it was: written again it gives the same bytes. */
static void check_written(const json_value *v, enum json_style style)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	write_json(v, &once, style);
	struct json *doc = json_parse(once.data, once.len, NULL);
	CHECK(doc);
	write_json(json_root(doc), &twice, style);
	CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	json_free(doc);
	buf_release(&once);
	buf_release(&twice);
}

static void check_json(struct view text)
{
	struct sow_error err = { 0 };
	size_t offset = 0;
	struct json *doc = json_parse_at(text.p, text.len, &offset, &err);
	if (!doc) {
		CHECK(err.status == SOW_INVALID && is_message(&err) && offset <= text.len);
		return;
	}
	CHECK(utf8_valid(text.p, text.len, NULL));
	check_members(json_root(doc));
	check_written(json_root(doc), JSON_LINE);
	check_written(json_root(doc), JSON_PRETTY);
	json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_from((const char *)data + (size > 0), size - (size > 0)), line;
	struct how how = { 0 };
	choose(size ? *data : 0, &how);
	check_values(text, &how);
	check_records(records_text(how.name, text, &how.records, NULL), text.len, &how);
	check_file(text, &how);
	check_json(text);
	while (view_line(&text, &line))
		check_json(line);
	return 0;
}
