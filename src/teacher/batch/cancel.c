#include "teacher/batch/cancel.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "teacher/batch/batch.h"

/* The response to the call in flight. */
struct told {
	bool is_here;
	enum http_trouble trouble;
	int status;
	struct buf words;
};

static void on_answer(void *data, void *call_data, const struct http_answer *a)
{
	struct told *t = data;
	struct answer_words words;
	(void)call_data;
	answer_words_read(a->body, &words);
	struct view text = a->trouble ? view_of(a->words) : words.message;
	t->is_here = true;
	t->trouble = a->trouble;
	t->status = a->status;
	buf_clear(&t->words);
	buf_add(&t->words, text.p, text.len < 200 ? text.len : 200);
	answer_words_release(&words);
}

/* SOW_OK once the server has answered, whatever its answer. */
static int call(struct setup_http *s, const struct batch_api *api, const char *remote, struct told *t,
		struct sow_error *err)
{
	struct buf path = BUF_INIT;
	buf_addf(&path, "%s/%s%s", api->path, remote, api->cancel);
	struct http_endpoint *endpoint = setup_http_endpoint(s, &s->pool.list[0], path.data, NULL, err);
	buf_release(&path);
	if (!endpoint)
		return (int)err->status;
	struct http_call *c = http_call_new(s->http);
	buf_addstr(http_call_body(c), "{}");
	http_call_send(c, endpoint, s->timeout, t);
	t->is_here = false;
	int status = SOW_OK;
	while (!t->is_here && !status)
		status = http_turn(s->http, CLOCK_SECOND, on_answer, t, err);
	return status;
}

static int cancel_one(struct setup_http *s, const struct batch_api *api, struct batches *journal,
		      const struct batch_row *row, void (*say)(const char *line), bool *failed,
		      struct sow_error *err)
{
	struct told t = { .words = BUF_INIT };
	struct buf line = BUF_INIT;
	int status = call(s, api, row->remote, &t, err);
	bool is_fine = !t.trouble && t.status >= 200 && t.status <= 299;
	if (!status && is_fine) {
		struct batch_row now = *row;
		now.state = BATCH_CANCELLED;
		status = batches_note(journal, &now, err);
		buf_addf(&line, "%s: cancelled", row->remote);
	} else if (!status) {
		*failed = true;
		buf_addf(&line, "%s: could not be cancelled: ", row->remote);
		if (!t.trouble)
			buf_addf(&line, "HTTP %d: ", t.status);
		secrets_quote(&s->secrets, view_from(t.words.data, t.words.len), 200, &line);
	}
	if (!status)
		say(line.data);
	buf_release(&t.words);
	buf_release(&line);
	return status;
}

static int cancel_all(struct setup_http *s, const struct teacher_options *o, const struct batch_row *rows,
		      size_t count, void (*say)(const char *line), struct sow_error *err)
{
	const struct server *server = &s->pool.list[0];
	const struct batch_api *api = batch_api_of(server->address.host, server->wire);
	bool failed = false;
	if (!api->cancel)
		return error_set(err, SOW_USAGE, "%s: %s does not cancel batches", server->address.url,
				 api->name);
	char *who = batch_name_teacher(s);
	struct batches *journal = batches_open(o->run, who, err);
	int status = journal ? SOW_OK : (int)err->status;
	for (size_t i = 0; i < count && !status; i++) {
		if (*rows[i].remote && rows[i].state == BATCH_SUBMITTED)
			status = cancel_one(s, api, journal, &rows[i], say, &failed, err);
	}
	batches_close(journal);
	mem_free(who);
	if (!status && failed)
		status = error_set(err, SOW_IO, "%s: not all batches could be cancelled",
				   server->address.url);
	return status;
}

int batches_cancel(const struct teacher_options *o, const struct batch_row *rows, size_t count,
		   void (*say)(const char *line), struct sow_error *err)
{
	struct setup_http s;
	int status = setup_http_init(&s, o, err);
	if (!status)
		status = cancel_all(&s, o, rows, count, say, err);
	setup_http_release(&s);
	return status;
}

char *batches_teacher(const struct teacher_options *o, struct sow_error *err)
{
	struct setup_http s;
	int status = setup_http_init(&s, o, err);
	char *name = status ? NULL : batch_name_teacher(&s);
	setup_http_release(&s);
	return name;
}
