#include "run/recipe.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/view.h"
#include "run/money.h"

#define IN_RUN(kind, field) FIELD_##kind, FIELD_OF_RUN, NULL, offsetof(struct recipe, field)
#define IN_STEP(kind, methods, field) \
	FIELD_##kind, FIELD_OF_STEP, methods, offsetof(struct recipe_step, field)
#define IN_TEACHER(field) \
	FIELD_OPERATION, FIELD_OF_TEACHER, NULL, offsetof(struct recipe_teacher, field)
#define MOST 1e9

#define GROWS "alpaca self-instruct"         /* methods that draw from a pool */
#define WORKS_ON "evol map persona respond"      /* methods that work on an input */
#define ANSWERS "map persona respond"            /* of them, those whose sampling no paper fixes */
#define ANSWERED "evol persona respond self-instruct" /* those whose answers stand by themselves */

const struct field recipe_fields[] = {
	{ "input", 'i', FIELD_TEXT, IN_STEP(IDENTITY, WORKS_ON, input), 0, 0, NULL, "FILE", NULL,
	  "prompts or tasks: JSON, CSV, one a line, or the directory of a run" },
	{ "map", 0, FIELD_LIST, IN_STEP(IDENTITY, WORKS_ON, map), 0, 0, NULL, "WHAT=COLUMN", NULL,
	  "which member of the input's records is what, where its name does not tell: instruction, "
	  "context, answer and others (docs/guide/data.md has all); may be given again" },
	{ "delimiter", 0, FIELD_TEXT, IN_STEP(IDENTITY, WORKS_ON, delimiter), 0, 0, NULL, "C", NULL,
	  "the input is CSV with this between its cells (default: told by its first line)" },
	{ "seeds", 0, FIELD_TEXT, IN_STEP(IDENTITY, GROWS, seeds), 0, 0, NULL, "FILE", NULL,
	  "seed tasks: JSON, CSV, one instruction a line, or the directory of a run "
	  "(default: the 175 built in)" },
	{ "against", 0, FIELD_LIST, IN_STEP(IDENTITY, GROWS, against), 0, 0, NULL, "FILE", NULL,
	  "be new against the instructions of this file or run as well; may be given again" },
	{ "language", 0, FIELD_TEXT, IN_STEP(IDENTITY, GROWS, language), 0, 0, NULL, "NAME", NULL,
	  "language of the new tasks (default: English)" },
	{ "topic", 0, FIELD_TEXT, IN_STEP(IDENTITY, GROWS, topic), 0, 0, NULL, "TEXT", NULL,
	  "what the new tasks are about" },
	{ "prompt", 'p', FIELD_TEXT, IN_STEP(IDENTITY, "map", prompt), 0, 0, NULL, "TEXT", NULL,
	  "what is asked about each record, with its fields in double braces: {{title}}; or a file with "
	  "it" },
	{ "into", 0, FIELD_TEXT, IN_STEP(IDENTITY, "map", into), 0, 0, NULL, "FIELD", NULL,
	  "the field that the reply is written to" },
	{ "as", 0, FIELD_CHOICE, IN_STEP(IDENTITY, "map", as), 0, 0, "text|list|number|choice|json",
	  "WHAT", NULL, "what the reply is (default: text, or as the three below tell)" },
	{ "schema", 0, FIELD_TEXT, IN_STEP(IDENTITY, "map", schema), 0, 0, NULL, "FILE", NULL,
	  "JSON Schema of the reply; without --into the members become fields" },
	{ "range", 0, FIELD_TEXT, IN_STEP(IDENTITY, "map", range), 0, 0, NULL, "LEAST..MOST", NULL,
	  "the reply is a number in these bounds" },
	{ "choice", 0, FIELD_LIST, IN_STEP(IDENTITY, "map", choices), 0, 0, NULL, "TEXT", NULL,
	  "the reply is this, or one of the others given so; may be given again" },
	{ "check", 0, FIELD_LIST, IN_STEP(IDENTITY, "map", checks), 0, 0, NULL, "CONDITION", NULL,
	  "what holds of a record once its reply is written, such as 'answer | length > 20'; may be "
	  "given again" },
	{ "tries", 0, FIELD_INT, IN_STEP(IDENTITY, "map", tries), 1, MAP_TRIES_MAX, NULL, "N", "3",
	  "how often a record is asked about whose reply does not fit" },
	{ "when", 0, FIELD_TEXT, IN_STEP(IDENTITY, "map", when), 0, 0, NULL, "CONDITION", NULL,
	  "ask about records that this holds of, such as 'score >= 4'; others stay as they are" },
	{ "draw", 0, FIELD_LIST, IN_STEP(IDENTITY, "map", draws), 0, 0, NULL, "FIELD=A,B", NULL,
	  "a field drawn for each record: a text, A*3 for three times as often, or 20..80 for a number; "
	  "may be given again" },
	{ "replace", 0, FIELD_FLAG, IN_STEP(IDENTITY, "map", replace), 0, 0, NULL, NULL, NULL,
	  "write fields that are there already" },
	{ "explode", 0, FIELD_FLAG, IN_STEP(IDENTITY, "map", explode), 0, 0, NULL, NULL, NULL,
	  "make a record of each element of a list" },
	{ "rounds", 0, FIELD_INT, IN_STEP(IDENTITY, "evol", rounds), 1, 1000, NULL, "M", "4",
	  "rounds of evolution" },
	{ "weight", 0, FIELD_LIST, IN_STEP(IDENTITY, "evol", weights), 0, 0, NULL, "OPERATION=N", NULL,
	  "how often an operation is drawn beside the others (1): add-constraint, deepen, concretize, "
	  "reasoning, complicate-input, in-breadth; may be given again" },
	{ "eliminate", 0, FIELD_CHOICE, IN_STEP(IDENTITY, "evol", eliminate), 0, 0, "before|after",
	  "WHEN", "before", "drop what failed before its answer is paid for, or after, as the paper "
	  "does; the same survive" },
	{ "system", 0, FIELD_TEXT, IN_STEP(IDENTITY, ANSWERS, system), 0, 0, NULL, "TEXT", NULL,
	  "system message before each prompt that has none" },
	{ "no-system-out", 0, FIELD_FLAG, IN_STEP(IDENTITY, "respond", no_system_out), 0, 0, NULL, NULL,
	  NULL, "leave --system out of the records" },
	{ "samples", 0, FIELD_INT, IN_STEP(IDENTITY, "respond", samples), 1, 64, NULL, "K", "1",
	  "answers to each prompt" },
	{ "again", 0, FIELD_FLAG, IN_STEP(IDENTITY, "respond", again), 0, 0, NULL, NULL, NULL,
	  "also answer records that have an answer; what the step before made always is" },
	{ "best-of", 0, FIELD_INT, IN_STEP(IDENTITY, ANSWERED, best_of), 1, 64, NULL, "N", "1",
	  "ask for N answers, have each judged, keep the best" },
	{ "temperature", 0, FIELD_NUMBER, IN_STEP(IDENTITY, ANSWERS, temperature), 0, 5, NULL, "T",
	  NULL, "of the answers (default: the teacher's own)" },
	{ "top-p", 0, FIELD_NUMBER, IN_STEP(IDENTITY, ANSWERS, top_p), 0, 1, NULL, "P", NULL,
	  "of the answers (default: the teacher's own)" },
	{ "max-tokens", 0, FIELD_INT, IN_STEP(IDENTITY, ANSWERS, max_tokens), 0, MOST, NULL, "N",
	  "0", "of an answer (0: the teacher's own bound)" },
	{ "temperature", 0, FIELD_NUMBER, IN_STEP(IDENTITY, "self-instruct", temperature), 0, 5, NULL,
	  "T", "0.7", "of new instructions; the paper's number is the default" },
	{ "top-p", 0, FIELD_NUMBER, IN_STEP(IDENTITY, "self-instruct", top_p), 0, 1, NULL, "P", "0.5",
	  "of new instructions; the paper's number is the default" },
	{ "max-tokens", 0, FIELD_INT, IN_STEP(IDENTITY, "self-instruct", max_tokens), 1, MOST, NULL,
	  "N", "1024", "of a reply with new instructions" },
	{ "temperature", 0, FIELD_NUMBER, IN_STEP(IDENTITY, "alpaca evol", temperature), 0, 5, NULL,
	  "T", "1", "of what is written; another than the paper's may suit a small model" },
	{ "top-p", 0, FIELD_NUMBER, IN_STEP(IDENTITY, "alpaca", top_p), 0, 1, NULL, "P", "1",
	  "of what is written" },
	{ "top-p", 0, FIELD_NUMBER, IN_STEP(IDENTITY, "evol", top_p), 0, 1, NULL, "P", "0.9",
	  "of what is written" },
	{ "max-tokens", 0, FIELD_INT, IN_STEP(IDENTITY, "alpaca", max_tokens), 1, MOST, NULL, "N",
	  "3072", "of a reply" },
	{ "max-tokens", 0, FIELD_INT, IN_STEP(IDENTITY, "evol", max_tokens), 1, MOST, NULL, "N", "2048",
	  "of an evolution, and of an answer" },
	{ "prompt-style", 0, FIELD_CHOICE, IN_STEP(IDENTITY, NULL, prompt_style), 0, 0,
	  "completion|chat", "STYLE", NULL,
	  "raw text to go on from, or messages (default: by teacher)" },
	{ "variant", 0, FIELD_CHOICE, IN_STEP(IDENTITY, "self-instruct", variant), 0, 0,
	  "paper|released", "WHICH", "paper", "where the paper and its released code differ" },
	{ "tokenizer", 0, FIELD_CHOICE, IN_STEP(IDENTITY, GROWS, tokenizer), 0, 0, "unicode|ascii",
	  "WHICH", "unicode", "words of the novelty test; ascii is rouge_score's" },
	{ "prompts", 0, FIELD_TEXT, IN_STEP(IDENTITY, NULL, prompts), 0, 0, NULL, "DIR", NULL,
	  "prompts of your own, instead of those built in of the same name" },
	{ "rule", 0, FIELD_LIST, IN_STEP(IDENTITY, NULL, rules), 0, 0, NULL, "NAME=VALUE", NULL,
	  "a rule's number, or on or off; may be given again" },
	{ "classification-only", 0, FIELD_FLAG, IN_STEP(IDENTITY, "self-instruct",
	  classification_only), 0, 0, NULL, NULL, NULL, "grow classification tasks only" },
	{ "capitalize", 0, FIELD_FLAG, IN_STEP(IDENTITY, "self-instruct", capitalize), 0, 0, NULL,
	  NULL, NULL, "first letter large, all others small, as the released code does" },
	{ "strict-paper", 0, FIELD_FLAG, IN_STEP(IDENTITY, GROWS, strict_paper), 0, 0, NULL, NULL,
	  NULL, "the paper's words and its loop, one request after another (see docs/methods.md)" },
	{ "strict-paper", 0, FIELD_FLAG, IN_STEP(IDENTITY, "evol persona", strict_paper), 0, 0, NULL,
	  NULL, NULL, "without the rules that the paper does not have (see docs/methods.md)" },
	{ "lookahead", 0, FIELD_INT, IN_STEP(IDENTITY, GROWS, lookahead), 1, 4096, NULL, "N", "64",
	  "requests that may be planned ahead of the pool they draw from; 1 is the paper's loop" },
	{ "seed", 0, FIELD_INT, IN_RUN(IDENTITY, seed), 0, 9e18, NULL, "N", "1",
	  "of every random choice" },

	{ "n", 'n', FIELD_INT, IN_STEP(OPERATION, GROWS, n), 1, MOST, NULL, "N", "100",
	  "finished tasks wanted; a higher number goes on with the same run" },
	{ "n", 'n', FIELD_INT, IN_STEP(OPERATION, WORKS_ON, n), 0, MOST, NULL, "N", "0",
	  "the first N of the input (0: all); a higher number goes on with the same run" },
	{ "skip-bad", 0, FIELD_FLAG, IN_STEP(OPERATION, WORKS_ON, skip_bad), 0, 0, NULL, NULL, NULL,
	  "leave out records of the input that cannot be read, and say how many" },
	{ "max-requests", 0, FIELD_INT, IN_RUN(OPERATION, max_requests), 0, MOST, NULL, "N", "0",
	  "stop after so many replies (0: no bound)" },
	{ "budget", 0, FIELD_MONEY, IN_RUN(OPERATION, budget), 0, MOST, NULL, "DOLLARS", NULL,
	  "stop before more is spent; needs --price-in and --price-out" },
	{ "concurrency", 0, FIELD_INT, IN_RUN(OPERATION, concurrency), 0, 16384, NULL, "N", "0",
	  "requests under way at once (0: as many as the teacher takes)" },

	{ "teacher", 0, FIELD_LIST, IN_TEACHER(teachers), 0, 0, NULL, "WHO", NULL,
	  "FILE.gguf, a server's address (https://host/v1, openai or anthropic), replay:RUN or "
	  "replay:FILE.jsonl; several servers share the work (default: the embedded model)" },
	{ "model", 0, FIELD_TEXT, IN_TEACHER(model), 0, 0, NULL, "NAME", NULL,
	  "the model a server is asked for" },
	{ "api", 0, FIELD_CHOICE, IN_TEACHER(api), 0, 0, "chat|completion|messages", "WHICH", "chat",
	  "/v1/chat/completions, for base models /v1/completions, or Anthropic's /v1/messages" },
	{ "key-env", 0, FIELD_TEXT, IN_TEACHER(key_env), 0, 0, NULL, "NAME", NULL,
	  "environment variable with the first server's key (default: that of its service)" },
	{ "key-file", 0, FIELD_TEXT, IN_TEACHER(key_file), 0, 0, NULL, "FILE", NULL,
	  "file with the first server's key" },
	{ "header", 0, FIELD_LIST, IN_TEACHER(headers), 0, 0, NULL, "NAME:VALUE", NULL,
	  "sent with each request, env:NAME for a value that is in the environment; may be given "
	  "again" },
	{ "extra-body", 0, FIELD_TEXT, IN_TEACHER(extra_body), 0, 0, NULL, "JSON", NULL,
	  "an object whose members go into each request" },
	{ "max-completion-tokens", 0, FIELD_INT, IN_TEACHER(max_completion_tokens), 0, MOST, NULL,
	  "N", "0", "least room a request gets, so that reasoning does not use it up (0: none)" },
	{ "think-tags", 0, FIELD_LIST, IN_TEACHER(think_tags), 0, 0, NULL, "'OPEN CLOSE'", NULL,
	  "tags around a model's thoughts, besides those that are known, or none; may be given again" },
	{ "stream", 0, FIELD_FLAG, IN_TEACHER(stream), 0, 0, NULL, NULL, NULL,
	  "ask for replies piece by piece (server-sent events)" },
	{ "timeout", 0, FIELD_INT, IN_TEACHER(timeout), 0, 86400, NULL, "SECONDS", "0",
	  "for one answer of a server (0: 600)" },
	{ "give-up-after", 0, FIELD_INT, IN_TEACHER(give_up_after), 0, 1e8, NULL, "SECONDS", "3600",
	  "stop when no server has answered for so long, or will not (0: wait for one)" },
	{ "ca-file", 0, FIELD_TEXT, IN_TEACHER(ca_file), 0, 0, NULL, "FILE", NULL,
	  "certificates to trust instead of the system's" },
	{ "cache-as", 0, FIELD_TEXT, IN_TEACHER(cache_as), 0, 0, NULL, "NAME", NULL,
	  "what request keys call a server's model (default: host and model)" },
	{ "price-in", 0, FIELD_MONEY, IN_TEACHER(price_in), 0, 1e6, NULL, "DOLLARS", NULL,
	  "for a million prompt tokens" },
	{ "price-cached", 0, FIELD_MONEY, IN_TEACHER(price_cached), 0, 1e6, NULL, "DOLLARS", NULL,
	  "for a million prompt tokens that the server had cached (default: as --price-in)" },
	{ "price-out", 0, FIELD_MONEY, IN_TEACHER(price_out), 0, 1e6, NULL, "DOLLARS", NULL,
	  "for a million completion tokens" },
	{ "parallel", 0, FIELD_INT, IN_TEACHER(parallel), 0, 240, NULL, "N", "0",
	  "embedded model: sequences at once (0: by cores)" },
	{ "ctx", 0, FIELD_INT, IN_TEACHER(context), 0, 1 << 20, NULL, "N", "0",
	  "embedded model: tokens one request may fill (0: 4096)" },
	{ "threads", 0, FIELD_INT, IN_TEACHER(threads), 0, 1024, NULL, "N", "0",
	  "embedded model: threads (0: by cores)" },
	{ "gpu-layers", 0, FIELD_INT, IN_TEACHER(gpu_layers), -1, 100000, NULL, "N", "-1",
	  "embedded model: layers on the GPU (-1: all that fit)" },
	{ "cache-dir", 0, FIELD_TEXT, IN_RUN(OPERATION, cache_dir), 0, 0, NULL, "DIR", NULL,
	  "where replies are kept across runs (default: ~/.cache/sow)" },
	{ "cache-size", 0, FIELD_INT, IN_RUN(OPERATION, cache_size), 0, MOST, NULL, "MIB", "4096",
	  "what they may take; past it, what was used longest ago goes (0: no bound)" },
	{ "no-cache", 0, FIELD_FLAG, IN_RUN(OPERATION, no_cache), 0, 0, NULL, NULL, NULL,
	  "neither look replies up there nor keep them" },
};
const size_t recipe_field_count = sizeof(recipe_fields) / sizeof(*recipe_fields);

/* -- fields -------------------------------------------------------------------------- */

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = words; (at = strstr(at, word)); at += len) {
		bool starts = at == words || at[-1] == ' ';
		if (starts && (at[len] == ' ' || !at[len]))
			return true;
	}
	return false;
}

bool field_fits(const struct field *f, const struct method *m)
{
	return !m || !f->methods || has_word(f->methods, m->name);
}

bool field_is_path(const struct field *f)
{
	return f->value && (strcmp(f->value, "FILE") == 0 || strcmp(f->value, "DIR") == 0);
}

const struct field *recipe_field(const char *name, const struct method *m)
{
	for (size_t i = 0; i < recipe_field_count; i++) {
		if (strcmp(recipe_fields[i].name, name) == 0 && field_fits(&recipe_fields[i], m))
			return &recipe_fields[i];
	}
	return NULL;
}

static void *place_of(struct recipe *r, const struct field *f)
{
	char *in = f->scope == FIELD_OF_RUN    ? (char *)r
		   : f->scope == FIELD_OF_STEP ? (char *)&r->steps[r->step_count - 1]
					       : (char *)&r->teachers[r->duty];
	return in + f->offset;
}

static int set_number(const struct field *f, const char *text, double *value,
		      struct sow_error *err)
{
	char *end;
	errno = 0;
	double x = strtod(text, &end);
	if (end == text || *end || !(x >= f->least && x <= f->most))
		return error_set(err, SOW_INVALID, "expected a number from %g to %g, not '%s'",
				 f->least, f->most, text);
	*value = x;
	return SOW_OK;
}

static int set_int(const struct field *f, const char *text, int64_t *value, struct sow_error *err)
{
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (end == text || *end || errno || (double)n < f->least || (double)n > f->most)
		return error_set(err, SOW_INVALID,
				 "expected a whole number from %.0f to %.0f, not '%s'", f->least,
				 f->most, text);
	*value = n;
	return SOW_OK;
}

static int set_money(const struct field *f, const char *text, int64_t *value,
		     struct sow_error *err)
{
	if (money_parse(view_of(text), value) || (double)*value > f->most * MONEY_DOLLAR)
		return error_set(err, SOW_INVALID,
				 "expected an amount in dollars such as 2.50, not '%s'", text);
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
		return error_set(err, SOW_INVALID, "expected %s, not nothing", f->value);
	if (!utf8_valid(text, strlen(text), NULL))
		return error_set(err, SOW_INVALID, "expected UTF-8");
	if (f->type == FIELD_CHOICE && !is_choice(f->choices, view_of(text)))
		return error_set(err, SOW_INVALID, "expected %s, not '%s'", f->choices, text);
	const char *copy = arena_copystr(r->arena, text);
	if (!copy)
		return error_nomem(err);
	if (f->type == FIELD_LIST)
		return append(r, place_of(r, f), copy) ? error_nomem(err) : SOW_OK;
	*(const char **)place_of(r, f) = copy;
	return SOW_OK;
}

int recipe_set(struct recipe *r, const struct field *f, const char *text, struct sow_error *err)
{
	switch (f->type) {
	case FIELD_INT:
		return set_int(f, text, place_of(r, f), err);
	case FIELD_NUMBER:
		return set_number(f, text, place_of(r, f), err);
	case FIELD_MONEY:
		return set_money(f, text, place_of(r, f), err);
	case FIELD_FLAG:
		if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
			return error_set(err, SOW_INVALID, "expected yes or no, not '%s'", text);
		*(bool *)place_of(r, f) = strcmp(text, "yes") == 0;
		return SOW_OK;
	default:
		return set_text(r, f, text, err);
	}
}

static int list_text(const struct list *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++)
		buf_addf(out, "%s%s", i ? "\n" : "", list->items[i]);
	return out->status;
}

int recipe_text(const struct recipe *r, const struct recipe_step *step,
		const struct recipe_teacher *teacher, const struct field *f, struct buf *out)
{
	const char *in = f->scope == FIELD_OF_RUN    ? (const char *)r
			 : f->scope == FIELD_OF_STEP ? (const char *)step
						     : (const char *)teacher;
	const void *at = in + f->offset;
	const char *text;
	switch (f->type) {
	case FIELD_INT:
		return buf_addf(out, "%" PRId64, *(const int64_t *)at);
	case FIELD_NUMBER:
		return *(const double *)at < 0 ? out->status
					       : buf_addf(out, "%.15g", *(const double *)at);
	case FIELD_MONEY:
		return *(const int64_t *)at < 0 ? out->status
						: money_print(out, *(const int64_t *)at, 2);
	case FIELD_FLAG:
		return buf_addstr(out, *(const bool *)at ? "yes" : "no");
	case FIELD_LIST:
		return list_text(at, out);
	default:
		text = *(const char *const *)at;
		return buf_addstr(out, text ? text : "");
	}
}

/* -- the whole ------------------------------------------------------------------------- */

/* Defaults of the fields of a scope, where the current step and teacher are. */
static int set_defaults(struct recipe *r, enum field_scope scope, const struct method *m)
{
	int status = SOW_OK;
	for (size_t i = 0; i < recipe_field_count && !status; i++) {
		const struct field *f = &recipe_fields[i];
		if (f->scope != scope || !field_fits(f, m))
			continue;
		if (f->fallback)
			status = recipe_set(r, f, f->fallback, NULL);
		else if (f->type == FIELD_MONEY)
			*(int64_t *)place_of(r, f) = -1;
		else if (f->type == FIELD_NUMBER)
			*(double *)place_of(r, f) = -1;
	}
	return status;
}

struct recipe *recipe_new(void)
{
	struct recipe *r = mem_zalloc(sizeof(*r));
	if (!r)
		return NULL;
	r->arena = arena_new();
	int status = r->arena ? set_defaults(r, FIELD_OF_RUN, NULL) : SOW_NOMEM;
	for (int d = 0; d < DUTY_COUNT && !status; d++) {
		r->duty = (enum duty)d;
		status = set_defaults(r, FIELD_OF_TEACHER, NULL);
	}
	r->duty = DUTY_WRITE;
	r->has_duty[DUTY_WRITE] = true;
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

int recipe_add_step(struct recipe *r, const char *method, struct sow_error *err)
{
	const struct method *m = method_find(method);
	if (!m)
		return error_set(err, SOW_USAGE, "%s: no such method", method);
	if (r->step_count == RECIPE_STEPS_MAX)
		return error_set(err, SOW_USAGE, "more than %d steps", RECIPE_STEPS_MAX);
	r->steps[r->step_count++].method = m;
	return set_defaults(r, FIELD_OF_STEP, m) ? error_nomem(err) : SOW_OK;
}

void recipe_duty(struct recipe *r, enum duty duty)
{
	r->duty = duty;
	r->has_duty[duty] = true;
}

const struct recipe_teacher *recipe_teacher(const struct recipe *r, enum duty duty)
{
	return &r->teachers[r->has_duty[duty] ? duty : DUTY_WRITE];
}
