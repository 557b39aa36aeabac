#include "exported.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/buf.h"
#include "data/format.h"
#include "data/turns.h"
#include "io/infile.h"

static int add_task(void *data, const struct record *t)
{
	const struct lineage *l = &t->lineage;
	struct buf *out = data;
	buf_addf(out, "%.*s round %lld of %.*s, %.*s of %.*s: %.*s\n", VIEW_ARG(t->id),
		 (long long)l->round, VIEW_ARG(l->root), VIEW_ARG(l->operation), VIEW_ARG(l->parent),
		 VIEW_ARG(t->instruction));
	for (size_t i = 0; i < t->instance_count; i++)
		buf_addf(out, "\t%.*s -> %.*s\n", VIEW_ARG(t->instances[i].input),
			 VIEW_ARG(t->instances[i].output));
	return out->status;
}

static void add_members(struct buf *out, const struct record *t)
{
	if (t->beside)
		buf_addstr(out, " beside");
	if (t->fields.len)
		buf_addf(out, " fields %.*s", VIEW_ARG(t->fields));
	if (t->tools.len)
		buf_addf(out, " tools %.*s", VIEW_ARG(t->tools));
	if (t->turn_count) {
		buf_addstr(out, " turns ");
		turns_write(t->turns, t->turn_count, out);
	}
	buf_addch(out, '\n');
}

static int add_whole(void *data, const struct record *t)
{
	static const char *const roles[] = { "", " chosen", " rejected" };
	struct buf *out = data;
	buf_addf(out, "%.*s of %.*s: %.*s", VIEW_ARG(t->id), VIEW_ARG(t->lineage.root),
		 VIEW_ARG(t->instruction));
	add_members(out, t);
	for (size_t i = 0; i < t->instance_count; i++) {
		const struct instance *one = &t->instances[i];
		buf_addf(out, "\t%.*s -> %.*s%s", VIEW_ARG(one->input), VIEW_ARG(one->output),
			 roles[one->role]);
		if (one->sample)
			buf_addf(out, " sample %lld", (long long)one->sample);
		if (one->scored)
			buf_addf(out, " score %g", one->score);
		if (one->reasoning.len)
			buf_addf(out, " %s %.*s", reasoning_names[one->reasoning_name],
				 VIEW_ARG(one->reasoning));
		if (one->turn_count) {
			buf_addstr(out, " turns ");
			turns_write(one->turns, one->turn_count, out);
		}
		buf_addch(out, '\n');
	}
	return out->status;
}

static void each_task(const char *dir, const struct task_range *range,
		      int (*each)(void *data, const struct record *t), void *data)
{
	struct sow_error err = { 0 };
	struct store *s = store_open(dir, STORE_LOOK, &err);
	if (!s)
		fail_msg("%s", err.text);
	assert_int_equal(store_each_task(s, range, each, data, &err), 0);
	store_close(s);
}

char *exported(const char *dir, const struct task_range *range)
{
	struct buf text = BUF_INIT;
	each_task(dir, range, add_task, &text);
	return buf_detach(&text);
}

char *exported_whole(const char *dir, const struct task_range *range)
{
	struct buf text = BUF_INIT;
	each_task(dir, range, add_whole, &text);
	return buf_detach(&text);
}

static int write_one(void *data, const struct record *t)
{
	return format_write(data, t);
}

char *exported_as(const char *dir, const struct task_range *range, const char *format)
{
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT;
	char path[600];
	snprintf(path, sizeof(path), "%s.jsonl", dir);
	struct format_writer *w = format_open(format_find(format), NULL, path, true, &err);
	assert_non_null(w);
	each_task(dir, range, write_one, w);
	assert_int_equal(format_finish(w, &err), 0);
	assert_int_equal(infile_whole(path, &text, &err), 0);
	return buf_detach(&text);
}
