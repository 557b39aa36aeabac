#include "run/recipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/view.h"

#define ID(field) FIELD_IDENTITY, offsetof(struct recipe, field)
#define OP(field) FIELD_OPERATION, offsetof(struct recipe, field)
#define MOST INT64_C(1000000000)

const struct field recipe_fields[] = {
	{ "seeds", 0, FIELD_TEXT, ID(seeds), 0, 0, NULL, "FILE", NULL,
	  "seed tasks: Self-Instruct's or Alpaca's JSON, or one instruction a line "
	  "(default: the 175 built in)" },
	{ "against", 0, FIELD_LIST, ID(against), 0, 0, NULL, "FILE", NULL,
	  "be new against these instructions too; may be given again" },
	{ "language", 0, FIELD_TEXT, ID(language), 0, 0, NULL, "NAME", NULL,
	  "language of the new tasks (default: English)" },
	{ "topic", 0, FIELD_TEXT, ID(topic), 0, 0, NULL, "TEXT", NULL,
	  "what the new tasks are about" },
	{ "prompt-style", 0, FIELD_CHOICE, ID(prompt_style), 0, 0, "completion|chat", "STYLE", NULL,
	  "raw text to go on from, or messages (default: by teacher)" },
	{ "variant", 0, FIELD_CHOICE, ID(variant), 0, 0, "paper|released", "WHICH", "paper",
	  "where the paper and its released code differ" },
	{ "tokenizer", 0, FIELD_CHOICE, ID(tokenizer), 0, 0, "unicode|ascii", "WHICH", "unicode",
	  "words of the novelty test; ascii is rouge_score's" },
	{ "prompts", 0, FIELD_TEXT, ID(prompts), 0, 0, NULL, "DIR", NULL,
	  "prompts of your own, instead of those built in of the same name" },
	{ "rule", 0, FIELD_LIST, ID(rules), 0, 0, NULL, "NAME=VALUE", NULL,
	  "a rule's number, or on or off; may be given again" },
	{ "classification-only", 0, FIELD_FLAG, ID(classification_only), 0, 0, NULL, NULL, NULL,
	  "grow classification tasks only" },
	{ "capitalize", 0, FIELD_FLAG, ID(capitalize), 0, 0, NULL, NULL, NULL,
	  "first letter large, all others small, as the released code does" },
	{ "strict-paper", 0, FIELD_FLAG, ID(strict_paper), 0, 0, NULL, NULL, NULL,
	  "the paper's words and its loop, one request after another (see docs/methods.md)" },
	{ "lookahead", 0, FIELD_INT, ID(lookahead), 1, 4096, NULL, "N", "64",
	  "requests that may be planned ahead of the pool they draw from; 1 is the paper's loop" },
	{ "seed", 0, FIELD_INT, ID(seed), 0, INT64_MAX, NULL, "N", "1",
	  "of every random choice" },

	{ "n", 'n', FIELD_INT, OP(n), 1, MOST, NULL, "N", "100",
	  "finished tasks wanted; a higher number goes on with the same run" },
	{ "max-requests", 0, FIELD_INT, OP(max_requests), 0, MOST, NULL, "N", "0",
	  "stop after so many replies (0: no bound)" },
	{ "concurrency", 0, FIELD_INT, OP(concurrency), 0, 16384, NULL, "N", "0",
	  "requests under way at once (0: as many as the teacher takes)" },
	{ "teacher", 0, FIELD_TEXT, OP(teacher), 0, 0, NULL, "WHO", NULL,
	  "FILE.gguf, or replay:RUN or replay:FILE.jsonl (default: the embedded model)" },
	{ "parallel", 0, FIELD_INT, OP(parallel), 0, 240, NULL, "N", "0",
	  "embedded model: sequences at once (0: by cores)" },
	{ "ctx", 0, FIELD_INT, OP(context), 0, 1 << 20, NULL, "N", "0",
	  "embedded model: tokens one request may fill (0: 4096)" },
	{ "threads", 0, FIELD_INT, OP(threads), 0, 1024, NULL, "N", "0",
	  "embedded model: threads (0: by cores)" },
	{ "gpu-layers", 0, FIELD_INT, OP(gpu_layers), -1, 100000, NULL, "N", "-1",
	  "embedded model: layers on the GPU (-1: all that fit)" },
	{ "cache-dir", 0, FIELD_TEXT, OP(cache_dir), 0, 0, NULL, "DIR", NULL,
	  "where replies are kept across runs (default: ~/.cache/sow)" },
	{ "no-cache", 0, FIELD_FLAG, OP(no_cache), 0, 0, NULL, NULL, NULL,
	  "neither look replies up there nor keep them" },
};
const size_t recipe_field_count = sizeof(recipe_fields) / sizeof(*recipe_fields);

const struct field *recipe_field(const char *name)
{
	for (size_t i = 0; i < recipe_field_count; i++) {
		if (strcmp(recipe_fields[i].name, name) == 0)
			return &recipe_fields[i];
	}
	return NULL;
}

struct recipe *recipe_new(const char *method)
{
	struct recipe *r = mem_zalloc(sizeof(*r));
	if (!r)
		return NULL;
	r->arena = arena_new();
	r->method = r->arena ? arena_copystr(r->arena, method) : NULL;
	int status = r->method ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < recipe_field_count && !status; i++) {
		const struct field *f = &recipe_fields[i];
		if (f->fallback)
			status = recipe_set(r, f, f->fallback, NULL);
	}
	if (status) {
		recipe_free(r);
		return NULL;
	}
	return r;
}

void recipe_free(struct recipe *r)
{
	if (!r)
		return;
	arena_free(r->arena);
	mem_free(r);
}

static void *at(const struct recipe *r, const struct field *f)
{
	return (char *)r + f->offset;
}

static int set_int(struct recipe *r, const struct field *f, const char *text,
		   struct sow_error *err)
{
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (end == text || *end || errno || n < f->least || n > f->most)
		return error_set(err, SOW_INVALID,
				 "--%s: expected a whole number from %lld to %lld, not '%s'", f->name,
				 (long long)f->least, (long long)f->most, text);
	*(int64_t *)at(r, f) = n;
	return SOW_OK;
}

static bool is_choice(const char *choices, struct view text)
{
	struct view all = view_of(choices);
	for (size_t from = 0; from <= all.len;) {
		size_t to = view_find(all, from, "|");
		if (to == VIEW_NONE)
			to = all.len;
		if (view_eq(view_sub(all, from, to), text))
			return true;
		from = to + 1;
	}
	return false;
}

static int append(struct recipe *r, struct list *list, const char *text)
{
	const char **items = arena_array(r->arena, list->count + 1, sizeof(*items));
	if (!items)
		return SOW_NOMEM;
	if (list->count)
		memcpy(items, list->items, list->count * sizeof(*items));
	items[list->count++] = text;
	list->items = items;
	return SOW_OK;
}

static int set_text(struct recipe *r, const struct field *f, const char *text,
		    struct sow_error *err)
{
	if (!*text)
		return error_set(err, SOW_INVALID, "--%s: expected %s, not nothing", f->name, f->value);
	if (!utf8_valid(text, strlen(text), NULL))
		return error_set(err, SOW_INVALID, "--%s: expected UTF-8", f->name);
	if (f->type == FIELD_CHOICE && !is_choice(f->choices, view_of(text)))
		return error_set(err, SOW_INVALID, "--%s: expected %s, not '%s'", f->name, f->choices,
				 text);
	const char *copy = arena_copystr(r->arena, text);
	if (!copy)
		return error_nomem(err);
	if (f->type == FIELD_LIST)
		return append(r, at(r, f), copy) ? error_nomem(err) : SOW_OK;
	*(const char **)at(r, f) = copy;
	return SOW_OK;
}

int recipe_set(struct recipe *r, const struct field *f, const char *text, struct sow_error *err)
{
	switch (f->type) {
	case FIELD_INT:
		return set_int(r, f, text, err);
	case FIELD_FLAG:
		if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
			return error_set(err, SOW_INVALID, "--%s: expected yes or no, not '%s'",
					 f->name, text);
		*(bool *)at(r, f) = strcmp(text, "yes") == 0;
		return SOW_OK;
	default:
		return set_text(r, f, text, err);
	}
}

int recipe_text(const struct recipe *r, const struct field *f, struct buf *out)
{
	const struct list *list = at(r, f);
	const char *text;
	switch (f->type) {
	case FIELD_INT:
		return buf_addf(out, "%lld", (long long)*(int64_t *)at(r, f));
	case FIELD_FLAG:
		return buf_addstr(out, *(bool *)at(r, f) ? "yes" : "no");
	case FIELD_LIST:
		for (size_t i = 0; i < list->count; i++)
			buf_addf(out, "%s%s", i ? "\n" : "", list->items[i]);
		return out->status;
	default:
		text = *(const char **)at(r, f);
		return buf_addstr(out, text ? text : "");
	}
}
