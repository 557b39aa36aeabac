#include "report/likeness.h"

#include "base/mem.h"

struct likeness {
	struct vocabulary *words;
	struct novelty *seeds;
	struct words text;           /* scratch */
	int64_t bins[LIKENESS_BINS];
	int64_t count, none;         /* of them, those that share no word with any */
	double sum;
};

struct likeness *likeness_new(enum words_kind kind)
{
	struct likeness *l = mem_zalloc(sizeof(*l));
	if (!l)
		return NULL;
	l->words = vocabulary_new(kind);
	l->seeds = novelty_new(0, NOVELTY_ALL);
	if (l->words && l->seeds)
		return l;
	likeness_free(l);
	return NULL;
}

void likeness_free(struct likeness *l)
{
	if (!l)
		return;
	vocabulary_free(l->words);
	novelty_free(l->seeds);
	words_release(&l->text);
	mem_free(l);
}

int likeness_seed(struct likeness *l, struct view instruction)
{
	int words = words_of(&l->text, l->words, instruction.p, instruction.len);
	if (words < 0)
		return words;
	return novelty_add(l->seeds, &l->text, (int64_t)novelty_count(l->seeds));
}

int likeness_add(struct likeness *l, struct view instruction, struct near *near)
{
	size_t found;
	double mean;
	*near = (struct near){ 0 };
	int words = words_of(&l->text, l->words, instruction.p, instruction.len);
	if (words < 0)
		return words;
	int status = novelty_nearest_few(l->seeds, &l->text, 1, near, &found, &mean);
	if (status || !found)
		return status;
	size_t bin = (size_t)(near->score * LIKENESS_BINS);
	l->bins[bin < LIKENESS_BINS ? bin : LIKENESS_BINS - 1]++;
	l->count++;
	l->none += near->score == 0;
	l->sum += near->score;
	return SOW_OK;
}

/* The middle of the bin in which the middle one is. */
static double median(const struct likeness *l)
{
	int64_t seen = 0;
	for (size_t i = 0; i < LIKENESS_BINS; i++) {
		seen += l->bins[i];
		if (2 * seen >= l->count)
			return ((double)i + 0.5) / LIKENESS_BINS;
	}
	return 0;
}

void likeness_figures(const struct likeness *l, struct figures *f)
{
	figures_object(f, "likeness", "How new: ROUGE-L with the nearest seed");
	figures_count(f, "seeds", NULL, (int64_t)novelty_count(l->seeds));
	figures_count(f, "count", NULL, l->count);
	figures_count(f, "none", "no word in common with any", l->none)->of = l->count;
	if (l->count) {
		figures_number(f, "mean", "mean", UNIT_HUNDREDTHS,
			       l->sum / (double)l->count);
		figures_number(f, "median", "median", UNIT_HUNDREDTHS, median(l));
	}
	figures_list(f, "bins", l->bins, LIKENESS_BINS);
	figures_end(f);
}
