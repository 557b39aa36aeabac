#include "report/difficulty.h"

#include <inttypes.h>
#include <stdio.h>

#include "io/json.h"
#include "terminal/readable.h"

/* Xu et al. 2023, arXiv:2304.12244: Alpaca's data, then rounds 1 to 4. */
static const double paper[] = { 3.00, 5.48, 6.35, 6.84, 7.08 };
#define PAPER_ROUNDS (sizeof(paper) / sizeof(*paper))

static void print_right(struct buf *out, int64_t n, size_t width)
{
	struct buf figure = BUF_INIT;
	readable_count(&figure, n);
	buf_addf(out, "%*s", (int)width, figure.data);
	buf_release(&figure);
}

static void print_mean(struct buf *out, bool known, double mean, int width)
{
	if (known)
		buf_addf(out, "%*.2f", width, mean);
	else
		buf_addf(out, "%*s", width, "-");
}

int difficulty_print(const struct measure *m, struct buf *out)
{
	int64_t unread = 0;
	buf_addstr(out, "round         tasks    judged  difficulty  the paper's*\n");
	for (size_t i = 0; i < m->count; i++) {
		const struct measured *r = &m->rounds[i];
		unread += r->unread;
		if (i)
			buf_addf(out, "%-9zu", i);
		else
			buf_addstr(out, "initial  ");
		print_right(out, r->tasks, 10);
		print_right(out, r->judged, 10);
		print_mean(out, r->judged > 0, r->sum / (double)(r->judged ? r->judged : 1), 12);
		print_mean(out, i < PAPER_ROUNDS, i < PAPER_ROUNDS ? paper[i] : 0, 14);
		buf_addch(out, '\n');
	}
	buf_addstr(out, "* mean of a judge's 1 to 10: Xu et al. 2023, arXiv:2304.12244, from Alpaca's "
			"data\n");
	if (unread)
		buf_addf(out, "%" PRId64 " replies held no number from 1 to 10 and count for nothing\n",
			 unread);
	return out->status;
}

int difficulty_json(const struct measure *m, struct buf *buf)
{
	struct json_out *out = json_out_new();
	if (!out)
		return SOW_NOMEM;
	json_out_object(out, NULL);
	json_out_array(out, "rounds");
	for (size_t i = 0; i < m->count; i++) {
		const struct measured *r = &m->rounds[i];
		json_out_object(out, NULL);
		json_out_integer(out, "round", (int64_t)i);
		json_out_integer(out, "tasks", r->tasks);
		json_out_integer(out, "judged", r->judged);
		json_out_integer(out, "unread", r->unread);
		if (r->judged)
			json_out_number(out, "difficulty", r->sum / (double)r->judged);
		if (i < PAPER_ROUNDS)
			json_out_number(out, "paper", paper[i]);
		json_out_end(out);
	}
	json_out_end(out);
	json_out_end(out);
	int status = json_out_write(out, buf, JSON_PRETTY);
	json_out_free(out);
	buf_addch(buf, '\n');
	return status ? status : buf->status;
}
