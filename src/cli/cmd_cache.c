#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "report/figures.h"
#include "teacher/cache.h"

#define DAY (24 * 3600 * CLOCK_SECOND)

struct chosen {
	const char *dir;
	int64_t size, days;          /* -1: not given */
	bool all, json;
};

#define AT(field) offsetof(struct chosen, field)

static const struct option options[] = {
	{ "cache-dir", 0, OPTION_TEXT, AT(dir), "DIR", "the cache (default: ~/.cache/sow)" },
	{ "size", 0, OPTION_INT, AT(size), "MIB",
	  "prune: remove what was used longest ago until it takes no more", 0, 1 << 30 },
	{ "older", 0, OPTION_INT, AT(days), "DAYS", "prune: remove what was not used for so long", 0,
	  100000 },
	{ "all", 0, OPTION_FLAG, AT(all), NULL, "prune: remove everything" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "stat: as one JSON object" },
};

static void add_figures(const char *path, const struct cache_figures *c, struct figures *f)
{
	const double mib = 1 << 20;
	figures_object(f, NULL, path)->layout = (struct figure_layout){ 2, 9, 0, 0 };
	figures_text(f, "path", NULL, view_of(path));
	figures_count(f, "replies", "replies", c->replies);
	figures_count(f, "bytes", NULL, c->bytes);
	figures_count(f, "text_bytes", NULL, c->text_bytes);
	figures_text(f, NULL, "size", view_of(figures_words(f, "%.1f MiB, of which text %.1f MiB",
		     (double)c->bytes / mib, (double)c->text_bytes / mib)));
	figures_integer(f, "oldest_ns", NULL, UNIT_DATE, c->oldest);
	figures_integer(f, "newest_ns", NULL, UNIT_DATE, c->newest);
	if (c->replies)
		figures_text(f, NULL, "stored", view_of(figures_words(f, "%s to %s",
			     figures_say(f, UNIT_DATE, c->oldest),
			     figures_say(f, UNIT_DATE, c->newest))));
	figures_integer(f, "used_longest_ago_ns", NULL, UNIT_DATE, c->used_longest_ago);
	figures_end(f);
}

static int stat_cache(struct cache *c, const struct chosen *o, struct buf *out,
		      struct sow_error *err)
{
	struct cache_figures counts;
	struct figures f;
	int status = cache_count(c, &counts, err);
	if (status)
		return status;
	figures_init(&f);
	add_figures(cache_path(c), &counts, &f);
	status = figures_show(&f, o->json, out, err);
	figures_release(&f);
	return status;
}

static int prune_cache(struct cache *c, const struct chosen *o, struct buf *out,
		       struct sow_error *err)
{
	int64_t removed;
	int64_t before = o->all ? INT64_MAX : o->days >= 0 ? clock_wall() - o->days * DAY : 0;
	int status = cache_prune(c, before, o->size >= 0 ? o->size << 20 : -1, &removed, err);
	if (status)
		return status;
	buf_addf(out, "removed %" PRId64 " replies\n", removed);
	return stat_cache(c, o, out, err);
}

static int verify_cache(struct cache *c, const struct chosen *o, struct buf *out,
			struct sow_error *err)
{
	int status = cache_verify(c, err);
	if (status)
		return status;
	buf_addstr(out, "whole\n");
	return stat_cache(c, o, out, err);
}

static const struct {
	const char *name;
	int (*run)(struct cache *c, const struct chosen *o, struct buf *out, struct sow_error *err);
} works[] = {
	{ "stat", stat_cache },
	{ "prune", prune_cache },
	{ "verify", verify_cache },
};
#define WORKS (sizeof(works) / sizeof(*works))

static int carry_out(const struct command *c, const struct chosen *o, const char *name)
{
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	size_t i = 0;
	while (i < WORKS && strcmp(works[i].name, name) != 0)
		i++;
	if (i == WORKS)
		return usage_error(c, "expected stat, prune or verify, not '%s'", name);
	if (works[i].run == prune_cache && !o->all && o->size < 0 && o->days < 0)
		return usage_error(c, "prune: expected --size MIB, --older DAYS or --all");
	struct cache *cache = cache_open(o->dir, &err);
	int status = cache ? works[i].run(cache, o, &out, &err) : (int)err.status;
	int exit = status ? console_error(&err) : console_data(&out);
	cache_close(cache);
	buf_release(&out);
	return exit;
}

/* 0 may be meant, so what is not given is told from it. */
static int start(const struct command *c, int argc, char **argv)
{
	struct chosen o = { .size = -1, .days = -1 };
	struct arguments args;
	int exit = options_parse(c, &o, NULL, argc, argv, &args);
	if (exit >= 0)
		return exit;
	exit = carry_out(c, &o, args.operand);
	arguments_release(&args);
	return exit;
}

const struct command command_cache = {
	.name = "cache",
	.summary = "look at the replies kept across runs, or make room",
	.usage = "stat|prune|verify [options]",
	.about = "What a teacher has answered once is kept, so that the same question is never paid "
		 "for again, in whatever run it comes. No run needs it to resume: each has its own "
		 "replies. stat reports its size, prune removes some of it, verify reads all "
		 "of it and says if it is whole.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.operand = "stat, prune or verify",
	.example = "sow cache stat\nsow cache prune --size 500 --older 90",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.start = start,
};
