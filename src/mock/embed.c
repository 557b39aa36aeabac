/* Vectors made from words: each word adds to its own places, so that texts with common words are near. */
#include <math.h>
#include <string.h>

#include "base/draw.h"
#include "mock/draws.h"
#include "mock/wire.h"

#define DIMS 64

static void add_word(double v[DIMS], uint64_t seed, struct view word)
{
	struct draw d = draw_start(seed, STREAM_VECTOR, draw_unit(0, word.p, word.len));
	for (int i = 0; i < DIMS; i++)
		v[i] += 2 * draw_fraction(&d) - 1;
}

/* Of length 1. */
static void make(double v[DIMS], uint64_t seed, struct view text)
{
	double sum = 0;
	size_t from = 0;
	memset(v, 0, DIMS * sizeof(*v));
	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && !ascii_space(text.p[i]))
			continue;
		if (i > from)
			add_word(v, seed, view_sub(text, from, i));
		from = i + 1;
	}
	for (int i = 0; i < DIMS; i++)
		sum += v[i] * v[i];
	for (int i = 0; i < DIMS; i++)
		v[i] = sum > 0 ? v[i] / sqrt(sum) : 0;
}

static void put_vector(const struct wire *w, uint64_t seed, struct view text, int64_t index)
{
	double v[DIMS];
	make(v, seed, text);
	json_out_object(w->json, NULL);
	json_out_text(w->json, "object", view_of("embedding"));
	json_out_integer(w->json, "index", index);
	json_out_array(w->json, "embedding");
	for (int i = 0; i < DIMS; i++)
		json_out_number(w->json, NULL, (double)(float)v[i]);
	json_out_end(w->json);
	json_out_end(w->json);
}

int wire_embeddings(const struct wire *w, const struct ask *a, uint64_t seed, struct http_reply *out)
{
	const json_value *input = json_get(json_root(a->doc), "input");
	bool is_list = json_type(input) == JSON_ARRAY;
	int64_t index = 0;
	json_out_object(w->json, NULL);
	json_out_text(w->json, "object", view_of("list"));
	json_out_array(w->json, "data");
	for (const json_value *v = is_list ? json_first(input) : input; v; v = is_list ? json_next(input, v) : NULL)
		put_vector(w, seed, json_text(v), index++);
	json_out_end(w->json);
	json_out_text(w->json, "model", a->model);
	if (w->usage) {
		json_out_object(w->json, "usage");
		json_out_integer(w->json, "prompt_tokens", a->prompt_tokens);
		json_out_integer(w->json, "total_tokens", a->prompt_tokens);
		json_out_end(w->json);
	}
	json_out_end(w->json);
	return wire_json(w->json, 200, out);
}
