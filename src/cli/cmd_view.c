#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/record_input.h"
#include "cli/viewer.h"
#include "data/records.h"
#include "io/folder.h"
#include "report/status.h"
#include "run/lookup.h"
#include "run/open_records.h"

#define SAMPLE_MAX 1000000

struct chosen {
	struct record_input input;
	bool accepted, rejected, json;
	const char *search;
	int64_t sample, seed;
};

static const struct option options[] = {
	{ "accepted", 0, OPTION_FLAG, offsetof(struct chosen, accepted), NULL,
	  "of a run, only the tasks that export gives", 0, 0 },
	{ "rejected", 0, OPTION_FLAG, offsetof(struct chosen, rejected), NULL,
	  "of a run, only what was rejected: the rule, and what it was too like", 0, 0 },
	{ "search", 0, OPTION_TEXT, offsetof(struct chosen, search), "TEXT",
	  "only records that hold TEXT, in capitals or not; of rejected ones their rule too", 0, 0 },
	{ "sample", 0, OPTION_INT, offsetof(struct chosen, sample), "N",
	  "N records chosen at random, and N rejected ones", 1, SAMPLE_MAX },
	{ "seed", 0, OPTION_INT, offsetof(struct chosen, seed), "N",
	  "of --sample: another seed chooses others (default: 0)", 0, INT64_MAX },
	{ "json", 0, OPTION_FLAG, offsetof(struct chosen, json), NULL,
	  "as JSON, an object a line", 0, 0 },
	RECORD_INPUT_OPTIONS(struct chosen, input),
};

/* --- a file */

/* The record's id, or where it has none its number. */
static struct view label_of(const struct record *task, int64_t number, char room[24])
{
	if (task->id.len)
		return task->id;
	snprintf(room, 24, "%" PRId64, number);
	return view_of(room);
}

static int show_record(struct viewer *v, const struct record *task, int64_t number, const char *id)
{
	char room[24];
	struct view label = label_of(task, number, room);
	if (!id)
		return viewer_task(v, label, task);
	if (!view_eqstr(label, id))
		return SOW_OK;
	v->page.most = 0;
	int status = viewer_task(v, label, task);
	return status ? status : 1; /* no other has this id */
}

static int show_records(struct viewer *v, struct records *r, const char *id)
{
	struct arena *a = arena_new();
	struct record task;
	int status = SOW_OK;
	for (int64_t number = 1; !status; number++) {
		status = records_next(r, a, &task, v->err);
		if (status <= 0)
			break;
		status = show_record(v, &task, number, id);
		arena_clear(a);
	}
	arena_free(a);
	return status ? status : viewer_flush(v);
}

static int view_file(struct viewer *v, struct records *r, const char *id)
{
	int status = show_records(v, r, id);
	if (status >= 0 && id && !v->shown)
		status = error_set(v->err, SOW_MISSING, "%s: no record '%s'; expected an id, or the "
				   "number of a record that has none", records_name(r), id);
	return status;
}

/* --- a run */

struct run_view {
	struct viewer *viewer;
	struct store *store;
	struct lookup *lookup;
	struct arena *arena;
};

static int show_task(void *data, const struct record *task)
{
	struct run_view *r = data;
	return viewer_task(r->viewer, task->id, task);
}

static int show_rejected(void *data, const struct rejected *rejected)
{
	struct run_view *r = data;
	char id[UNIT_ID_MAX];
	struct view near = view_of("");
	unit_id(id, rejected->step, rejected->ticket, rejected->item);
	arena_clear(r->arena);
	int status = SOW_OK;
	if (rejected->near_id.len)
		status = lookup_instruction(r->lookup, rejected->step, rejected->near_id, r->arena,
					    &near, r->viewer->err);
	return status < 0 ? status : viewer_rejected(r->viewer, view_of(id), rejected, near);
}

static int show_one(struct run_view *r, const char *dir, const char *id)
{
	struct sow_error *err = r->viewer->err;
	struct unit_key at;
	struct history h;
	if (!unit_id_read(view_of(id), &at))
		return error_set(err, SOW_USAGE, "'%s': expected an id such as task_12_1, as sow view "
				 "shows them", id);
	int status = history_read(&h, r->store, r->lookup, &at, r->arena, err);
	if (!status)
		return error_set(err, SOW_MISSING, "%s: no record '%s' in it", dir, id);
	return status < 0 ? status : viewer_history(r->viewer, &h);
}

static int show_run(struct run_view *r, const struct chosen *o)
{
	struct viewer *v = r->viewer;
	struct store_counts counts;
	int status = store_count(r->store, 0, &counts, v->err);
	const struct task_range range = { .limit = run_status_limit(&counts) };
	bool both = o->accepted == o->rejected;
	if (!status && (both || o->accepted))
		status = store_each_task(r->store, &range, show_task, r, v->err);
	if (!status)
		status = viewer_flush(v);
	if (!status && (both || o->rejected))
		status = store_each_rejected(r->store, NULL, show_rejected, r, v->err);
	return status ? status : viewer_flush(v);
}

static int view_run(struct viewer *v, const struct chosen *o, const char *dir, const char *id)
{
	struct run_view r = { .viewer = v, .store = open_run(dir, v->err), .arena = arena_new() };
	int status = r.store ? SOW_OK : (int)v->err->status;
	r.lookup = r.store ? lookup_new(r.store) : NULL;
	if (!status)
		status = id ? show_one(&r, dir, id) : show_run(&r, o);
	lookup_free(r.lookup);
	store_close(r.store);
	arena_free(r.arena);
	return status;
}

/* -1 if the options make sense together; else the exit status. */
static int check(const struct command *c, const struct chosen *o, const char *path, const char *id)
{
	bool is_run = folder_is(path);
	if (id && (o->search || o->sample || o->accepted || o->rejected))
		return usage_error(c, "expected an id, or options that choose among many, not both");
	if (!is_run && (o->accepted || o->rejected))
		return usage_error(c, "--accepted and --rejected are for a run; %s is none", path);
	return -1;
}

static int view(const struct chosen *o, const char *path, const char *id)
{
	struct sow_error err = { 0 };
	struct viewer v = { .search = o->search, .sample = o->sample, .seed = o->seed,
			    .json = o->json, .err = &err };
	struct records *r = folder_is(path) ? NULL : open_records(path, &o->input.options, &err);
	if (err.status)
		return console_error(&err);
	int status = viewer_start(&v);
	if (!status)
		status = r ? view_file(&v, r, id) : view_run(&v, o, path, id);
	int64_t shown = v.shown;
	viewer_end(&v);
	if (r && status >= 0) /* not among the records, nor over the pager */
		record_input_tell(r, false);
	records_close(r);
	if (status < 0)
		return console_error(&err);
	if (!shown)
		console_line("%s: nothing to show", strcmp(path, "-") == 0 ? "standard input" : path);
	return EXIT_DONE;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	int exit = record_input_check(c, &o->input, args->operand, args->arena);
	if (exit < 0)
		exit = check(c, o, args->operand, args->more);
	return exit < 0 ? view(o, args->operand, args->more) : exit;
}

const struct command command_view = {
	.name = "view",
	.summary = "read records; one of a run with its whole history",
	.usage = "DIR|FILE [ID] [options]",
	.about = "Shows records as one reads them: of a run its tasks and what was rejected, each "
		 "under its id, or any file of tasks. With an id all of one record: its whole text, "
		 "what was rejected of it, its nearest neighbours, what it was made from and how. On "
		 "a terminal in $PAGER, or less, and in colour unless NO_COLOR is set. Only reads, "
		 "and works while the run is under way.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "DIR or FILE",
	.operand_more = "ID",
	.example = "sow view demo --rejected --sample 20\n"
		   "sow view demo task_12_1",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
