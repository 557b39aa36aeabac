#include "cli/select_ranks_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/select_explain.h"
#include "data/record_read.h"
#include "io/json.h"

/* The second pass of this rank. */
struct second {
	struct spread_selection *x;
	struct select_explain *explaining;
	struct buf *sent;            /* to each rank, where the order is that of taking; else NULL */
	uint64_t taken;              /* of all ranks */
};

/* A record on its way to the rank that writes it; its object follows. */
struct sent {
	uint64_t place, len, is_text;
};

/* The order is cut into as many pieces as there are ranks. */
static int send_record(struct second *w, const struct record *r, uint64_t place)
{
	const struct sent head = { place, r->object.len, r->is_text };
	struct buf *to = &w->sent[(place - 1) * ranks_count(w->x->t->ranks) / w->taken];
	buf_add(to, (const char *)&head, sizeof(head));
	return buf_add(to, r->object.p, r->object.len);
}

static void explain(const struct second *w, const struct record *r, size_t i)
{
	const struct spread_selection *x = w->x;
	struct record_fate fate = { .rank = (size_t)x->places[i], .reason = x->reasons[i], .score = x->scores[i] };
	if (fate.reason == REASON_NEAR) {
		fate.near = (size_t)x->near[i].record;
		fate.cosine = x->near[i].cosine;
	}
	select_explain_add(w->explaining, r, &fate, x->before + i + 1);
}

static int write_one(void *data, const struct record *r, size_t i, struct sow_error *err)
{
	struct second *w = data;
	struct spread_selection *x = w->x;
	if (i >= x->count)
		return error_set(err, SOW_INVALID, "%s: changed while it was read", x->t->in);
	if (w->explaining)
		explain(w, r, i);
	if (x->reasons[i])
		return SOW_OK;
	return w->sent ? send_record(w, r, x->places[i]) : record_output_add(x->output, r, err);
}

/* Where a received record lies: its place, then its text. */
struct came {
	const char *at;
};

static struct sent head_of(const struct came *c)
{
	struct sent head;
	memcpy(&head, c->at, sizeof(head));
	return head;
}

static int compare_came(const void *a, const void *b)
{
	uint64_t x = head_of(a).place, y = head_of(b).place;
	return (x > y) - (x < y);
}

static int write_came(struct spread_selection *x, const struct came *c, struct arena *a, struct sow_error *err)
{
	const struct sent head = head_of(c);
	struct record record;
	const json_value *object = json_own(view_from(c->at + sizeof(head), (size_t)head.len), a);
	int status = record_read_any(object, x->input->options.columns, a, &record, NULL, err);
	if (status)
		return status;
	record.is_text = head.is_text;
	return record_output_add(x->output, &record, err);
}

/* What this rank writes, whichever rank read it. */
static int write_sent(struct second *w, struct sow_error *err)
{
	struct spread_selection *x = w->x;
	size_t n = ranks_count(x->t->ranks), count = 0, room = 0;
	struct buf *in = w->sent + n;
	struct came *list = NULL;
	struct arena *a = arena_new();
	int status = ranks_alltoall(x->t->ranks, SOW_OK, w->sent, in, err);
	for (size_t k = 0; k < n && !status; k++) {
		for (size_t at = 0; at < in[k].len; count++) {
			mem_grow(&list, &room, count + 1);
			list[count] = (struct came){ in[k].data + at };
			at += sizeof(struct sent) + (size_t)head_of(&list[count]).len;
		}
	}
	if (count)
		qsort(list, count, sizeof(*list), compare_came);
	for (size_t i = 0; i < count && !status; i++) {
		status = write_came(x, &list[i], a, err);
		arena_clear(a);
	}
	arena_free(a);
	mem_free(list);
	return ranks_agree(x->t->ranks, status, err);
}

static int open_outputs(struct second *w, struct sow_error *err)
{
	struct spread_selection *x = w->x;
	int status = record_output_open(x->output, err);
	if (!status && x->explain) {
		w->explaining = select_explain_open(x->explain, err);
		status = w->explaining ? SOW_OK : (int)err->status;
	}
	if (x->options->ranked)
		w->sent = ranks_buffers(x->t->ranks);
	return ranks_agree(x->t->ranks, status, err);
}

/* Both passes read the same. */
static int check_same(struct spread_selection *x, const struct clean_fingerprint *before,
		      struct sow_error *err)
{
	const struct clean_options parts = { .parts = &x->t->parts };
	struct clean_fingerprint after;
	int status = clean_fingerprint_take(&parts, &after, err);
	if (!status && memcmp(&after.hash, &before->hash, sizeof(after.hash)) != 0)
		status = error_set(err, SOW_INVALID, "%s: changed while it was read", x->t->in);
	return ranks_agree(x->t->ranks, status, err);
}

static int close_outputs(struct second *w, struct select_made *made, struct sow_error *err)
{
	struct spread_selection *x = w->x;
	struct buf columns = { .data = buf_empty, .cap = SIZE_MAX / 2 };
	int status = record_output_share_columns(x->output, x->t, &columns, err);
	buf_release(&columns);
	if (!status)
		status = record_output_close(x->output, &made->made, err);
	status = select_explain_finish(w->explaining, status, err);
	w->explaining = NULL;
	status = ranks_agree(x->t->ranks, status, err);
	return status ? status : record_output_add_up(x->output, x->t, &made->made, err);
}

int select_write(struct spread_selection *x, const struct clean_fingerprint *before, struct select_made *made,
		 struct sow_error *err)
{
	struct second w = { .x = x, .taken = made->taken };
	struct facts facts = { .records = 0 };
	int status = open_outputs(&w, err);
	if (!status)
		status = select_each(x, &facts, write_one, &w, err);
	if (!status)
		status = check_same(x, before, err);
	if (!status && w.sent)
		status = write_sent(&w, err);
	if (!status)
		status = close_outputs(&w, made, err);
	select_explain_finish(w.explaining, status, err);
	ranks_buffers_free(x->t->ranks, w.sent);
	return status;
}
