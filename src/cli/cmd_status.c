#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/review_page.h"
#include "report/status.h"
#include "run/open_records.h"
#include "terminal/watch.h"

#define EVERY 2 /* seconds */

struct chosen {
	bool json, watch, serve;
	int64_t every;
	struct review_page page;
};

static const struct option options[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct chosen, json), NULL, "as one JSON object", 0, 0 },
	{ "watch", 'w', OPTION_FLAG, offsetof(struct chosen, watch), NULL,
	  "show what changes again and again, until the run is done", 0, 0 },
	{ "every", 0, OPTION_INT, offsetof(struct chosen, every), "SECONDS",
	  "of --watch: how often (default: 2)", 1, 86400 },
	{ "serve", 0, OPTION_FLAG, offsetof(struct chosen, serve), NULL,
	  "show it in a browser, as it changes, and the records as sow review does" },
	REVIEW_PAGE_OPTIONS(struct chosen, page),
};

static int look(struct store *s, struct arena *a, const char *dir, bool json, struct buf *out,
		struct sow_error *err)
{
	struct run_status st;
	int status = run_status_read(&st, s, a, err);
	return status ? status : run_status_show(&st, program_name, dir, json, out, err);
}

static int show_once(const struct chosen *o, const char *dir, struct buf *out,
		     struct sow_error *err)
{
	struct arena *a = arena_new();
	struct store *s = open_run(dir, err);
	int status = s ? look(s, a, dir, o->json, out, err) : (int)err->status;
	store_close(s);
	arena_free(a);
	return status;
}

/* The current page; *over: the run is done, and no process works on it. */
static int read_page(const char *dir, struct status_pace *pace, struct buf *out, bool *over,
		     struct sow_error *err)
{
	struct run_status st;
	struct arena *a = arena_new();
	struct store *s = open_run(dir, err);
	int status = s ? run_status_read(&st, s, a, err) : (int)err->status;
	if (!status) {
		status_pace_note(pace, &st, clock_monotonic());
		*over = run_status_done(&st) && !st.busy;
		buf_clear(out);
		run_status_print_brief(&st, pace, dir, out);
	}
	store_close(s);
	arena_free(a);
	return status;
}

static int watch(const struct chosen *o, const char *dir, struct buf *out, struct sow_error *err)
{
	struct status_pace pace = { 0 };
	struct watch w;
	bool over = false;
	int status;
	watch_start(&w, o->every * CLOCK_SECOND);
	do {
		status = read_page(dir, &pace, out, &over, err);
		if (!status && !over)
			status = watch_draw(&w, out, err);
	} while (!status && !over && watch_wait(&w));
	buf_clear(out);
	if (!status)
		status = show_once(o, dir, out, err);
	int ended = watch_end(&w, out, status ? NULL : err);
	return status < 0 ? status : ended < 0 ? ended : SOW_OK;
}

static int serve(const struct command *c, const struct chosen *o, const char *dir)
{
	struct sow_error err = { 0 };
	struct review_options review = { .path = dir, .is_run = true, .live = true };
	int exit = review_page_check(c, &o->page);
	if (exit >= 0)
		return exit;
	struct store *s = open_run(dir, &err);
	if (!s)
		return console_error(&err);
	store_close(s);
	return review_page_serve(&o->page, &review);
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	int exit;
	if (o->watch && o->json)
		return usage_error(c, "expected --watch or --json, not both");
	if (o->serve && (o->watch || o->json))
		return usage_error(c, "expected --serve or --%s, not both", o->json ? "json" : "watch");
	if (!o->serve && (o->page.port || o->page.host || o->page.password_file || o->page.no_open))
		return usage_error(c, "--port, --host, --password-file and --no-open are for --serve");
	if (o->serve)
		return serve(c, o, args->operand);
	if (o->every && !o->watch)
		return usage_error(c, "--every is for --watch");
	o->every = o->every ? o->every : EVERY;
	if (o->watch)
		exit = watch(o, args->operand, &out, &err) ? console_error(&err) : EXIT_DONE;
	else
		exit = show_once(o, args->operand, &out, &err) ? console_error(&err) : console_data(&out);
	buf_release(&out);
	return exit;
}

const struct command command_status = {
	.name = "status",
	.summary = "show how far a run is, what it dropped and why",
	.usage = "DIR [--json | --watch [--every SECONDS] | --serve]",
	.about = "Shows the recipe and the settings of a run, its progress and how to resume it, its "
		 "replies and tokens, what was rejected by which rule, and what the teacher "
		 "refused. Only reads, and works while the run is under way. --watch shows it on one "
		 "place of a terminal, elsewhere page after page; it ends when the run is done and "
		 "no process is at it, or by Ctrl-C. --serve prints the address of a page that shows "
		 "the same as it changes.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "DIR",
	.example = "sow status demo",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
