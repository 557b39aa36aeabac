#include "report/review_figures.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "verdicts/agreement.h"
#include "verdicts/verdicts.h"

/* Wang et al. 2022, Table 2: the authors' answers about 200 generated tasks. */
static const struct {
	const char *key, *label;
	double paper;
} questions[QUESTIONS] = {
	[QUESTION_INSTRUCTION] = { "valid_instruction", "the instruction is a valid task", 0.92 },
	[QUESTION_INPUT] = { "fitting_input", "the input fits the instruction", 0.79 },
	[QUESTION_OUTPUT] = { "correct_output", "the output is correct", 0.58 },
};
#define PAPER_ALL 0.54

static void share_figures(struct figures *f, const char *key, const char *label, int64_t count, int64_t of,
			  double paper)
{
	struct share s = share_of(count, of);
	if (!of)
		return;
	figures_object(f, key, NULL);
	figures_count(f, "count", NULL, count);
	figures_count(f, "of", NULL, of);
	figures_number(f, "low", NULL, UNIT_HUNDREDTHS, s.low);
	figures_number(f, "high", NULL, UNIT_HUNDREDTHS, s.high);
	if (paper > 0)
		figures_number(f, "paper", NULL, UNIT_HUNDREDTHS, paper);
	struct figure *share = figures_number(f, "percent", label, UNIT_PERCENT, 100 * s.share);
	share->note = figures_words(f, paper > 0 ? "95 %%: %.1f to %.1f; %" PRId64 " of %" PRId64 "; paper %.0f %%"
						 : "95 %%: %.1f to %.1f; %" PRId64 " of %" PRId64,
				    100 * s.low, 100 * s.high, count, of, 100 * paper);
	figures_end(f);
}

static void agreement_figures(struct figures *f, const struct verdicts *v)
{
	struct view *people;
	size_t count;
	verdicts_people(v, &people, &count);
	figures_count(f, "people", "people", (int64_t)count);
	figures_array(f, "agreement", NULL);
	for (size_t a = 0; a < count && a < 8; a++) {
		for (size_t b = a + 1; b < count && b < 8; b++) {
			struct kappa k = kappa_of(v, people[a], people[b]);
			if (!k.both)
				continue;
			figures_object(f, NULL, NULL);
			figures_text(f, "a", NULL, view_of(figures_copy(f, people[a])));
			figures_text(f, "b", NULL, view_of(figures_copy(f, people[b])));
			figures_count(f, "both", NULL, (int64_t)k.both);
			figures_count(f, "same", NULL, (int64_t)k.same);
			figures_number(f, "kappa", figures_words(f, "kappa of %.*s, %.*s", VIEW_ARG(view_sub(people[a], 0, 20)),
								 VIEW_ARG(view_sub(people[b], 0, 20))),
				       UNIT_HUNDREDTHS, k.kappa)->note =
				figures_words(f, "%zu of %zu alike", k.same, k.both);
			figures_end(f);
		}
	}
	figures_end(f);
	mem_free(people);
}

static void show(const struct verdicts *v, struct figures *f)
{
	const struct review_counts n = review_count(v);
	figures_object(f, "review", "Reviewed by people")->layout = (struct figure_layout){ 2, 41, 12 };
	figures_count(f, "judged", "records judged", n.judged);
	figures_count(f, "kept", "kept", n.kept)->of = n.judged;
	figures_count(f, "dropped", "dropped", n.dropped)->of = n.judged;
	figures_count(f, "disputed", "people disagree on", n.disputed)->of = n.judged;
	figures_count(f, "edited", "edited", n.edited);
	share_figures(f, "kept_share", "kept, of those decided", n.kept, n.kept + n.dropped, 0);
	for (size_t q = 0; q < QUESTIONS; q++)
		share_figures(f, questions[q].key, questions[q].label, n.yes[q], n.asked[q], questions[q].paper);
	share_figures(f, "all_valid", "all three", n.yes_all, n.asked_all, PAPER_ALL);
	if (verdicts_damaged(v))
		figures_count(f, "damaged", "damaged lines passed over", (int64_t)verdicts_damaged(v));
	if (n.timed)
		figures_number(f, "seconds_each", "seconds a record", UNIT_TENTHS, n.seconds / (double)n.timed);
	agreement_figures(f, v);
	figures_end(f);
}

int review_figures(const char *data, bool is_run, struct figures *f, struct sow_error *err)
{
	if (strcmp(data, "-") == 0 || strcmp(data, "standard input") == 0)
		return SOW_OK;
	struct verdicts *v = verdicts_open_for(data, is_run, err);
	if (!v)
		return err->status;
	verdicts_finish(v);
	if (verdicts_count(v) || verdicts_damaged(v))
		show(v, f);
	verdicts_close(v);
	return SOW_OK;
}
