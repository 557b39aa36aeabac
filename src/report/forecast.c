#include "report/forecast.h"

#include <inttypes.h>
#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/money.h"

/* From a run */

struct reader {
	struct forecast_stage *list;
	size_t count, room;
	struct sow_error *err;
};

static int add_stage(void *data, const struct store_stage *s)
{
	struct reader *r = data;
	mem_grow(&r->list, &r->room, r->count + 1);
	double n = (double)s->replies, mean = (double)s->completion_tokens / n;
	double variance = (double)s->completion_squares / n - mean * mean;
	r->list[r->count++] = (struct forecast_stage){
		.step = s->step, .stage = s->stage, .name = "", .rehearsed = n,
		.prices = { -1, -1, -1, 0 },
		.prompt = (double)s->prompt_tokens / n, .completion = mean,
		/* one or two replies predict little */
		.spread = n < 3 ? mean / 2 : sqrt(variance > 0 ? variance / (n - 1) : 0),
		.most = (double)s->most_tokens,
	};
	return SOW_OK;
}

int forecast_read(struct forecast *f, struct store *s, struct arena *a, struct sow_error *err)
{
	struct reader r = { .err = err };
	*f = (struct forecast){ .arena = a };
	int status = store_each_stage(s, add_stage, &r, err);
	f->stages = arena_array(a, r.count, sizeof(*f->stages));
	for (size_t i = 0; i < r.count && !status; i++) {
		f->stages[i] = r.list[i];
		f->stages[i].spread = -1;
	}
	f->count = r.count;
	mem_free(r.list);
	return status;
}

void forecast_scale(struct forecast *f, int64_t step, double wanted, double made, bool is_input)
{
	double factor = made > 0 ? wanted / made : 0;
	for (size_t i = 0; i < f->count; i++) {
		struct forecast_stage *s = &f->stages[i];
		double n = s->rehearsed * factor;
		if (s->step != step)
			continue;
		s->is_exact = is_input && made > 0 && fmod(s->rehearsed, made) == 0;
		s->requests = s->is_exact ? (struct range){ n, n, n }
					  : (struct range){ 0.75 * n, n, 1.5 * n };
	}
}

void forecast_choice(struct forecast *f, int64_t step, const char *name, double of, double most)
{
	if (f->choice_count < RECIPE_STEPS_MAX)
		f->choices[f->choice_count++] = (struct forecast_choice){ step, name, of, most };
}

/* A sample */

static struct forecast_stage *same_stage(struct reader *r, const struct forecast_stage *s)
{
	for (size_t i = 0; i < r->count; i++) {
		if (r->list[i].step == s->step && r->list[i].stage == s->stage)
			return &r->list[i];
	}
	return NULL;
}

int forecast_sample(struct forecast *f, struct store *sample, struct sow_error *err)
{
	struct reader r = { .err = err };
	double prompt = 0, expected_prompt = 0, completion = 0, expected_completion = 0;
	int status = store_each_stage(sample, add_stage, &r, err);
	for (size_t i = 0; i < f->count && !status; i++) {
		struct forecast_stage *s = &f->stages[i], *real = same_stage(&r, s);
		if (!real)
			continue;
		prompt += real->prompt * real->rehearsed;
		expected_prompt += s->prompt * real->rehearsed;
		completion += real->completion * real->rehearsed;
		expected_completion += s->completion * real->rehearsed;
		f->sampled += (int64_t)real->rehearsed;
	}
	f->has_sample = f->sampled > 0;
	for (size_t i = 0; i < f->count && f->has_sample; i++) {
		struct forecast_stage *s = &f->stages[i], *real = same_stage(&r, s);
		if (real) {
			s->prompt = real->prompt;
			s->completion = real->completion;
			s->spread = real->spread;
		} else {
			s->prompt *= expected_prompt > 0 ? prompt / expected_prompt : 1;
			s->completion *= expected_completion > 0 ? completion / expected_completion : 1;
		}
		if (s->is_exact)
			continue;
		s->requests.low = 0.8 * s->requests.likely;
		s->requests.high = 1.2 * s->requests.likely;
	}
	mem_free(r.list);
	return status;
}

/* Sums */

static struct range completion_of(const struct forecast_stage *s)
{
	double c = s->completion;
	if (s->spread >= 0)
		return (struct range){ fmax(0, c - 2 * s->spread), c, c + 2 * s->spread };
	return (struct range){ c / 2, c, s->most > c ? s->most : 3 * c };
}

static double dollars(const struct forecast_stage *s, double requests, double completion)
{
	double whole = s->prompt * (double)s->prices.in + completion * (double)s->prices.out;
	return (1 - s->prices.discount) * requests * whole / 1e6 / MONEY_DOLLAR;
}

static void add(struct range *to, double low, double likely, double high)
{
	to->low += low;
	to->likely += likely;
	to->high += high;
}

struct forecast_total forecast_total(const struct forecast *f)
{
	struct forecast_total t = { .has_price = f->count > 0 };
	for (size_t i = 0; i < f->count; i++) {
		const struct forecast_stage *s = &f->stages[i];
		const struct range *n = &s->requests;
		const struct range c = completion_of(s);
		add(&t.requests, n->low, n->likely, n->high);
		add(&t.prompt, n->low * s->prompt, n->likely * s->prompt, n->high * s->prompt);
		add(&t.completion, n->low * c.low, n->likely * c.likely, n->high * c.high);
		if (prices_known(&s->prices))
			add(&t.cost, dollars(s, n->low, c.low), dollars(s, n->likely, c.likely),
			    dollars(s, n->high, c.high));
		else
			t.has_price = false;
	}
	return t;
}

/* As figures */

static void range_figures(struct figures *f, const char *key, const char *label,
			  const struct range *r, enum figure_unit unit)
{
	figures_object(f, key, NULL);
	figures_number(f, "low", NULL, unit, r->low);
	figures_number(f, "likely", label, unit, r->likely)->note =
		figures_words(f, "  (%s to %s)", figures_say_number(f, unit, r->low),
			      figures_say_number(f, unit, r->high));
	figures_number(f, "high", NULL, unit, r->high);
	figures_end(f);
}

static void stages_figures(const struct forecast *fc, struct figures *f)
{
	figures_array(f, "stages", NULL)->is_table = true;
	for (size_t i = 0; i < fc->count; i++) {
		const struct forecast_stage *s = &fc->stages[i];
		double n = s->requests.likely;
		figures_object(f, NULL, NULL);
		figures_count(f, "step", NULL, s->step);
		figures_text(f, "stage", "stage", view_of(s->name))->width = -34;
		figures_number(f, "requests", "requests", UNIT_ABOUT, n)->width = 12;
		figures_number(f, "prompt_tokens", "prompt tokens", UNIT_ABOUT, n * s->prompt)->width = 16;
		figures_number(f, "completion_tokens", "completion", UNIT_ABOUT,
			       n * s->completion)->width = 16;
		figures_end(f);
	}
	figures_end(f);
}

static void choices_figures(const struct forecast *fc, struct figures *f)
{
	if (!fc->choice_count)
		return;
	figures_object(f, NULL, "steps that choose, without a request")->layout = (struct figure_layout){ 2, 20, 0 };
	for (size_t i = 0; i < fc->choice_count; i++) {
		const struct forecast_choice *c = &fc->choices[i];
		figures_text(f, NULL, figures_words(f, "%s, step %" PRId64, c->name, c->step),
			     view_of(figures_words(f, "at most %s of %s go on", figures_say_number(f, UNIT_ABOUT, c->most),
						   figures_say_number(f, UNIT_ABOUT, c->of))));
	}
	figures_end(f);
	figures_array(f, "choices", NULL);
	for (size_t i = 0; i < fc->choice_count; i++) {
		figures_object(f, NULL, NULL);
		figures_count(f, "step", NULL, fc->choices[i].step);
		figures_number(f, "of", NULL, UNIT_ABOUT, fc->choices[i].of);
		figures_number(f, "most", NULL, UNIT_ABOUT, fc->choices[i].most);
		figures_end(f);
	}
	figures_end(f);
}

static void remarks(const struct forecast *fc, struct figures *f)
{
	struct figure *section = figures_object(f, NULL, NULL);
	section->has_gap = true;
	section->layout = (struct figure_layout){ 0, 1, 0 };
	if (fc->has_sample) {
		figures_remark(f, figures_words(f, "Tokens are those of %" PRId64 " replies of the "
						   "teacher; requests as in a rehearsal.", fc->sampled));
	} else {
		figures_remark(f, "From a rehearsal with made-up replies, nothing was asked; a token is "
				  "reckoned as four");
		figures_remark(f, "bytes. --sample asks 20 requests and goes by what comes.");
	}
	figures_end(f);
}

void forecast_figures(const struct forecast *fc, struct figures *f)
{
	const struct forecast_total t = forecast_total(fc);
	figures_count(f, "sampled", NULL, fc->sampled);
	stages_figures(fc, f);
	figures_object(f, NULL, "in all, likely (and from … to)")->layout =
		(struct figure_layout){ 2, 20, 0 };
	range_figures(f, "requests", "requests", &t.requests, UNIT_ABOUT);
	range_figures(f, "prompt_tokens", "prompt tokens", &t.prompt, UNIT_ABOUT);
	range_figures(f, "completion_tokens", "completion tokens", &t.completion, UNIT_ABOUT);
	if (t.has_price)
		range_figures(f, "dollars", "cost", &t.cost, UNIT_DOLLARS);
	else
		figures_text(f, NULL, "cost", view_of("unknown: --price-in and --price-out say what "
						      "tokens cost"));
	figures_end(f);
	choices_figures(fc, f);
	remarks(fc, f);
}
