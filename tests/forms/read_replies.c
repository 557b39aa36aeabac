/* What each parser of replies takes out of them, for tests in other languages and for timing.
 *
 *     read_replies [TIMES] < REPLIES
 *
 * Standard input holds replies, each "KIND\nTEXT\0", where KIND is a row of the table below. For each,
 * what was read goes to standard output: the pieces of an item parted by U+001F, items ended by
 * U+001E, replies by a zero byte. With TIMES all are read so many times over, and only the time that
 * took is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "method/evolution.h"
#include "method/released.h"
#include "method/reply.h"

static _Noreturn void fail(const char *why)
{
	fprintf(stderr, "read_replies: %s\n", why);
	exit(1);
}

static void add(struct buf *out, struct view text, char end)
{
	buf_add(out, text.p, text.len);
	buf_addch(out, end);
}

static void write_views(struct views *v, struct buf *out)
{
	for (size_t i = 0; i < v->count; i++)
		add(out, v->list[i], '\x1e');
	views_release(v);
}

static void write_instances(struct instances *v, struct buf *out)
{
	for (size_t i = 0; i < v->count; i++) {
		add(out, v->list[i].input, '\x1f');
		add(out, v->list[i].output, '\x1e');
	}
	instances_release(v);
}

static int read_list(struct view reply, bool begun, struct buf *out)
{
	struct views v = { 0 };
	struct arena *a = arena_new();
	list_read(reply, begun, a, &v);
	write_views(&v, out);
	arena_free(a);
	return SOW_OK;
}

static int list(struct view reply, struct buf *out)
{
	return read_list(reply, false, out);
}

static int list_begun(struct view reply, struct buf *out)
{
	return read_list(reply, true, out);
}

static int released_views(struct view reply, struct buf *out)
{
	struct views v = { 0 };
	released_list(reply, &v);
	write_views(&v, out);
	return SOW_OK;
}

static int pairs(void (*read)(struct view, struct instances *), struct view reply, struct buf *out)
{
	struct instances v = { 0 };
	read(reply, &v);
	write_instances(&v, out);
	return SOW_OK;
}

static int instances(struct view reply, struct buf *out)
{
	return pairs(reply_instances, reply, out);
}

static int labels(struct view reply, struct buf *out)
{
	return pairs(reply_labels, reply, out);
}

static int old_instances(struct view reply, struct buf *out)
{
	return pairs(released_instances, reply, out);
}

static int old_labels(struct view reply, struct buf *out)
{
	return pairs(released_labels, reply, out);
}

static int read_records(struct view reply, bool begun, struct buf *out)
{
	struct reply_blocks v = { 0 };
	reply_blocks(reply, begun, &v);
	for (size_t i = 0; i < v.count; i++) {
		const struct reply_block *r = &v.list[i];
		add(out, r->malformed ? view_of("malformed") : r->instruction, '\x1f');
		add(out, r->instance.input, '\x1f');
		add(out, r->instance.output, '\x1e');
	}
	reply_blocks_release(&v);
	return SOW_OK;
}

static int records(struct view reply, struct buf *out)
{
	return read_records(reply, false, out);
}

static int records_begun(struct view reply, struct buf *out)
{
	return read_records(reply, true, out);
}

static int yes(struct view reply, struct buf *out)
{
	add(out, view_of(reply_yes(reply) ? "yes" : "no"), '\x1e');
	return SOW_OK;
}

static int old_yes(struct view reply, struct buf *out)
{
	add(out, view_of(released_yes(reply) ? "yes" : "no"), '\x1e');
	return SOW_OK;
}

static int evolution(struct view reply, struct buf *out)
{
	add(out, evolution_read(reply), '\x1e');
	return SOW_OK;
}

static const struct {
	const char *kind;
	int (*read)(struct view reply, struct buf *out);
} kinds[] = {
	{ "list", list }, { "list-begun", list_begun }, { "instances", instances }, { "labels", labels },
	{ "records", records }, { "records-begun", records_begun }, { "yes", yes },
	{ "evolution", evolution },
	{ "released-list", released_views }, { "released-instances", old_instances },
	{ "released-labels", old_labels }, { "released-yes", old_yes },
};

static void read_one(struct view text, struct buf *out)
{
	size_t newline = view_find(text, 0, "\n");
	struct view kind = view_sub(text, 0, newline);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!view_eqstr(kind, kinds[i].kind))
			continue;
		if (kinds[i].read(view_sub(text, newline + 1, text.len), out))
			fail("out of memory");
		buf_addch(out, '\0');
		return;
	}
	fail("unknown kind");
}

static size_t read_all(struct view all, struct buf *out)
{
	size_t count = 0;
	for (const char *end; all.len && (end = memchr(all.p, '\0', all.len)); count++) {
		size_t len = (size_t)(end - all.p);
		read_one(view_sub(all, 0, len), out);
		all = view_sub(all, len + 1, all.len);
	}
	return count;
}

int main(int argc, char **argv)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	char piece[65536];
	size_t n;
	long times = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	while ((n = fread(piece, 1, sizeof(piece), stdin)))
		buf_add(&in, piece, n);
	if (buf_failed(&in) || ferror(stdin))
		fail("can't read standard input");
	int64_t began = clock_monotonic();
	size_t count = 0;
	for (long i = 0; i < (times ? times : 1); i++) {
		buf_clear(&out);
		count += read_all(view_from(in.data, in.len), &out);
	}
	if (times)
		printf("%zu replies in %.1f ms\n", count, (double)(clock_monotonic() - began) / 1e6);
	else if (buf_failed(&out) || fwrite(out.data, 1, out.len, stdout) != out.len)
		fail("can't write what was read");
	buf_release(&in);
	buf_release(&out);
	return fflush(stdout) ? 1 : 0;
}
