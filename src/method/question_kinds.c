#include "method/question_kinds.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const struct question_kind kinds[QUESTION_KINDS] = {
	{ "fact", "a question about one fact that the text states", true },
	{ "reasoning", "a question whose answer is not written anywhere in the text, but follows from two or "
	  "more of its statements", true },
	{ "summary", "a question that asks for a short account of what the text says about its subject", true },
	{ "comparison", "a question that compares two things, times or cases that the text describes", true },
	{ "unanswerable", "a question that belongs to the subject of the text and sounds as if the text "
	  "answered it, but that the text does not answer", false },
};

static int read_kind(struct question_kinds *k, struct view said, struct sow_error *err)
{
	size_t star = view_find(said, 0, "*");
	struct view name = view_trim(view_sub(said, 0, star));
	char number[24] = "1", *end = number;
	if (star != VIEW_NONE) {
		struct view weight = view_trim(view_sub(said, star + 1, said.len));
		size_t len = weight.len < sizeof(number) ? weight.len : sizeof(number) - 1;
		memcpy(number, weight.p, len);
		number[len] = 0;
	}
	double weight = strtod(number, &end);
	if (end == number || *end || !(weight > 0 && weight <= 1e6))
		return error_set(err, SOW_USAGE, "--kinds: '%.*s': expected a number above 0 after the *",
				 VIEW_ARG(said));
	for (size_t i = 0; i < QUESTION_KINDS; i++) {
		if (view_eqstr(name, kinds[i].name)) {
			k->weights[i] = weight;
			return SOW_OK;
		}
	}
	return error_set(err, SOW_USAGE, "--kinds: '%.*s': expected fact, reasoning, summary, comparison or "
			 "unanswerable", VIEW_ARG(name));
}

int question_kinds_read(struct question_kinds *k, const char *said, struct sow_error *err)
{
	struct view all = view_of(said);
	int status = SOW_OK;
	for (size_t from = 0; from <= all.len && !status;) {
		size_t to = view_find(all, from, ",");
		to = to == VIEW_NONE ? all.len : to;
		status = read_kind(k, view_sub(all, from, to), err);
		from = to + 1;
	}
	return status;
}

static size_t draw_one(struct draw *d, double weights[QUESTION_KINDS])
{
	double sum = 0;
	size_t last = 0;
	for (size_t i = 0; i < QUESTION_KINDS; i++)
		sum += weights[i];
	double left = draw_fraction(d) * sum;
	for (size_t i = 0; i < QUESTION_KINDS; i++) {
		if (weights[i] <= 0)
			continue;
		last = i;
		if ((left -= weights[i]) < 0)
			break;
	}
	return last;
}

void question_kinds_draw(const struct question_kinds *k, struct draw *d, size_t count,
			 const struct question_kind **out)
{
	double weights[QUESTION_KINDS];
	size_t used = 0, all = 0;
	for (size_t i = 0; i < QUESTION_KINDS; i++)
		all += k->weights[i] > 0;
	for (size_t n = 0; n < count; n++, used++) {
		if (used % all == 0)
			memcpy(weights, k->weights, sizeof(weights));
		size_t drawn = draw_one(d, weights);
		out[n] = &kinds[drawn];
		weights[drawn] = 0;
	}
}

const struct question_kind *question_kind_of(struct view name)
{
	for (size_t i = 0; i < QUESTION_KINDS; i++) {
		if (view_eqstr(name, kinds[i].name))
			return &kinds[i];
	}
	return &kinds[0];
}
