#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/talk.h"
#include "mock/serve.h"

struct chosen {
	int64_t port, seed, requests, context;
	const char *host, *key, *model;
	bool until_eof, no_usage;
};

#define AT(field) offsetof(struct chosen, field)

static const struct option options[] = {
	{ "port", 'p', OPTION_INT, AT(port), "N", "port to listen on (0: any that is free)", 0, 65535 },
	{ "host", 0, OPTION_TEXT, AT(host), "NAME", "address to listen on (default: 127.0.0.1)", 0, 0 },
	{ "seed", 0, OPTION_INT, AT(seed), "N", "another seed, other answers and faults (default: 0)",
	  0, INT64_MAX },
	{ "model", 0, OPTION_TEXT, AT(model), "NAME",
	  "the only model there is (default: whatever is asked for)", 0, 0 },
	{ "key", 0, OPTION_TEXT, AT(key), "KEY", "refuse requests without this key", 0, 0 },
	{ "context", 0, OPTION_INT, AT(context), "N",
	  "refuse prompts of more than N tokens (0: no limit)", 0, 1000000000 },
	{ "no-usage", 0, OPTION_FLAG, AT(no_usage), NULL, "do not say how many tokens it took", 0, 0 },
	{ "until-eof", 0, OPTION_FLAG, AT(until_eof), NULL, "end when standard input ends", 0, 0 },
	{ "requests", 'n', OPTION_INT, AT(requests), "N",
	  "end after N requests for completions (0: never)", 0, INT64_MAX },
};

/* One line, as soon as a client may come: scripts wait for it. */
static int say_address(void *data, int port)
{
	const struct chosen *o = data;
	struct buf line = BUF_INIT;
	buf_addf(&line, "http://%s:%d/v1\n", o->host ? o->host : "127.0.0.1", port);
	int exit = talk_data(&line);
	buf_release(&line);
	return exit == EXIT_DONE ? SOW_OK : SOW_STOPPED;
}

/* A descriptor that can be read once SIGINT or SIGTERM has come. */
static int signals_as_file(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int serve(const struct chosen *o)
{
	struct sow_error err = { 0 };
	struct serve_options serve = {
		.mock = {
			.seed = (uint64_t)o->seed, .key = o->key, .no_usage = o->no_usage,
			.rules = { .model = o->model, .context = o->context },
		},
		.host = o->host, .port = (uint16_t)o->port, .requests = o->requests,
		.stop_fd = signals_as_file(), .eof_fd = o->until_eof ? STDIN_FILENO : -1,
		.on_listening = say_address, .data = (void *)(uintptr_t)o,
	};
	int status = mock_serve(&serve, &err);
	if (serve.stop_fd >= 0)
		close(serve.stop_fd);
	if (status == SOW_STOPPED)
		return EXIT_FAILED; /* and said so */
	return status ? talk_error(&err) : EXIT_DONE;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct chosen o = { 0 };
	struct arguments args;
	int exit = options_parse(c, &o, NULL, argc, argv, &args);
	if (exit >= 0)
		return exit;
	exit = serve(&o);
	arguments_release(&args);
	return exit;
}

const struct command command_mock = {
	.name = "mock",
	.summary = "a fake teacher over HTTP, for tests and dry runs",
	.usage = "[options]",
	.about = "Answers as an OpenAI-compatible server would, with made-up tasks and answers: "
		 "/v1/chat/completions, /v1/completions, /v1/models, and its counters at /stats. "
		 "Prints its address on standard output as soon as it can be asked. The same seed "
		 "and request give the same answer.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.example = "sow mock --port 8080",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
