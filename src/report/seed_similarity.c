#include "report/seed_similarity.h"

#include "base/mem.h"

struct seed_similarity {
	struct vocabulary *words;
	struct novelty *seeds;
	struct words text;           /* scratch */
	int64_t bins[SIMILARITY_BINS];
	int64_t count, none;         /* of them, those without a word in common with any */
	double sum;
};

struct seed_similarity *seed_similarity_new(enum words_kind kind)
{
	struct seed_similarity *s = mem_zalloc(sizeof(*s));
	s->words = vocabulary_new(kind);
	s->seeds = novelty_new(0, NOVELTY_ALL);
	if (s->words && s->seeds)
		return s;
	seed_similarity_free(s);
	return NULL;
}

void seed_similarity_free(struct seed_similarity *s)
{
	if (!s)
		return;
	vocabulary_free(s->words);
	novelty_free(s->seeds);
	words_release(&s->text);
	mem_free(s);
}

int seed_similarity_seed(struct seed_similarity *s, struct view instruction)
{
	int words = words_of(&s->text, s->words, instruction.p, instruction.len);
	if (words < 0)
		return words;
	return novelty_add(s->seeds, &s->text, (int64_t)novelty_count(s->seeds));
}

int seed_similarity_add(struct seed_similarity *s, struct view instruction, struct neighbour *near)
{
	size_t found;
	double mean;
	*near = (struct neighbour){ 0 };
	int words = words_of(&s->text, s->words, instruction.p, instruction.len);
	if (words < 0)
		return words;
	int status = novelty_nearest_few(s->seeds, &s->text, 1, near, &found, &mean);
	if (status || !found)
		return status;
	size_t bin = (size_t)(near->score * SIMILARITY_BINS);
	s->bins[bin < SIMILARITY_BINS ? bin : SIMILARITY_BINS - 1]++;
	s->count++;
	s->none += near->score == 0;
	s->sum += near->score;
	return SOW_OK;
}

/* The middle of the bin that holds the median. */
static double median(const struct seed_similarity *s)
{
	int64_t seen = 0;
	for (size_t i = 0; i < SIMILARITY_BINS; i++) {
		seen += s->bins[i];
		if (2 * seen >= s->count)
			return ((double)i + 0.5) / SIMILARITY_BINS;
	}
	return 0;
}

void seed_similarity_figures(const struct seed_similarity *s, struct figures *f)
{
	figures_object(f, "likeness", "How new: ROUGE-L with the nearest seed");
	figures_count(f, "seeds", NULL, (int64_t)novelty_count(s->seeds));
	figures_count(f, "count", NULL, s->count);
	figures_count(f, "none", "no word in common with any", s->none)->of = s->count;
	if (s->count) {
		figures_number(f, "mean", "mean", UNIT_HUNDREDTHS,
			       s->sum / (double)s->count);
		figures_number(f, "median", "median", UNIT_HUNDREDTHS, median(s));
	}
	figures_list(f, "bins", s->bins, SIMILARITY_BINS);
	figures_end(f);
}
