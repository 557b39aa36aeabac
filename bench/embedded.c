/* embedded.c - what the embedded teacher does in a second.
 *
 *     build/bench/embedded [-j THREADS] [-r ROWS] [MODEL.gguf]
 *
 * ROWS: letters of the rows wanted, of "18sanfj".
 *
 * Tokens a second with 1 and with 8 sequences, and what it saves to evaluate a common
 * beginning once: 48 requests that share 1,850 prompt tokens, 8 at once, 64 new tokens
 * each, with sharing, with sharing again (the beginning is resident) and without. Last, what
 * replies that fit a JSON Schema cost beside free ones to the same prompts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "teacher/teacher.h"

#define NEW_TOKENS 64
#define SCHEMA "{\"type\":\"object\",\"properties\":{\"question\":{\"type\":\"string\",\"minLength\":5}," \
	"\"answer\":{\"type\":\"string\"},\"grade\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":5}}," \
	"\"required\":[\"question\",\"answer\",\"grade\"],\"additionalProperties\":false}"

struct tally {
	int64_t replies, prompt, shared, written;
};

static void count_reply(void *data, struct reply *r)
{
	struct tally *t = data;
	t->replies++;
	t->prompt += r->usage.prompt_tokens;
	t->shared += r->usage.shared_tokens;
	t->written += r->usage.completion_tokens;
	if (r->finish == FINISH_ERROR)
		fprintf(stderr, "embedded: %.*s\n", VIEW_ARG(r->text));
	reply_free(r);
}

static void fail(const char *what)
{
	fprintf(stderr, "embedded: %s\n", what);
	exit(1);
}

/* A numbered list of tasks, as Self-Instruct asks for more of. */
static struct request *make_request(int number, int shared_tasks)
{
	static const char *const verbs[] = { "Describe", "Summarize", "Compare", "Explain",
					     "List", "Translate", "Rewrite", "Classify" };
	static const char *const things[] = { "a walk by the sea", "the history of bread",
					      "two kinds of renewable energy", "a short poem",
					      "the rules of chess", "a recipe for soup",
					      "an email to a friend", "the plot of a novel",
					      "how a bicycle stays upright" };
	struct request *r = request_new();
	struct buf b = BUF_INIT;
	buf_addstr(&b, "Come up with a series of tasks:\n\n");
	for (int i = 0; i < shared_tasks; i++)
		buf_addf(&b, "Task %d: %s %s in %d words or fewer, for readers who are new to it.\n",
			 i + 1, verbs[i % 8], things[i % 9], 20 + i);
	if (!r || buf_failed(&b) || request_add(r, ROLE_NONE, true, view_from(b.data, b.len)) < 0)
		fail("out of memory");
	buf_clear(&b);
	buf_addf(&b, "Task %d: Write about number %d.\nTask %d:", shared_tasks + 1, number,
		 shared_tasks + 2);
	if (request_add(r, ROLE_NONE, false, view_from(b.data, b.len)) < 0)
		fail("out of memory");
	buf_release(&b);
	r->sampling = (struct sampling){ .temperature = 0.7, .top_p = 0.5, .presence_penalty = 2,
					 .max_tokens = NEW_TOKENS };
	r->seed = (uint64_t)number;
	r->tag = number;
	return r;
}

/* Asks for JSON in the words of the prompt; only some requests are held to it. */
static struct request *make_json_request(int number, const char *schema)
{
	struct request *r = request_new();
	struct buf b = BUF_INIT;
	buf_addf(&b, "Write a JSON object with the members \"question\", \"answer\" and \"grade\" (1 to 5) "
		 "about number %d.\n\n", number);
	if (request_add(r, ROLE_USER, false, view_from(b.data, b.len)) < 0)
		fail("the prompt is too long");
	request_set_schema(r, view_of(schema));
	buf_release(&b);
	r->sampling = (struct sampling){ .temperature = 0.7, .top_p = 0.95,
					 .max_tokens = NEW_TOKENS };
	r->seed = (uint64_t)number;
	r->tag = number;
	return r;
}

static void measure(const char *what, void *state, int requests, int shared_tasks,
		    const char *schema)
{
	struct tally t = { 0 };
	struct sow_error err = { 0 };
	struct request *next = NULL;
	int asked = 0, status;
	clock_t cpu = clock();
	int64_t start = clock_monotonic();
	do {
		while (asked < requests) {
			if (!next)
				next = schema ? make_json_request(asked, schema)
					      : make_request(asked, shared_tasks);
			if (!teacher_llama.ask(state, next))
				break;
			next = NULL;
			asked++;
		}
		status = teacher_llama.step(state, count_reply, &t, &err);
		if (status < 0)
			fail(err.text);
	} while (status > 0 || asked < requests);
	double seconds = (double)(clock_monotonic() - start) / (double)CLOCK_SECOND;
	printf("| %-38s | %7.2f | %7.2f | %8.1f | %6lld | %7lld |\n", what, seconds,
	       (double)(clock() - cpu) / CLOCKS_PER_SEC, (double)t.written / seconds,
	       (long long)(t.prompt - t.shared), (long long)t.written);
	fflush(stdout);
}

static void *open_teacher(const char *spec, int parallel, int threads, bool share)
{
	struct teacher_options o = { .specs = &spec, .spec_count = spec != NULL,
				     .parallel = parallel, .gpu_layers = -1,
				     .threads = threads, .share_prefixes = share };
	struct sow_error err = { 0 };
	void *state = NULL;
	if (teacher_llama.open(&state, &o, &err) < 0)
		fail(err.text);
	return state;
}

/* The rows of the table; each sequence of them that names one teacher opens it once. */
static const struct row {
	char letter;
	const char *what;
	int parallel, requests, shared_tasks;
	bool share;
	const char *schema;      /* NULL: other prompts; empty: the same prompts, replies free */
} rows[] = {
	{ '1', "1 sequence, 8 short prompts", 1, 8, 4, true, NULL },
	{ '8', "8 sequences, 32 short prompts", 8, 32, 4, true, NULL },
	{ 's', "48 long prompts, beginning shared", 8, 48, 78, true, NULL },
	{ 'a', "the same again, beginning resident", 8, 48, 78, true, NULL },
	{ 'n', "48 long prompts, nothing shared", 8, 48, 78, false, NULL },
	{ 'f', "8 sequences, 64 short prompts, free", 8, 64, 0, true, "" },
	{ 'j', "the same, by a JSON Schema", 8, 64, 0, true, SCHEMA },
};

int main(int argc, char **argv)
{
	const char *wanted = "18sanfj";
	int threads = 0, option;
	while ((option = getopt(argc, argv, "j:r:")) != -1) {
		if (option == 'j')
			threads = atoi(optarg);
		else if (option == 'r')
			wanted = optarg;
		else
			return 2;
	}
	const char *spec = optind < argc ? argv[optind] : NULL;
	const struct row *open = NULL;
	void *state = NULL;
	printf("| %-38s | %7s | %7s | %8s | %6s | %7s |\n", "", "seconds", "CPU s", "tokens/s",
	       "read", "written");
	printf("|---|---:|---:|---:|---:|---:|\n");
	for (const struct row *r = rows; r < rows + sizeof(rows) / sizeof(*rows); r++) {
		if (!strchr(wanted, r->letter))
			continue;
		if (!open || open->parallel != r->parallel || open->share != r->share) {
			teacher_llama.close(state);
			state = open_teacher(spec, r->parallel, threads, r->share);
			open = r;
		}
		measure(r->what, state, r->requests, r->shared_tasks, r->schema);
	}
	teacher_llama.close(state);
	return 0;
}
