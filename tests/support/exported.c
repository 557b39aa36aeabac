#include "exported.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"

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

char *exported(const char *dir, const struct task_range *range)
{
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT;
	struct store *s = store_open(dir, STORE_LOOK, &err);
	if (!s)
		fail_msg("%s", err.text);
	assert_int_equal(store_each_task(s, range, add_task, &text, &err), 0);
	store_close(s);
	return buf_detach(&text);
}
