#include "cli/outputs.h"

#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/talk.h"
#include "cli/writing.h"
#include "data/format.h"
#include "io/folder.h"
#include "report/status.h"
#include "run/open_records.h"
#include "run/recipe_store.h"

struct output {
	struct writing writing;
	struct sow_error *err;
};

static int add_record(void *data, const struct record *record)
{
	struct output *o = data;
	return writing_add(&o->writing, record, o->err);
}

static int write_records(struct store *s, struct output *o)
{
	const struct format *f = format_find(o->writing.format);
	struct store_counts counts;
	int status = store_count(s, 0, &counts, o->err);
	if (status)
		return status;
	const struct task_range range = {
		.limit = run_status_limit(&counts),
		.graded = f->line == LINE_OF_PAIR || f->line == LINE_OF_LABELLED,
	};
	return store_each_task(s, &range, add_record, o, o->err);
}

/* The folder that `path` is in. */
static int make_folder(const char *path, struct sow_error *err)
{
	struct buf folder = BUF_INIT;
	const char *slash = strrchr(path, '/');
	int status = SOW_OK;
	if (slash && slash > path) {
		buf_add(&folder, path, (size_t)(slash - path));
		status = buf_failed(&folder) ? error_nomem(err) : folder_make(folder.data, err);
	}
	buf_release(&folder);
	return status;
}

static int write_file(struct store *s, const char *format, const char *path, bool quiet,
		      struct sow_error *err)
{
	static const struct card no_facts;
	struct output o = { .writing = { .format = format, .out = path, .quiet = quiet }, .err = err };
	if (!format_find(format))
		return error_set(err, SOW_INVALID, "%s: unknown format '%s'", path, format);
	int status = make_folder(path, err);
	if (!status)
		status = writing_open(&o.writing, err);
	if (!status)
		status = write_records(s, &o);
	if (!status)
		status = writing_finish(&o.writing, &no_facts, err);
	writing_release(&o.writing);
	return status;
}

static int export_one(struct store *s, const char *dir, const struct recipe_output *o, bool quiet)
{
	struct sow_error err = { 0 };
	struct buf path = BUF_INIT;
	if (o->file[0] != '/')
		buf_addf(&path, "%s/", dir);
	buf_addstr(&path, o->file);
	int status = buf_failed(&path) ? error_nomem(&err)
				       : write_file(s, o->format, path.data, quiet, &err);
	buf_release(&path);
	return status ? talk_error(&err) : EXIT_DONE;
}

int outputs_export(const char *dir, const struct recipe_output *list, size_t count, bool quiet)
{
	struct sow_error err = { 0 };
	int exit = EXIT_DONE;
	if (!count)
		return exit;
	struct store *s = open_run(dir, &err);
	if (!s)
		return talk_error(&err);
	for (size_t i = 0; i < count; i++) {
		int failed = export_one(s, dir, &list[i], quiet);
		exit = failed ? failed : exit;
	}
	store_close(s);
	return exit;
}

int outputs_export_again(const char *dir, bool quiet)
{
	struct sow_error err = { 0 };
	struct recipe *r = recipe_new();
	struct store *s = r ? open_run(dir, &err) : NULL;
	int status = r ? SOW_OK : error_nomem(&err);
	if (!status)
		status = s ? recipe_recall_outputs(r, s, &err) : (int)err.status;
	store_close(s);
	int exit = status ? talk_error(&err)
		   : r->output_count ? outputs_export(dir, r->outputs, r->output_count, quiet)
				     : EXIT_WRONG_USAGE;
	recipe_free(r);
	return exit;
}
