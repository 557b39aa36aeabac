#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/checks.h"
#include "cli/cli.h"
#include "cli/fetch.h"
#include "cli/options.h"
#include "cli/talk.h"
#include "io/json.h"

struct chosen {
	bool json, fetch;
};

static const struct option options[] = {
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

static int print_json(const struct finding *list, bool healthy, struct buf *out)
{
	struct json_out *json = json_out_new();
	if (!json)
		return SOW_NOMEM;
	json_out_object(json, NULL);
	json_out_bool(json, "ok", healthy);
	json_out_object(json, "checks");
	for (size_t i = 0; i < CHECKS; i++) {
		json_out_object(json, list[i].name);
		json_out_bool(json, "ok", list[i].ok);
		json_out_bool(json, "needed", list[i].needed);
		json_out_text(json, "found", view_from(list[i].found.data, list[i].found.len));
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
	int status = json_out_write(json, out, JSON_PRETTY);
	buf_addch(out, '\n');
	json_out_free(json);
	return status;
}

static int report(bool json)
{
	struct finding list[CHECKS];
	struct buf out = BUF_INIT;
	bool healthy = checks_look(list);
	int status = SOW_OK;
	if (json)
		status = print_json(list, healthy, &out);
	else
		print_text(list, healthy, &out);
	checks_release(list);
	if (status)
		talk_line("what was found cannot be put as JSON");
	int exit = status ? EXIT_FAILED : talk_data(&out);
	buf_release(&out);
	return exit ? exit : healthy ? EXIT_DONE : EXIT_FAILED;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct chosen o = { 0 };
	struct arguments args;
	struct sow_error err = { 0 };
	int exit = options_parse(c, &o, NULL, argc, argv, &args);
	if (exit >= 0)
		return exit;
	arguments_release(&args);
	if (o.fetch && fetch_model(&err))
		return talk_error(&err);
	return report(o.json);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "what is installed, what is missing and how to get it",
	.usage = "[--json] [--fetch]",
	.about = "Looks whether the embedded model would run: the library, a backend for this "
		 "processor, the model file, and the folders and the terminal it works in.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.example = "sow doctor --fetch",
	.exits = "0 the embedded model can run, 1 something is missing, 2 wrong usage",
	.run = run,
};
