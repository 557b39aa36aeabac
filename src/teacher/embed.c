#include "teacher/embed.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "teacher/models.h"

/* Replies come in any order, and are passed on in the order of the texts. */
struct embedding {
	struct teacher *teacher;
	const struct view *texts;
	size_t count, asked, given;
	struct reply **waiting;      /* by text, those that arrived and are not passed on yet */
	struct sow_error *err;
};

static int ask(struct embedding *e)
{
	struct request *r = request_new(), *made;
	int status = request_add(r, ROLE_NONE, false, e->texts[e->asked]);
	if (!status) {
		r->kind = REQUEST_EMBED;
		r->tag = (int64_t)e->asked;
		status = request_set_key(r, view_of(teacher_identity(e->teacher)), 0);
	}
	status = request_finish(r, status, &made);
	if (!status)
		status = teacher_submit(e->teacher, made);
	e->asked++;
	if (status == SOW_INVALID)
		return error_set(e->err, status, "text %zu: not UTF-8", e->asked);
	return status ? error_set(e->err, (enum sow_status)status, "text %zu: %s", e->asked,
				  status == SOW_NOMEM ? "out of memory" : "too long") : SOW_OK;
}

static int collect(struct embedding *e)
{
	struct sow_error why = { 0 };
	struct reply *r = teacher_collect(e->teacher, CLOCK_SECOND, &why);
	if (r)
		e->waiting[r->tag] = r;
	return why.status ? error_set(e->err, why.status, "%s", why.text) : SOW_OK;
}

static int give(struct embedding *e, int (*each)(void *data, size_t i, const struct reply *vector),
		void *data)
{
	int status = SOW_OK;
	for (; e->given < e->count && e->waiting[e->given] && !status; e->given++) {
		status = each(data, e->given, e->waiting[e->given]);
		reply_free(e->waiting[e->given]);
		e->waiting[e->given] = NULL;
	}
	return status;
}

static int embed_all(struct embedding *e, int (*each)(void *data, size_t i, const struct reply *vector),
		     void *data)
{
	size_t most = (size_t)teacher_capacity(e->teacher);
	int status = SOW_OK;
	while (e->given < e->count && !status) {
		while (e->asked < e->count && e->asked - e->given < most && !status)
			status = ask(e);
		if (!status)
			status = collect(e);
		if (!status)
			status = give(e, each, data);
	}
	return status;
}

int embed_texts(const struct teacher_options *o, const struct view *texts, size_t count,
		int (*each)(void *data, size_t i, const struct reply *vector), void *data,
		struct sow_error *err)
{
	static const char *const built_in[] = { MODEL_EMBEDDER };
	struct teacher_options options;
	teacher_options_default(&options);
	if (o)
		options = *o;
	if (!options.spec_count) {
		options.specs = built_in;
		options.spec_count = 1;
	}
	struct sow_error here = { 0 };
	struct embedding e = { .texts = texts, .count = count, .err = err ? err : &here };
	e.waiting = mem_zalloc((count + 1) * sizeof(*e.waiting));
	int status = (e.teacher = teacher_open(&options, e.err)) ? SOW_OK : (int)e.err->status;
	if (!status && !teacher_can(e.teacher, REQUEST_EMBED))
		status = error_set(e.err, SOW_USAGE, "%s makes no vectors of texts", options.specs[0]);
	if (!status)
		status = embed_all(&e, each, data);
	teacher_close(e.teacher);
	for (size_t i = 0; i < count; i++)
		reply_free(e.waiting[i]);
	mem_free(e.waiting);
	return status;
}
