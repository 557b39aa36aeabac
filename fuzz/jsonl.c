/* Files of tasks, as arbitrary bytes: read as tasks, and as JSON that is written again. */
#include <string.h>

#include "check.h"
#include "data/format.h"
#include "data/records.h"
#include "data/records.h"
#include "io/json.h"

static void check_text(struct view text)
{
	CHECK(utf8_valid(text.p, text.len, NULL));
	CHECK(is_trimmed(text));
}

static void check_task(const struct record *t)
{
	CHECK(t->instruction.len);
	check_text(t->instruction);
	check_text(t->id);
	check_text(t->name);
	for (size_t i = 0; i < t->instance_count; i++) {
		check_text(t->instances[i].input);
		check_text(t->instances[i].output);
	}
}

static void check_formats(const struct record *task)
{
	for (size_t i = 0; i < format_count; i++) {
		struct format_writer *w = format_open(&formats[i], "/dev/null", true, NULL);
		CHECK(w);
		CHECK(format_write(w, task) == SOW_OK);
		CHECK(format_written(w) + format_left_out(w) == format_samples(&formats[i], task));
		CHECK(format_finish(w, NULL) == SOW_OK);
	}
}

/* All of it or nothing, and then a message. */
static void check_tasks(struct view text)
{
	struct arena *a = arena_new();
	struct record_list tasks = RECORD_LIST_INIT;
	struct sow_error err = { 0 };
	CHECK(a);
	CHECK(record_list_parse(&tasks, a, "before", view_of("one"), &err) == SOW_OK);
	int status = record_list_parse(&tasks, a, "seeds", text, &err);
	if (status) {
		CHECK(status == SOW_INVALID && is_message(&err));
		CHECK(view_starts(view_of(err.text), "seeds:"));
		CHECK(tasks.count == 1);
	} else {
		CHECK(tasks.count > 1);
	}
	for (size_t i = 0; i < tasks.count; i++)
		check_task(&tasks.list[i]);
	record_list_release(&tasks);
	arena_free(a);
}

/* Records that can't be read are stepped over; the rest are read, and it ends. What is read is
 * written in every format, and then has as many records. */
static void check_reader(struct view text)
{
	struct arena *a = arena_new();
	struct records *r = records_text("seeds", text, NULL, NULL);
	struct sow_error err = { 0 };
	struct record task;
	int status;
	size_t steps = 0;
	CHECK(a && r);
	while ((status = records_next(r, a, &task, &err)) != 0 && !reader_broken(r)) {
		CHECK(status == 1 || (status == SOW_INVALID && is_message(&err)));
		if (status > 0) {
			check_task(&task);
			check_formats(&task);
		}
		CHECK(++steps <= text.len);
		arena_clear(a);
	}
	records_close(r);
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

static void write(const json_value *v, struct buf *text, enum json_style style)
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
	write(v, &once, style);
	struct json *doc = json_parse(once.data, once.len, NULL);
	CHECK(doc);
	write(json_root(doc), &twice, style);
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
	struct view text = view_from((const char *)data, size), line;
	check_tasks(text);
	check_reader(text);
	check_json(text);
	while (view_line(&text, &line))
		check_json(line);
	return 0;
}
