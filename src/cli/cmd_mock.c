#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "mock/serve.h"

struct chosen {
	int64_t port, seed, requests, die_after, context, stops, rpm, tpm, max_in_flight, cached;
	double latency, sigma, token_latency, down_from, down_to, batch_delay, batch_expire;
	const char *host, *key, *model, *retry_after, *log;
	struct list faults, refuse, without;
	bool until_eof, no_usage, reasoning, think;
};

#define AT(field) offsetof(struct chosen, field)
#define MANY 1000000000

static const struct option options[] = {
	{ "port", 'p', OPTION_INT, AT(port), "N", "port to listen on (0: any that is free)", 0,
	  65535 },
	{ "host", 0, OPTION_TEXT, AT(host), "NAME", "address to listen on (default: 127.0.0.1)", 0,
	  0 },
	{ "seed", 0, OPTION_INT, AT(seed), "N",
	  "another seed, other answers and faults (default: 0)", 0, INT64_MAX },
	{ "model", 0, OPTION_TEXT, AT(model), "NAME",
	  "the only model there is (default: whatever is asked for)", 0, 0 },
	{ "key", 0, OPTION_TEXT, AT(key), "KEY", "refuse requests without this key", 0, 0 },
	{ "context", 0, OPTION_INT, AT(context), "N",
	  "refuse prompts of more than N tokens (0: no limit)", 0, MANY },
	{ "stops", 0, OPTION_INT, AT(stops), "N",
	  "most stop strings a request may have, 4 at OpenAI (0: 16)", 0, ASK_STOPS_MAX },
	{ "refuse", 0, OPTION_LIST, AT(refuse), "NAME",
	  "refuse requests with this parameter, for each: temperature, stop, max_tokens, …", 0, 0 },
	{ "without", 0, OPTION_LIST, AT(without), "NAME",
	  "what the server does not know, for each: prompt_logprobs, echo, logprobs, generate, score, "
	  "rerank, classify", 0, 0 },
	{ "reasoning", 0, OPTION_FLAG, AT(reasoning), NULL,
	  "think first, and tell it in reasoning_content", 0, 0 },
	{ "think", 0, OPTION_FLAG, AT(think), NULL, "think first, in <think>…</think>", 0, 0 },
	{ "cached", 0, OPTION_INT, AT(cached), "PERCENT",
	  "of each prompt's tokens, reported as cached (0: none)", 0, 100 },
	{ "no-usage", 0, OPTION_FLAG, AT(no_usage), NULL, "do not say how many tokens it took", 0,
	  0 },
	{ "latency", 0, OPTION_NUMBER, AT(latency), "MS", "median time to answer (0: none)", 0,
	  3600000 },
	{ "sigma", 0, OPTION_NUMBER, AT(sigma), "S", "spread of its logarithm (0: always the same)",
	  0, 10 },
	{ "token-latency", 0, OPTION_NUMBER, AT(token_latency), "MS", "for each token besides", 0,
	  3600000 },
	{ "rpm", 0, OPTION_INT, AT(rpm), "N", "requests a minute (0: no limit)", 0, MANY },
	{ "tpm", 0, OPTION_INT, AT(tpm), "N", "tokens a minute (0: no limit)", 0, MANY },
	{ "max-in-flight", 0, OPTION_INT, AT(max_in_flight), "N", "requests at once (0: no limit)",
	  0, MANY },
	{ "retry-after", 0, OPTION_TEXT, AT(retry_after), "WHEN",
	  "SECONDS, date or none: what refusals say (default: 1; a limit's own time)", 0, 0 },
	{ "fault", 0, OPTION_LIST, AT(faults), "NAME=P",
	  "what goes wrong, with which probability, for each: 429, 500, 503 and other statuses, "
	  "quota, filter, filtered, error, reset, cut, drip, garbage, type, empty, hang",
	  0, 0 },
	{ "batch-delay", 0, OPTION_NUMBER, AT(batch_delay), "SECONDS",
	  "time until a batch has ended (0: at once)", 0, MANY },
	{ "batch-expire", 0, OPTION_NUMBER, AT(batch_expire), "P",
	  "probability that a request of a batch is not come to", 0, 1 },
	{ "down-from", 0, OPTION_NUMBER, AT(down_from), "SECONDS",
	  "from then on refuse connections …", 0, MANY },
	{ "down-to", 0, OPTION_NUMBER, AT(down_to), "SECONDS", "… until then", 0, MANY },
	{ "die-after", 0, OPTION_INT, AT(die_after), "N",
	  "die after N requests, whatever is under way (0: never)", 0, INT64_MAX },
	{ "requests", 'n', OPTION_INT, AT(requests), "N",
	  "end after N requests, when none is under way (0: never)", 0, INT64_MAX },
	{ "until-eof", 0, OPTION_FLAG, AT(until_eof), NULL, "end when standard input ends", 0, 0 },
	{ "log", 0, OPTION_TEXT, AT(log), "FILE", "append a line of JSON for each request", 0, 0 },
};

/* One line, as soon as a client may come: scripts wait for it. */
static int say_address(void *data, int port)
{
	const struct chosen *o = data;
	const char *host = o->host ? o->host : "127.0.0.1";
	struct buf line = BUF_INIT;
	buf_addf(&line, strchr(host, ':') ? "http://[%s]:%d/v1\n" : "http://%s:%d/v1\n", host,
		 port);
	int exit = console_data(&line);
	buf_release(&line);
	return exit == EXIT_DONE ? SOW_OK : SOW_STOPPED;
}

/* A connection is a descriptor, and the usual 1,024 are few. */
static void allow_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int64_t nanoseconds(double seconds)
{
	return (int64_t)(seconds * (double)CLOCK_SECOND);
}

/* Checks what the tables of options cannot express. -1 on success, or an exit status. */
static int read_texts(const struct command *c, const struct chosen *o, struct mock_options *mock)
{
	struct sow_error err = { 0 };
	int status =
		retry_after_read(&mock->retry_after, o->retry_after ? o->retry_after : "1", &err);
	for (size_t i = 0; i < o->faults.count && !status; i++)
		status = faults_add(&mock->faults, o->faults.items[i], &err);
	if (status)
		return usage_error(c, "--%s", err.text);
	if (o->think && o->reasoning)
		return usage_error(c, "--reasoning and --think: expected one of them");
	if (o->down_to < o->down_from)
		return usage_error(c, "--down-from: expected --down-to to be later");
	return -1;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	const struct chosen *o = values;
	struct sow_error err = { 0 };
	struct serve_options serve = {
		.mock = {
			.seed = (uint64_t)o->seed, .key = o->key, .no_usage = o->no_usage,
			.rules = { .model = o->model, .context = o->context, .stops = o->stops,
				   .refused = o->refuse.items, .refused_count = o->refuse.count,
				   .without = o->without.items,
				   .without_count = o->without.count },
			.latency = { o->latency, o->sigma, o->token_latency },
			.rpm = o->rpm, .tpm = o->tpm, .max_in_flight = o->max_in_flight,
			.reasoning = o->think ? REASONING_THINK : o->reasoning ? REASONING_FIELD
									       : REASONING_NONE,
			.cached_percent = o->cached, .batch_delay = nanoseconds(o->batch_delay),
			.batch_expire = o->batch_expire,
		},
		.host = o->host, .port = (uint16_t)o->port, .log = o->log, .requests = o->requests,
		.die_after = o->die_after, .down_from = nanoseconds(o->down_from),
		.down_to = nanoseconds(o->down_to), .eof_fd = o->until_eof ? STDIN_FILENO : -1,
		.on_listening = say_address, .data = values,
	};
	(void)args;
	int exit = read_texts(c, o, &serve.mock);
	if (exit >= 0)
		return exit;
	allow_descriptors();
	serve.stop_fd = interrupt_as_file();
	int status = mock_serve(&serve, &err);
	if (serve.stop_fd >= 0)
		close(serve.stop_fd);
	if (status == SOW_STOPPED)
		return EXIT_FAILED; /* and said so */
	return status ? console_error(&err) : EXIT_DONE;
}

const struct command command_mock = {
	.name = "mock",
	.summary = "a fake teacher over HTTP, for tests and dry runs",
	.usage = "[options]",
	.about =
		"Answers as an OpenAI-compatible server would, with made-up tasks and answers: "
		"/v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models, with likelihoods where they are "
		"asked for, and /v1/score, /v1/rerank, /classify; as SGLang does: /generate; as Anthropic's would: "
		"/v1/messages; both also in batches; and its counters at /stats. "
		"Prints its address on standard output as soon as it can be asked. Answers "
		 "depend on the seed and the request, faults also on how often it was asked, "
		 "neither on time or order.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.example =
		"sow mock --port 8080 --latency 200 --sigma 0.5 --fault 429=0.1 --fault reset=0.05",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
