#include "report/difficulty.h"

#include <inttypes.h>

/* Xu et al. 2023, arXiv:2304.12244: Alpaca's data, then rounds 1 to 4. */
static const double paper[] = { 3.00, 5.48, 6.35, 6.84, 7.08 };
#define PAPER_ROUNDS (sizeof(paper) / sizeof(*paper))

static void add_column(struct figure *x, int width)
{
	x->width = width;
}

static void round_figures(const struct round_difficulty *r, size_t i, struct figures *f)
{
	const char *name = i ? figures_words(f, "%zu", i) : "initial";
	bool in_paper = i < PAPER_ROUNDS;
	figures_object(f, NULL, NULL);
	figures_count(f, "round", NULL, (int64_t)i);
	add_column(figures_text(f, NULL, "round", view_of(name)), -9);
	add_column(figures_count(f, "tasks", "tasks", r->tasks), 10);
	add_column(figures_count(f, "judged", "judged", r->judged), 10);
	figures_count(f, "unread", NULL, r->unread);
	add_column(r->judged ? figures_number(f, "difficulty", "difficulty", UNIT_HUNDREDTHS,
					      r->sum / (double)r->judged)
			     : figures_none(f, NULL, "difficulty"), 12);
	add_column(in_paper ? figures_number(f, "paper", "the paper's*", UNIT_HUNDREDTHS, paper[i])
			    : figures_none(f, NULL, "the paper's*"), 14);
	figures_end(f);
}

void difficulty_figures(const struct difficulty *m, struct figures *f)
{
	int64_t unread = 0;
	figures_array(f, "rounds", NULL)->is_table = true;
	for (size_t i = 0; i < m->count; i++) {
		round_figures(&m->rounds[i], i, f);
		unread += m->rounds[i].unread;
	}
	figures_end(f);
	figures_object(f, NULL, NULL)->layout = (struct figure_layout){ 0, 1, 0 };
	figures_remark(f, "* mean of a judge's 1 to 10: Xu et al. 2023, arXiv:2304.12244, from Alpaca's "
			  "data");
	if (unread)
		figures_remark(f, figures_words(f, "%" PRId64 " replies held no number from 1 to 10 and "
						   "count for nothing", unread));
	figures_end(f);
}
