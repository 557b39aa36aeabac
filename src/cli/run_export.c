#include "cli/run_export.h"

#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "data/format.h"
#include "io/folder.h"
#include "report/status.h"
#include "run/open_records.h"
#include "run/recipe_store.h"

struct output {
	struct record_output *output;
	struct sow_error *err;
};

static int add_record(void *data, const struct record *record)
{
	struct output *o = data;
	return record_output_add(o->output, record, o->err);
}

int run_export_write(struct store *s, const char *dir, struct task_range range, struct record_output *w,
		     struct sow_error *err)
{
	struct output o = { w, err };
	const struct format *f = format_find(w->format);
	range.graded = f->line == LINE_OF_PAIR || f->line == LINE_OF_LABELLED;
	int status = record_output_review(w, dir, true, err);
	if (!status)
		status = record_output_open(w, err);
	if (!status)
		status = store_each_task(s, &range, add_record, &o, err);
	if (!status)
		record_output_say_review(w, false);
	return status;
}

/* What export gives without further options. */
static int write_run(struct store *s, const char *dir, struct record_output *w, const struct card *facts,
		     struct sow_error *err)
{
	struct store_counts counts;
	int status = store_count(s, 0, &counts, err);
	if (!status)
		status = run_export_write(s, dir, (struct task_range){ .limit = run_status_limit(&counts) },
					  w, err);
	return status ? status : record_output_finish(w, facts, err);
}

/* The folder that `path` is in. */
static int make_folder(const char *path, struct sow_error *err)
{
	struct buf folder = BUF_INIT;
	const char *slash = strrchr(path, '/');
	int status = SOW_OK;
	if (slash && slash > path) {
		buf_add(&folder, path, (size_t)(slash - path));
		status = folder_make(folder.data, err);
	}
	buf_release(&folder);
	return status;
}

static int write_file(struct store *s, const char *dir, const char *format, const char *path, bool quiet,
		      struct sow_error *err)
{
	static const struct card no_facts;
	struct record_output w = { .format = format, .out = path, .quiet = quiet };
	if (!format_find(format))
		return error_set(err, SOW_INVALID, "%s: unknown format '%s'", path, format);
	int status = make_folder(path, err);
	if (!status)
		status = write_run(s, dir, &w, &no_facts, err);
	record_output_release(&w);
	return status;
}

static int export_one(struct store *s, const char *dir, const struct recipe_output *o, bool quiet)
{
	struct sow_error err = { 0 };
	struct buf path = BUF_INIT;
	if (o->file[0] != '/')
		buf_addf(&path, "%s/", dir);
	buf_addstr(&path, o->file);
	int status = write_file(s, dir, o->format, path.data, quiet, &err);
	buf_release(&path);
	return status ? console_error(&err) : EXIT_DONE;
}

/* Paths, one a line, without their folders: a card goes to others. */
static bool without_folders(struct arena *a, struct view *paths)
{
	char *names = arena_alloc(a, paths->len + 1);
	size_t len = 0;
	for (size_t i = 0; i < paths->len; i++) {
		names[len++] = paths->p[i];
		while (paths->p[i] == '/' && len && names[len - 1] != '\n')
			len--;
	}
	*paths = view_from(names, len);
	return true;
}

static bool has_paths(struct view name)
{
	return view_eqstr(name, "seeds") || view_eqstr(name, "against") ||
	       view_eqstr(name, "prompts");
}

int run_export_card_facts(struct store *s, struct arena *a, struct card *facts, struct sow_error *err)
{
	struct setting *settings;
	size_t identities, count;
	int status = store_settings(s, a, &settings, &identities, &count, err);
	if (status)
		return status;
	struct card_fact *list = arena_array(a, identities, sizeof(*list));
	facts->recipe = list;
	for (size_t i = 0; i < identities; i++) {
		struct card_fact fact = { settings[i].name, settings[i].shown };
		if (has_paths(fact.name) && !without_folders(a, &fact.value))
			return error_nomem(err);
		if (view_eqstr(fact.name, "model"))
			facts->teacher = fact.value;
		if (fact.value.len)
			list[facts->recipe_count++] = fact;
	}
	return SOW_OK;
}

int run_export_make_folder(const char *dir, const struct run_export_folder *f, struct sow_error *err)
{
	struct card facts = { 0 };
	struct record_output w = { .format = f->format, .out = f->path, .layout = "hf",
				   .licence = f->licence, .title = f->title, .quiet = true };
	struct arena *a = arena_new();
	struct store *s = open_run(dir, err);
	int status = s ? run_export_card_facts(s, a, &facts, err) : (int)err->status;
	if (!status)
		status = write_run(s, dir, &w, &facts, err);
	record_output_release(&w);
	store_close(s);
	arena_free(a);
	return status;
}

int run_export_outputs(const char *dir, const struct recipe_output *list, size_t count, bool quiet)
{
	struct sow_error err = { 0 };
	int exit = EXIT_DONE;
	if (!count)
		return exit;
	struct store *s = open_run(dir, &err);
	if (!s)
		return console_error(&err);
	for (size_t i = 0; i < count; i++) {
		int failed = export_one(s, dir, &list[i], quiet);
		exit = failed ? failed : exit;
	}
	store_close(s);
	return exit;
}

int run_export_last_outputs(const char *dir, bool quiet)
{
	struct sow_error err = { 0 };
	struct recipe *r = recipe_new();
	struct store *s = open_run(dir, &err);
	int status = s ? recipe_recall_outputs(r, s, &err) : (int)err.status;
	store_close(s);
	int exit = status ? console_error(&err)
		   : r->output_count ? run_export_outputs(dir, r->outputs, r->output_count, quiet)
				     : EXIT_WRONG_USAGE;
	recipe_free(r);
	return exit;
}
