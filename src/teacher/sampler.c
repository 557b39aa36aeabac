#include "teacher/sampler.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/draw.h"
#include "base/mem.h"

struct candidate {
	float weight;
	int32_t id;
};

struct sampler {
	size_t vocabulary;
	int32_t *counts;              /* by token; all zero between calls */
	struct candidate *candidates; /* room for the vocabulary */
	float *logits;                /* a copy, while a filter may want another choice */
};

struct sampler *sampler_new(size_t vocabulary)
{
	struct sampler *s = mem_zalloc(sizeof(*s));
	s->vocabulary = vocabulary;
	s->counts = mem_zalloc(vocabulary * sizeof(*s->counts));
	s->candidates = mem_alloc(vocabulary * sizeof(*s->candidates));
	s->logits = mem_alloc(vocabulary * sizeof(*s->logits));
	return s;
}

void sampler_free(struct sampler *s)
{
	if (!s)
		return;
	mem_free(s->counts);
	mem_free(s->candidates);
	mem_free(s->logits);
	mem_free(s);
}

static void penalize(struct sampler *s, float *logits, const struct sampling *how,
		     const int32_t *ids, size_t count)
{
	if (how->presence_penalty == 0 && how->frequency_penalty == 0)
		return;
	for (size_t i = 0; i < count; i++)
		s->counts[ids[i]]++;
	for (size_t i = 0; i < count; i++) {
		int32_t times = s->counts[ids[i]];
		if (!times)
			continue;
		logits[ids[i]] -= (float)(how->presence_penalty + times * how->frequency_penalty);
		s->counts[ids[i]] = 0;
	}
}

static int32_t highest(const float *logits, size_t n)
{
	size_t best = 0;
	float top = -INFINITY;
	for (size_t i = 0; i < n; i++) {
		if (logits[i] > top) {
			top = logits[i];
			best = i;
		}
	}
	return (int32_t)best;
}

/* Turns logits into weights, the highest one 1. Returns their sum. */
static double weigh(float *logits, size_t n, float top, double temperature)
{
	/* A smaller weight is lost in the sum of a vocabulary of millions. */
	const float floor = -50;
	float scale = (float)(1 / temperature);
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		float x = (logits[i] - top) * scale;
		logits[i] = x > floor ? expf(x) : 0;
		sum += (double)logits[i];
	}
	return sum;
}

static int by_weight(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* The heaviest tokens, heaviest first: at least `count` of them, with a total weight of at least `wanted`,
 * as far as there are such. The bar falls in steps, so few more than needed are sorted. Returns how
 * many. */
static size_t collect(struct sampler *s, const float *weights, size_t count, double wanted)
{
	size_t n = 0;
	double sum = 0;
	for (float least = 0x1p-9f; n < count || sum < wanted; least *= 0x1p-7f) {
		n = 0;
		sum = 0;
		for (size_t i = 0; i < s->vocabulary; i++) {
			if (weights[i] <= least)
				continue;
			s->candidates[n++] = (struct candidate){ weights[i], (int32_t)i };
			sum += (double)weights[i];
		}
		if (least <= 0)
			break;
	}
	qsort(s->candidates, n, sizeof(*s->candidates), by_weight);
	return n;
}

static int32_t draw_candidate(const struct sampler *s, size_t n, double at)
{
	for (size_t i = 0; i < n; i++) {
		at -= (double)s->candidates[i].weight;
		if (at < 0)
			return s->candidates[i].id;
	}
	return s->candidates[n - 1].id;
}

static int32_t draw_any(const float *weights, size_t n, double at, int32_t top)
{
	for (size_t i = 0; i < n; i++) {
		at -= (double)weights[i];
		if (at < 0)
			return (int32_t)i;
	}
	return top; /* rounding left nothing to land on */
}

/* How many of the `n` candidates, heaviest first, together weigh `wanted`; *sum is their weight. */
static size_t nucleus(const struct sampler *s, size_t n, double wanted, double *sum)
{
	*sum = 0;
	for (size_t i = 0; i < n; i++) {
		*sum += (double)s->candidates[i].weight;
		if (*sum >= wanted)
			return i + 1;
	}
	return n;
}

/* The temperature of token number `count`. */
static double temperature_of(const struct sampling *how, size_t count)
{
	if (!count && how->first_temperature > 0)
		return how->first_temperature;
	return how->temperature < 0 ? SAMPLER_TEMPERATURE : how->temperature;
}

/* Chooses by `u`, from 0 to below 1, from logits with penalties applied. Writes to them. */
static int32_t choose(struct sampler *s, float *logits, const struct sampling *how, double temperature, double u)
{
	size_t n = s->vocabulary;
	double top_p = how->top_p < 0 ? SAMPLER_TOP_P : how->top_p;
	int32_t top = highest(logits, n);
	if (temperature <= 0 || top_p <= 0 || how->top_k == 1)
		return top;

	double sum = weigh(logits, n, logits[top], temperature);
	bool some = how->top_k > 0 && (size_t)how->top_k < n;
	bool most = top_p < 1;
	if (!some && !most)
		return draw_any(logits, n, u * sum, top);

	size_t kept;
	if (some) {
		kept = collect(s, logits, (size_t)how->top_k, 0);
		if (kept > (size_t)how->top_k)
			kept = (size_t)how->top_k;
		kept = nucleus(s, kept, INFINITY, &sum);
	} else {
		kept = collect(s, logits, 1, top_p * sum);
	}
	if (most)
		kept = nucleus(s, kept, top_p * sum, &sum);
	return kept ? draw_candidate(s, kept, u * sum) : top;
}

int32_t sampler_pick(struct sampler *s, float *logits, const struct sampling *how,
		     uint64_t seed, const int32_t *ids, size_t count)
{
	struct draw d = draw_start(seed, DRAW_TOKENS, count);
	penalize(s, logits, how, ids, count);
	return choose(s, logits, how, temperature_of(how, count), draw_fraction(&d));
}

int32_t sampler_pick_allowed(struct sampler *s, float *logits, const struct sampling *how,
			     uint64_t seed, const int32_t *ids, size_t count,
			     const struct sampler_filter *filter)
{
	struct draw d = draw_start(seed, DRAW_TOKENS, count);
	penalize(s, logits, how, ids, count);
	memcpy(s->logits, logits, s->vocabulary * sizeof(*logits));
	double temperature = temperature_of(how, count);
	int32_t token = choose(s, logits, how, temperature, draw_fraction(&d));
	if (filter->allows(filter->data, token))
		return token;
	filter->mask(filter->data, s->logits);
	token = choose(s, s->logits, how, temperature, draw_fraction(&d));
	return filter->allows(filter->data, token) ? token : -1;
}
