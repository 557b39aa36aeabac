#include "run/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "teacher/models.h"

#define IN_RUN(member) offsetof(struct recipe, member)
#define IN_STEP(member) offsetof(struct recipe_step, member)
#define IN_TEACHER(member) offsetof(struct recipe_teacher, member)
#define MOST 1000000000
#define MIB (1 << 20)

#define OF_RUN .scope = OPTION_OF_RUN
#define OF_STEP .scope = OPTION_OF_STEP
#define OF_POOL OF_STEP, .taker = TAKEN_BY_POOLS
#define OF_SEEDS OF_STEP, .taker = TAKEN_BY_SEEDS
#define OF_INPUT OF_STEP, .taker = TAKEN_BY_INPUTS
#define OF_SOME OF_STEP, .taker = TAKEN_BY_NAME
#define OF_TEACHER .scope = OPTION_OF_TEACHER
#define FIXED .identity = true
#define RECORDS .records = true

/* A row without a name stands for each method's own options. */
static const struct option table[] = {
	{ "input", 'i', OPTION_TEXT, IN_STEP(input), "FILE",
	  "prompts or tasks: JSON, CSV, one a line, hf:OWNER/NAME, or the directory of a run", OF_INPUT, FIXED,
	  RECORDS },
	{ "map", 0, OPTION_LIST, IN_STEP(map), "WHAT=COLUMN",
	  "which member of the input's records is what, where its name does not tell: instruction, "
	  "context, answer and others (docs/guide/data.md has all); may be given again", OF_INPUT,
	  FIXED },
	{ "delimiter", 0, OPTION_TEXT, IN_STEP(delimiter), "C",
	  "the input is CSV with this between its cells", .unsaid = "told by its first line", OF_INPUT,
	  FIXED },
	{ "documents", 0, OPTION_LIST, IN_STEP(documents), "PATH",
	  "instead of --input: files and folders of text, Markdown, HTML, PDF, DOCX and EPUB, of which each chunk "
	  "is a record; may be given again", OF_SOME, FIXED },
	{ "chunk", 0, OPTION_INT, IN_STEP(chunk), "WORDS", "the most words in a chunk of --documents", 8,
	  100000, .fallback = "400", OF_SOME, FIXED },
	{ "overlap", 0, OPTION_INT, IN_STEP(overlap), "WORDS",
	  "a chunk repeats whole sentences of the one before, up to so many words", 0, 50000,
	  .fallback = "0", OF_SOME, FIXED },
	{ "shuffle", 0, OPTION_FLAG, IN_STEP(shuffle), NULL,
	  "take the chunks in an order that is drawn by --seed, so that -n of them come from all documents",
	  OF_STEP, .taker = TAKEN_BY_NEW, FIXED },
	{ "language", 0, OPTION_TEXT, IN_STEP(documents_language), "CODE",
	  "only chunks of --documents in this language, such as en; others are counted", .unsaid = "any",
	  OF_SOME, FIXED },
	{ "convert", 0, OPTION_TEXT, IN_STEP(convert), "COMMAND",
	  "makes text of --documents of other kinds: a command of the shell that reads the file and "
	  "writes plain text, such as 'pandoc -f odt -t plain'", OF_SOME, FIXED },
	{ "seeds", 0, OPTION_TEXT, IN_STEP(seeds), "FILE",
	  "seed tasks: JSON, CSV, one instruction a line, hf:OWNER/NAME, or the directory of a run",
	  .unsaid = "the 175 built in", OF_SEEDS, FIXED, RECORDS },
	{ "against", 0, OPTION_LIST, IN_STEP(against), "FILE",
	  "be new against the instructions of this file or run as well; may be given again", OF_POOL,
	  FIXED, RECORDS },
	{ "language", 0, OPTION_TEXT, IN_STEP(o.language), "NAME", "language of the new tasks",
	  .unsaid = "English", OF_SEEDS, FIXED },
	{ "topic", 0, OPTION_TEXT, IN_STEP(o.topic), "TEXT", "what the new tasks are about", OF_SEEDS,
	  FIXED },
	{ "variant", 0, OPTION_CHOICE, IN_STEP(o.variant), NULL,
	  "where the paper and its released code differ", .choices = "paper|released",
	  .fallback = "paper", OF_SOME, FIXED },
	{ "prompt", 'p', OPTION_TEXT, IN_STEP(o.map.prompt_said), "TEXT",
	  "what is asked about each record, with its fields in double braces: {{title}}; or a file with "
	  "it", OF_SOME, FIXED },
	{ "into", 0, OPTION_TEXT, IN_STEP(o.map.into), "FIELD", "the field that the reply is written to",
	  OF_SOME, FIXED },
	{ "as", 0, OPTION_CHOICE, IN_STEP(o.map.as), NULL, "what the reply is",
	  .choices = "text|list|number|choice|json", .unsaid = "text, or as the three below tell",
	  OF_SOME, FIXED },
	{ "schema", 0, OPTION_TEXT, IN_STEP(o.map.schema_said), "FILE",
	  "JSON Schema of the reply; without --into the members become fields", OF_SOME, FIXED },
	{ "range", 0, OPTION_TEXT, IN_STEP(o.map.range), "LEAST..MOST",
	  "the reply is a number in these bounds", OF_SOME, FIXED },
	{ "choice", 0, OPTION_LIST, IN_STEP(o.map.choices), "TEXT",
	  "the reply is this, or one of the others given so; may be given again", .lines = true, OF_SOME,
	  FIXED },
	{ "check", 0, OPTION_LIST, IN_STEP(o.map.checks), "CONDITION",
	  "what holds of a record once its reply is written, such as 'answer | length > 20' or "
	  "'{\"field\": \"answer\", \"min-words\": 3}'; may be given again", .lines = true, OF_SOME, FIXED },
	{ "tries", 0, OPTION_INT, IN_STEP(o.map.tries), "N",
	  "how often a record is asked about whose reply does not fit", 1, MAP_TRIES_MAX,
	  .fallback = "3", OF_SOME, FIXED },
	{ "when", 0, OPTION_TEXT, IN_STEP(o.map.when), "CONDITION",
	  "ask about records that this holds of, such as 'score >= 4'; others stay as they are", OF_SOME,
	  FIXED },
	{ "draw", 0, OPTION_LIST, IN_STEP(o.map.draws), "FIELD=A,B",
	  "a field drawn for each record: a text, A*3 for three times as often, 20..80 for a number, or "
	  "from:FILE for a record of a file; may be given again", .lines = true, OF_SOME, FIXED },
	{ "join", 0, OPTION_TEXT, IN_STEP(o.map.join_said), "FILE",
	  "a file or run whose records add their fields to those of the same id", OF_SOME, FIXED, RECORDS },
	{ "join-by", 0, OPTION_TEXT, IN_STEP(o.map.join_by), "FIELD", "the field that --join compares",
	  .fallback = "id", OF_SOME, FIXED },
	{ "replace", 0, OPTION_FLAG, IN_STEP(o.map.replace), NULL,
	  "overwrite fields that already exist", OF_SOME, FIXED },
	{ "explode", 0, OPTION_FLAG, IN_STEP(o.map.explode), NULL,
	  "make a record of each element of a list", OF_SOME, FIXED },
	{ "gather", 0, OPTION_FLAG, IN_STEP(o.map.gather), NULL,
	  "keep the answers of --samples as a list in one record, instead of a record each", OF_SOME,
	  FIXED },
	{ "duty", 0, OPTION_CHOICE, IN_STEP(o.map.duty), NULL, "whose teacher is asked",
	  .choices = "writer|classifier|judge", .fallback = "writer", OF_SOME, FIXED },
	{ 0 },
	{ "system", 0, OPTION_TEXT, IN_STEP(o.system), "TEXT",
	  "system message before each prompt that has none", OF_SOME, FIXED },
	{ "no-system-out", 0, OPTION_FLAG, IN_STEP(o.no_system_out), NULL,
	  "leave --system out of the records", OF_SOME, FIXED },
	{ "samples", 0, OPTION_INT, IN_STEP(o.samples), "K", "answers to each prompt", 1, 64,
	  .fallback = "1", OF_SOME, FIXED },
	{ "again", 0, OPTION_FLAG, IN_STEP(o.again), NULL,
	  "also answer records that have an answer; what the step before made always is", OF_SOME,
	  FIXED },
	{ "best-of", 0, OPTION_INT, IN_STEP(best_of), "N",
	  "ask for N answers, have each judged, keep the best", 1, 64, .fallback = "1", OF_SOME, FIXED },
	{ "temperature", 0, OPTION_NUMBER, IN_STEP(o.sampling.temperature), "T",
	  "randomness of what is written; 0 always takes the likeliest token", 0, 5, .unsaid = "the teacher's own", OF_STEP,
	  FIXED },
	{ "top-p", 0, OPTION_NUMBER, IN_STEP(o.sampling.top_p), "P",
	  "sample from the likeliest tokens that together have probability P", 0, 1,
	  .unsaid = "the teacher's own", OF_STEP, FIXED },
	{ "max-tokens", 0, OPTION_INT, IN_STEP(o.sampling.max_tokens), "N",
	  "most tokens in a reply (0: the teacher's own bound)", 0, MOST, .fallback = "0",
	  OF_STEP, FIXED },
	{ "presence-penalty", 0, OPTION_NUMBER, IN_STEP(o.sampling.presence_penalty), "X",
	  "penalty on tokens that are already in the reply, -2 to 2", -2, 2, .fallback = "0", OF_STEP,
	  FIXED },
	{ "frequency-penalty", 0, OPTION_NUMBER, IN_STEP(o.sampling.frequency_penalty), "X",
	  "penalty that grows with each use of a token, -2 to 2", -2, 2, .fallback = "0", OF_STEP, FIXED },
	{ "stop", 0, OPTION_LIST, IN_STEP(o.sampling.stops), "TEXT",
	  "end a reply before TEXT (\\n is a newline), besides the method's own stops; may be given "
	  "again", .most = METHOD_STOPS_MAX, .escapes = true, OF_STEP, FIXED },
	{ "prompt-style", 0, OPTION_CHOICE, IN_STEP(prompt_style), NULL,
	  "raw text to continue, or messages", .choices = "completion|chat", .unsaid = "by teacher",
	  OF_STEP, FIXED },
	{ "tokenizer", 0, OPTION_CHOICE, IN_STEP(tokenizer), NULL,
	  "words of the novelty test; ascii is rouge_score's", .choices = "unicode|ascii",
	  .fallback = "unicode", OF_POOL, FIXED },
	{ "prompts", 0, OPTION_TEXT, IN_STEP(prompts), "DIR",
	  "prompts of your own, instead of those built in of the same name", OF_STEP, FIXED },
	{ "rule", 0, OPTION_LIST, IN_STEP(rules), "NAME=VALUE",
	  "a rule's number, or on or off; may be given again", OF_STEP, FIXED },
	{ "classification-only", 0, OPTION_FLAG, IN_STEP(o.classification_only), NULL,
	  "grow classification tasks only", OF_SOME, FIXED },
	{ "strict-paper", 0, OPTION_FLAG, IN_STEP(strict_paper), NULL,
	  "the paper's numbers, words, rules and loop; giving another number is an error (docs/guide/methods.md)",
	  OF_SOME, FIXED },
	{ "lookahead", 0, OPTION_INT, IN_STEP(lookahead), "N",
	  "requests that may be planned ahead of the pool they draw from; 1 is the paper's loop", 1,
	  4096, .fallback = "64", OF_POOL, FIXED },
	{ "seed", 0, OPTION_INT, IN_RUN(seed), "N", "of every random choice", 0,
	  INT64_C(9000000000000000000), .fallback = "1", OF_RUN, FIXED },
	{ "shard", 0, OPTION_TEXT, IN_RUN(shard), "K/N",
	  "work on the Kth of each N records of the input, one of N runs that `sow merge` makes one of",
	  .unsaid = "all records", OF_RUN, .taker = TAKEN_BY_INPUTS, FIXED, .per_run = true },

	{ "n", 'n', OPTION_INT, IN_STEP(n), "N",
	  "finished tasks wanted; a higher number continues the same run", 1, MOST,
	  .fallback = "100", OF_POOL },
	{ "n", 'n', OPTION_INT, IN_STEP(n), "N",
	  "the first N of the input (0: all); a higher number continues the same run", 0, MOST,
	  .fallback = "0", OF_STEP, .taker = TAKEN_BY_EACH_INPUT },
	{ "n", 'n', OPTION_INT, IN_STEP(n), "N",
	  "finished questions wanted (0: all that the input gives); a higher number continues the same run",
	  0, MOST, .fallback = "0", OF_STEP, .taker = TAKEN_BY_NEW },
	{ "skip-bad", 0, OPTION_FLAG, IN_STEP(skip_bad), NULL,
	  "leave out records or documents of the input that cannot be read, and say how many", OF_INPUT },
	{ "max-requests", 0, OPTION_INT, IN_RUN(max_requests), "N",
	  "stop after so many replies (0: no bound)", 0, MOST, .fallback = "0", OF_RUN },
	{ "budget", 0, OPTION_MONEY, IN_RUN(budget), "DOLLARS",
	  "stop before more is spent; needs --price-in and --price-out", 0, MOST, OF_RUN },
	{ "concurrency", 0, OPTION_INT, IN_RUN(concurrency), "N",
	  "requests under way at once (0: as many as the teacher takes)", 0, 16384, .fallback = "0",
	  OF_RUN },

	{ "teacher", 0, OPTION_LIST, IN_TEACHER(teachers), "WHO",
	  "FILE.gguf, a name of `sow model list`, a server's address (https://host/v1, openai or "
	  "anthropic), replay:RUN or replay:FILE.jsonl; several servers share the work", .unsaid = "the embedded model",
	  OF_TEACHER, .often = true },
	{ "model", 0, OPTION_TEXT, IN_TEACHER(o.model), "NAME", "the model a server is asked for",
	  OF_TEACHER, .often = true },
	{ "api", 0, OPTION_CHOICE, IN_TEACHER(o.api), NULL,
	  "/v1/chat/completions, for base models /v1/completions, or Anthropic's /v1/messages",
	  .choices = "chat|completion|messages",
	  .fallback = "chat", OF_TEACHER },
	{ "form", 0, OPTION_TEXT, IN_TEACHER(o.form), "NAME",
	  "how a server is asked for likelihoods (prompt_logprobs, echo, sglang) or rewards (score, "
	  "score-texts, rerank, tei, classify)", .unsaid = "found by asking", OF_TEACHER },
	{ "key-env", 0, OPTION_TEXT, IN_TEACHER(o.key_env), "NAME",
	  "environment variable with the first server's key", .unsaid = "that of its service",
	  OF_TEACHER, .often = true },
	{ "key-file", 0, OPTION_TEXT, IN_TEACHER(o.key_file), "FILE",
	  "file with the first server's key", OF_TEACHER },
	{ "header", 0, OPTION_LIST, IN_TEACHER(headers), "NAME:VALUE",
	  "sent with each request, env:NAME for a value that is in the environment; may be given again",
	  OF_TEACHER },
	{ "extra-body", 0, OPTION_TEXT, IN_TEACHER(o.extra_body), "JSON",
	  "an object whose members go into each request", OF_TEACHER },
	{ "max-completion-tokens", 0, OPTION_INT, IN_TEACHER(o.max_completion_tokens), "N",
	  "least room a request gets, so that reasoning does not use it up (0: none)", 0, MOST,
	  .fallback = "0", OF_TEACHER },
	{ "think-tags", 0, OPTION_LIST, IN_TEACHER(think_tags), "'OPEN CLOSE'",
	  "tags around a model's thoughts, besides those that are known, or none; may be given again",
	  OF_TEACHER },
	{ "stream", 0, OPTION_FLAG, IN_TEACHER(o.stream), NULL,
	  "ask for replies piece by piece (server-sent events)", OF_TEACHER },
	{ "timeout", 0, OPTION_INT, IN_TEACHER(o.timeout), "SECONDS",
	  "for one answer of a server (0: 600)", 0, 86400, CLOCK_SECOND, .fallback = "0", OF_TEACHER },
	{ "give-up-after", 0, OPTION_INT, IN_TEACHER(o.give_up_after), "SECONDS",
	  "stop when no server has answered for so long, or will not (0: wait for one)", 0, 100000000,
	  CLOCK_SECOND, .fallback = "3600", OF_TEACHER },
	{ "ca-file", 0, OPTION_TEXT, IN_TEACHER(o.ca_file), "FILE",
	  "certificates to trust instead of the system's", OF_TEACHER },
	{ "cache-as", 0, OPTION_TEXT, IN_TEACHER(o.cache_as), "NAME",
	  "what request keys call a server's model", .unsaid = "host and model", OF_TEACHER },
	{ "price-in", 0, OPTION_MONEY, IN_TEACHER(price_in), "DOLLARS",
	  "for a million prompt tokens", 0, 1000000, OF_TEACHER, .often = true },
	{ "price-cached", 0, OPTION_MONEY, IN_TEACHER(price_cached), "DOLLARS",
	  "for a million prompt tokens that the server had cached", 0, 1000000,
	  .unsaid = "as --price-in", OF_TEACHER },
	{ "price-out", 0, OPTION_MONEY, IN_TEACHER(price_out), "DOLLARS",
	  "for a million completion tokens", 0, 1000000, OF_TEACHER, .often = true },
	{ "batch", 0, OPTION_FLAG, IN_TEACHER(o.batch), NULL,
	  "send requests in batches, which many services answer within a day at half the price",
	  OF_TEACHER, .often = true },
	{ "batch-size", 0, OPTION_INT, IN_TEACHER(o.batch_size), "N",
	  "requests in one batch, at most (0: 10,000, or what the service takes)", 0, 100000,
	  .fallback = "0", OF_TEACHER },
	{ "batch-rest", 0, OPTION_CHOICE, IN_TEACHER(o.batch_rest), NULL,
	  "what a batch ended without: in the next batch, or asked directly, at the full price",
	  .choices = "batch|now", .fallback = "batch", OF_TEACHER },
	{ "batch-discount", 0, OPTION_NUMBER, IN_TEACHER(batch_discount), "SHARE",
	  "of the price, for what is asked in batches", 0, 1, .fallback = "0.5", OF_TEACHER },
	{ "parallel", 0, OPTION_INT, IN_TEACHER(o.parallel), "N",
	  "embedded model: sequences at once (0: by cores)", 0, 240, .fallback = "0", OF_TEACHER },
	{ "ctx", 0, OPTION_INT, IN_TEACHER(o.context), "N",
	  "embedded model: tokens one request may fill (0: 4096)", 0, 1 << 20, .fallback = "0",
	  OF_TEACHER },
	{ "threads", 0, OPTION_INT, IN_TEACHER(o.threads), "N", "embedded model: threads (0: by cores)",
	  0, 1024, .fallback = "0", OF_TEACHER },
	{ "gpu-layers", 0, OPTION_INT, IN_TEACHER(o.gpu_layers), "N",
	  "embedded model: layers on the GPU (-1: all that fit)", -1, 100000, .fallback = "-1",
	  OF_TEACHER },

	{ "cache-dir", 0, OPTION_TEXT, IN_RUN(cache_dir), "DIR",
	  "where replies are kept across runs", .unsaid = "~/.cache/sow", OF_RUN },
	{ "cache-size", 0, OPTION_INT, IN_RUN(cache_size), "MIB",
	  "what they may take; past it, what was used longest ago goes (0: no bound)", 0, MOST, MIB,
	  .fallback = "4096", OF_RUN },
	{ "no-cache", 0, OPTION_FLAG, IN_RUN(no_cache), NULL,
	  "neither look replies up there nor keep them", OF_RUN },
};
#define ROWS (sizeof(table) / sizeof(*table))

static bool takes(const struct method *m, const struct option *o)
{
	if (!m)
		return true;
	switch (o->taker) {
	case TAKEN_BY_POOLS:
		return !m->takes_input || method_takes(m, o->name);
	case TAKEN_BY_SEEDS:
		return !m->takes_input && !m->no_seeds;
	case TAKEN_BY_INPUTS:
		return m->takes_input;
	case TAKEN_BY_EACH_INPUT:
		return m->takes_input && !m->finds_new;
	case TAKEN_BY_NEW:
		return m->finds_new;
	case TAKEN_BY_NAME:
		return method_takes(m, o->name) != NULL;
	default: /* options about requests, which a step that orders its input does not make */
		return !m->order_input || o->scope != OPTION_OF_STEP;
	}
}

/* A method's own options; with NULL those of every method. */
static size_t add_own(const struct method *m, const struct option **list)
{
	size_t count = 0;
	for (size_t i = 0; m && i < m->option_count; i++)
		list[count++] = &m->options[i];
	for (size_t i = 0; !m && method_at(i); i++)
		count += add_own(method_at(i), list + count);
	return count;
}

size_t recipe_options(const struct method *m, const struct option *list[RECIPE_OPTIONS_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < ROWS; i++) {
		if (!table[i].name)
			count += add_own(m, list + count);
		else if (takes(m, &table[i]))
			list[count++] = &table[i];
		if (count > RECIPE_OPTIONS_MAX)
			abort(); /* the array is full: fail before an option overwrites other memory */
	}
	return count;
}

const struct option *recipe_option(const char *name, const struct method *m)
{
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(m, list);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i]->name, name) == 0)
			return list[i];
	}
	return NULL;
}

const char *recipe_default(const struct option *o, const struct method *m)
{
	const struct taken_option *t = m && recipe_is_of_step(o) ? method_takes(m, o->name) : NULL;
	return t && t->fallback ? t->fallback : o->fallback;
}

bool recipe_names_file(const char *prompt)
{
	return !strpbrk(prompt, " \t\n{");
}

bool recipe_is_of_step(const struct option *o)
{
	return o->scope == OPTION_OF_STEP || o->scope == OPTION_OF_METHOD;
}

static void *values_of(struct recipe *r, struct recipe_step *step, struct recipe_teacher *teacher,
		       const struct option *o)
{
	switch (o->scope) {
	case OPTION_OF_STEP:
		return step;
	case OPTION_OF_METHOD:
		return step->o.own;
	case OPTION_OF_TEACHER:
		return teacher;
	default:
		return r;
	}
}

int recipe_set(struct recipe *r, const struct option *o, const char *text, struct sow_error *err)
{
	struct recipe_step *step = r->step_count ? &r->steps[r->step_count - 1] : NULL;
	if (o->scope == OPTION_OF_METHOD && !step->o.own)
		return SOW_OK; /* of a step whose method is unknown, which is already reported */
	int status = option_set(o, values_of(r, step, &r->teachers[r->duty], o), text, r->arena, err);
	if (!status && recipe_is_of_step(o) && !recipe_says(step, o))
		step->said[step->said_count++] = o;
	return status;
}

bool recipe_has_input(const struct recipe_step *step)
{
	return step->input || step->documents.count;
}

bool recipe_says(const struct recipe_step *step, const struct option *o)
{
	for (size_t i = 0; i < step->said_count; i++) {
		if (step->said[i] == o)
			return true;
	}
	return false;
}

static int insist(struct recipe_step *step, const struct option *o, const char *paper,
		  struct arena *a, struct sow_error *err)
{
	void *values = values_of(NULL, step, NULL, o);
	struct buf text = BUF_INIT;
	int status = SOW_OK;
	option_text(o, values, &text);
	if (recipe_says(step, o) && strcmp(text.data, paper) != 0)
		status = *paper ? error_set(err, SOW_USAGE, "%s: --strict-paper requires the paper's %s, "
					    "not %s", o->name, paper, text.data)
				: error_set(err, SOW_USAGE, "%s: --strict-paper allows none", o->name);
	else
		status = option_reset(o, *paper ? paper : NULL, values, a, err);
	buf_release(&text);
	return status;
}

int recipe_insist(struct recipe_step *step, struct arena *a, struct sow_error *err)
{
	int status = SOW_OK;
	for (const struct taken_option *t = step->method->takes; t && t->name && !status; t++) {
		if (t->paper)
			status = insist(step, recipe_option(t->name, step->method), t->paper, a, err);
	}
	return status;
}

void recipe_text(const struct recipe *r, const struct recipe_step *step,
		 const struct recipe_teacher *teacher, const struct option *o, struct buf *out)
{
	option_text(o, values_of((struct recipe *)r, (struct recipe_step *)step,
				 (struct recipe_teacher *)teacher, o), out);
}

/* Resets the options of a run, a step or a teacher to their defaults. */
static void reset(struct recipe *r, enum option_scope scope, const struct method *m)
{
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(m, list);
	struct recipe_step *step = m ? &r->steps[r->step_count - 1] : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct option *o = list[i];
		if (o->scope == scope || (m && o->scope == OPTION_OF_METHOD))
			option_reset(o, recipe_default(o, m), values_of(r, step, &r->teachers[r->duty], o),
				     r->arena, NULL);
	}
}

struct recipe *recipe_new(void)
{
	struct recipe *r = mem_zalloc(sizeof(*r));
	r->arena = arena_new();
	reset(r, OPTION_OF_RUN, NULL);
	for (int d = 0; d < DUTY_COUNT; d++) {
		r->duty = (enum duty)d;
		teacher_options_default(&r->teachers[d].o);
		reset(r, OPTION_OF_TEACHER, NULL);
	}
	r->duty = DUTY_WRITE;
	r->has_duty[DUTY_WRITE] = true;
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
	struct recipe_step *step = &r->steps[r->step_count++];
	step->method = m;
	if (m->own_size)
		step->o.own = arena_alloc(r->arena, m->own_size);
	reset(r, OPTION_OF_STEP, m);
	return SOW_OK;
}

void recipe_select_teacher(struct recipe *r, enum duty duty)
{
	r->duty = duty;
	r->has_duty[duty] = true;
}

bool recipe_asks(const struct recipe *r, unsigned kinds)
{
	for (size_t i = 0; i < r->step_count; i++) {
		if (method_asks(r->steps[i].method, r->steps[i].o.own) & kinds)
			return true;
	}
	return false;
}

void recipe_choose_embedder(struct recipe *r)
{
	static const char *const embedder[] = { MODEL_EMBEDDER };
	static const struct list specs = { embedder, 1 };
	const unsigned others = ~ASKS_TO(REQUEST_EMBED);
	bool is_alone = !recipe_asks(r, others);
	if (!recipe_asks(r, ASKS_TO(REQUEST_EMBED)) || r->has_duty[DUTY_EMBED] ||
	    (is_alone && r->teachers[DUTY_WRITE].teachers.count))
		return;
	enum duty duty = is_alone ? DUTY_WRITE : DUTY_EMBED;
	r->has_duty[duty] = true;
	r->teachers[duty].teachers = specs;
	if (!is_alone) /* a free teacher needs no budget */
		r->teachers[duty].price_in = r->teachers[duty].price_cached = r->teachers[duty].price_out = 0;
}

const struct recipe_teacher *recipe_teacher(const struct recipe *r, enum duty duty)
{
	return &r->teachers[r->has_duty[duty] ? duty : DUTY_WRITE];
}
