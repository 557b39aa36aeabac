#include "report/forecast.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"
#include "report/figures.h"
#include "base/money.h"

/* -- from a run --------------------------------------------------------------------------- */

struct reader {
	struct forecast_stage *list;
	size_t count, room;
	struct sow_error *err;
};

static int add_stage(void *data, const struct store_stage *s)
{
	struct reader *r = data;
	if (mem_grow(&r->list, &r->room, r->count + 1))
		return error_nomem(r->err);
	double n = (double)s->replies, mean = (double)s->completion_tokens / n;
	double variance = (double)s->completion_squares / n - mean * mean;
	r->list[r->count++] = (struct forecast_stage){
		.step = s->step, .stage = s->stage, .name = "", .rehearsed = n,
		.prices = { -1, -1, -1, 0 },
		.prompt = (double)s->prompt_tokens / n, .completion = mean,
		/* one or two replies say little about the next */
		.spread = n < 3 ? mean / 2 : sqrt(variance > 0 ? variance / (n - 1) : 0), .most = (double)s->most_tokens,
	};
	return SOW_OK;
}

int forecast_read(struct forecast *f, struct store *s, struct arena *a, struct sow_error *err)
{
	struct reader r = { .err = err };
	*f = (struct forecast){ .arena = a };
	int status = store_each_stage(s, add_stage, &r, err);
	if (!status && !(f->stages = arena_array(a, r.count, sizeof(*f->stages))))
		status = error_nomem(err);
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

/* -- a sample ------------------------------------------------------------------------------- */

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

/* -- sums -------------------------------------------------------------------------------------- */

static struct range completion_of(const struct forecast_stage *s)
{
	double c = s->completion;
	if (s->spread >= 0)
		return (struct range){ fmax(0, c - 2 * s->spread), c, c + 2 * s->spread };
	return (struct range){ c / 2, c, s->most > c ? s->most : 3 * c };
}

static double dollars(const struct forecast_stage *s, double requests, double completion)
{
	return requests * (s->prompt * (double)s->prices.in + completion * (double)s->prices.out) / 1e6 /
	       MONEY_DOLLAR;
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

/* -- for people and programs ------------------------------------------------------------------- */

static void print_number(struct buf *out, double x)
{
	/* three figures are more than is known */
	double unit = x > 100 ? pow(10, floor(log10(x)) - 2) : 1;
	figure_count(out, (int64_t)(round(x / unit) * unit));
}

static void print_column(struct buf *out, double x, int width)
{
	struct buf number = BUF_INIT;
	print_number(&number, x);
	buf_addf(out, "%*s", width, number.data);
	buf_release(&number);
}

static void print_range(struct buf *out, const char *name, const struct range *r, bool is_money)
{
	const double values[] = { r->likely, r->low, r->high };
	static const char *const before[] = { "", "   (", " to " };
	buf_addf(out, "  %-20s", name);
	for (size_t i = 0; i < 3; i++) {
		buf_addstr(out, before[i]);
		if (is_money)
			figure_money(out, (int64_t)(values[i] * MONEY_DOLLAR));
		else
			print_number(out, values[i]);
	}
	buf_addstr(out, ")\n");
}

int forecast_print(const struct forecast *f, struct buf *out)
{
	const struct forecast_total t = forecast_total(f);
	buf_addf(out, "%-34s%12s%16s%16s\n", "stage", "requests", "prompt tokens", "completion");
	for (size_t i = 0; i < f->count; i++) {
		const struct forecast_stage *s = &f->stages[i];
		buf_addf(out, "%-34s", s->name);
		print_column(out, s->requests.likely, 12);
		print_column(out, s->requests.likely * s->prompt, 16);
		print_column(out, s->requests.likely * s->completion, 16);
		buf_addch(out, '\n');
	}
	buf_addstr(out, "\nin all, likely (and from … to)\n");
	print_range(out, "requests", &t.requests, false);
	print_range(out, "prompt tokens", &t.prompt, false);
	print_range(out, "completion tokens", &t.completion, false);
	if (t.has_price)
		print_range(out, "cost", &t.cost, true);
	else
		buf_addstr(out, "  cost                unknown: --price-in and --price-out say what tokens "
				"cost\n");
	if (f->has_sample)
		buf_addf(out, "\nTokens are those of %lld replies of the teacher; requests as in a "
			      "rehearsal.\n", (long long)f->sampled);
	else
		buf_addstr(out, "\nFrom a rehearsal with made-up replies, nothing was asked; a token is "
				"reckoned as four\nbytes. --sample asks 20 requests and goes by what "
				"comes.\n");
	return out->status;
}

static void json_range(struct json_out *json, const char *name, const struct range *r)
{
	json_out_object(json, name);
	json_out_number(json, "low", r->low);
	json_out_number(json, "likely", r->likely);
	json_out_number(json, "high", r->high);
	json_out_end(json);
}

int forecast_json(const struct forecast *f, struct buf *out, struct sow_error *err)
{
	const struct forecast_total t = forecast_total(f);
	struct json_out *json = json_out_new();
	if (!json)
		return error_nomem(err);
	json_out_object(json, NULL);
	json_out_integer(json, "sampled", f->sampled);
	json_range(json, "requests", &t.requests);
	json_range(json, "prompt_tokens", &t.prompt);
	json_range(json, "completion_tokens", &t.completion);
	if (t.has_price)
		json_range(json, "dollars", &t.cost);
	json_out_array(json, "stages");
	for (size_t i = 0; i < f->count; i++) {
		const struct forecast_stage *s = &f->stages[i];
		json_out_object(json, NULL);
		json_out_integer(json, "step", s->step);
		json_out_text(json, "stage", view_of(s->name));
		json_out_number(json, "requests", s->requests.likely);
		json_out_number(json, "prompt_tokens", s->requests.likely * s->prompt);
		json_out_number(json, "completion_tokens", s->requests.likely * s->completion);
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
	int status = json_out_write(json, out, JSON_PRETTY);
	json_out_free(json);
	buf_addch(out, '\n');
	return status || buf_failed(out) ? error_nomem(err) : SOW_OK;
}
