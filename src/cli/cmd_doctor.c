#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/checks.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/fetch.h"
#include "cli/options.h"
#include "report/figures.h"
#include "teacher/http/probe.h"

struct chosen {
	bool json, fetch;
	const char *model, *api, *key_env, *key_file, *ca_file;
	struct list headers;
	int64_t timeout;
};

#define TIMEOUT_USUAL 60 /* seconds */
#define HERE "here"      /* this machine, where no URL is given */

static const struct option options[] = {
	{ "model", 0, OPTION_TEXT, offsetof(struct chosen, model), "NAME",
	  "of a server: the model to ask (default: the first it names)" },
	{ "api", 0, OPTION_TEXT, offsetof(struct chosen, api), "WHICH",
	  "chat, or messages for Anthropic's (default: by the address)" },
	{ "key-env", 0, OPTION_TEXT, offsetof(struct chosen, key_env), "NAME",
	  "environment variable with its key (default: that of its service)" },
	{ "key-file", 0, OPTION_TEXT, offsetof(struct chosen, key_file), "FILE", "file with its key" },
	{ "header", 0, OPTION_LIST, offsetof(struct chosen, headers), "NAME:VALUE",
	  "sent with each request, env:NAME for a value that is in the environment" },
	{ "ca-file", 0, OPTION_TEXT, offsetof(struct chosen, ca_file), "FILE",
	  "certificates to trust, PEM" },
	{ "timeout", 0, OPTION_INT, offsetof(struct chosen, timeout), "SECONDS",
	  "for one request (default: 60)", 1, 3600 },
	{ "json", 0, OPTION_FLAG, offsetof(struct chosen, json), NULL, "as one JSON object" },
	{ "fetch", 0, OPTION_FLAG, offsetof(struct chosen, fetch), NULL,
	  "get the model if it is missing, then look again" },
};

static const char *verdict(const struct finding *f)
{
	return f->ok ? "ok" : f->needed ? "missing" : "-";
}

static void print_finding(const struct finding *f, struct buf *out)
{
	buf_addf(out, "%-8s %-11s %s\n", verdict(f), f->name, f->found.data);
	if (!f->ok && f->advice)
		buf_addf(out, "%21sto get it: %s\n", "", f->advice);
}

static void print_text(const struct finding *list, bool healthy, struct buf *out)
{
	for (size_t i = 0; i < CHECKS; i++)
		print_finding(&list[i], out);
	buf_addstr(out, healthy ? "\nThe embedded model can run: sow self-instruct -n 20 -o demo\n"
				: "\nThe embedded model cannot run yet; what to do stands beside "
				  "what is missing.\n");
}

static int print_json(const struct finding *list, bool healthy, struct buf *out,
		      struct sow_error *err)
{
	struct figures f;
	figures_init(&f);
	figures_bool(&f, "ok", healthy);
	figures_object(&f, "checks", NULL);
	for (size_t i = 0; i < CHECKS; i++) {
		figures_object(&f, list[i].name, NULL);
		figures_bool(&f, "ok", list[i].ok);
		figures_bool(&f, "needed", list[i].needed);
		figures_text(&f, "found", NULL, view_from(list[i].found.data, list[i].found.len));
		figures_end(&f);
	}
	figures_end(&f);
	int status = figures_show(&f, true, out, err);
	figures_release(&f);
	return status;
}

static int report(bool json)
{
	struct finding list[CHECKS];
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	bool healthy = checks_run(list);
	int status = SOW_OK;
	if (json)
		status = print_json(list, healthy, &out, &err);
	else
		print_text(list, healthy, &out);
	checks_release(list);
	int exit = status ? console_error(&err) : console_data(&out);
	buf_release(&out);
	return exit ? exit : healthy ? EXIT_DONE : EXIT_FAILED;
}

/* How what a server can is used; NULL: by nothing yet. */
static const char *use_of(const struct probe_finding *f)
{
	static const struct {
		const char *name, *option;
	} uses[] = {
		{ "models", "--model NAME" }, { "chat", "--api chat" }, { "messages", "--api messages" },
		{ "completions", "--api completion" }, { "usage", "--price-in, --price-out, --budget" },
		{ "limits", "obeyed; --concurrency, rpm=, tpm=" }, { "streaming", "--stream" },
		{ "batches", "--batch" },
		{ "temperature", "--temperature" }, { "top_p", "--top-p" },
		{ "presence_penalty", "--presence-penalty" }, { "seed", "--seed" },
		{ "stop", "--stop, applied here too" }, { "json-schema", "sow map --schema" },
		{ "log-probabilities", "sow score --with ifd" }, { "embeddings", "sow score --with embed" },
		{ "rerank", "sow score --with reward" },
	};
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
		if (strcmp(uses[i].name, f->name) == 0)
			return uses[i].option;
	}
	return NULL;
}

/* "found (option)", or whichever of the two there is. */
static void print_ability(const struct probe_finding *f, struct buf *out)
{
	const char *option = f->verdict == PROBE_YES ? use_of(f) : NULL;
	buf_addf(out, "%-8s %-18s %s", probe_verdict_names[f->verdict], f->name, f->found.data);
	if (option)
		buf_addf(out, f->found.len ? " (%s)" : "%s", option);
	while (out->len && out->data[out->len - 1] == ' ')
		buf_cut(out, out->len - 1);
	buf_addch(out, '\n');
}

static void print_probe(const struct probe *p, struct buf *out)
{
	buf_addf(out, "%s, asked as %s's API%s%s\n\n", p->url, p->language, p->model ? ", model " : "",
		 p->model ? p->model : "");
	for (size_t i = 0; i < p->count; i++)
		print_ability(&p->list[i], out);
	buf_addf(out, "\n%d request%s. %s\n", p->requests, p->requests == 1 ? "" : "s",
		 p->answers ? "It can be a teacher." : "It cannot be a teacher as it was asked.");
	if (!p->answers && !strstr(p->url, "/v1"))
		buf_addstr(out, "Is /v1 missing at the end of the address?\n");
}

static int print_probe_json(const struct probe *p, struct buf *out, struct sow_error *err)
{
	struct figures f;
	figures_init(&f);
	figures_bool(&f, "ok", p->answers);
	figures_text(&f, "url", NULL, view_of(p->url));
	figures_text(&f, "api", NULL, view_of(p->language));
	if (p->model)
		figures_text(&f, "model", NULL, view_of(p->model));
	figures_count(&f, "requests", NULL, p->requests);
	figures_object(&f, "can", NULL);
	for (size_t i = 0; i < p->count; i++) {
		const struct probe_finding *one = &p->list[i];
		figures_object(&f, one->name, NULL);
		figures_text(&f, "verdict", NULL, view_of(probe_verdict_names[one->verdict]));
		figures_text(&f, "found", NULL, view_from(one->found.data, one->found.len));
		if (use_of(one))
			figures_text(&f, "option", NULL, view_of(use_of(one)));
		figures_end(&f);
	}
	figures_end(&f);
	int status = figures_show(&f, true, out, err);
	figures_release(&f);
	return status;
}

static int examine(const char *url, const struct chosen *o)
{
	struct teacher_options t;
	struct sow_error err = { 0 };
	struct probe p;
	struct buf out = BUF_INIT;
	teacher_options_default(&t);
	t.specs = &url;
	t.spec_count = 1;
	t.model = o->model;
	t.api = o->api;
	t.key_env = o->key_env;
	t.key_file = o->key_file;
	t.headers = o->headers.items;
	t.header_count = o->headers.count;
	t.ca_file = o->ca_file;
	t.timeout = (o->timeout ? o->timeout : TIMEOUT_USUAL) * CLOCK_SECOND;
	t.concurrency = 1;
	int status = probe_server(&p, &t, &err);
	if (!status && o->json)
		status = print_probe_json(&p, &out, &err);
	else if (!status)
		print_probe(&p, &out);
	int exit = status ? console_error(&err) : console_data(&out);
	bool answers = p.answers;
	probe_release(&p);
	buf_release(&out);
	return exit ? exit : answers ? EXIT_DONE : EXIT_FAILED;
}

/* What is only said of the one is not said of the other. */
static bool is_of_servers(const struct chosen *o)
{
	return o->model || o->api || o->key_env || o->key_file || o->ca_file || o->headers.count ||
	       o->timeout;
}

/* The model that answers where none is named, if it is one that can be fetched by its name. */
static int fetch_default(struct sow_error *err)
{
	struct buf chosen = BUF_INIT;
	int status = models_default(&chosen, err);
	const struct known_model *m = status ? NULL : models_find(chosen.data);
	if (m)
		status = fetch_model(m, err);
	buf_release(&chosen);
	return status;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	const struct chosen *o = values;
	struct sow_error err = { 0 };
	const char *url = strcmp(args->operand, HERE) != 0 ? args->operand : NULL;
	if (url && teacher_kind_of(url) != &teacher_http)
		return usage_error(c, "'%s': expected a server's address, openai or anthropic", url);
	if (url && o->fetch)
		return usage_error(c, "--fetch: expected no URL beside it");
	if (!url && is_of_servers(o))
		return usage_error(c, "expected a URL, which these options are for");
	if (url)
		return examine(url, o);
	if (o->fetch && fetch_default(&err))
		return console_error(&err);
	return report(o->json);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "what is installed, or what a server can do",
	.usage = "[URL] [options]",
	.about = "Looks whether the embedded model would run: the library, a backend for this "
		 "processor, the model file, and the folders and the terminal it works in. With a "
		 "URL it asks that server some 15 tiny requests instead, which cost a few hundred "
		 "tokens, and says what it can and which option uses that.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "URL",
	.operand_default = HERE,
	.example = "sow doctor --fetch\n"
		   "sow doctor http://127.0.0.1:8000/v1",
	.exits = "0 the embedded model can run, or the server answers; 1 something is missing, or it "
		 "does not; 2 wrong usage",
	.run = run,
};
