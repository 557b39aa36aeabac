#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/console.h"
#include "run/teacher_set.h"
#include "run/open_records.h"
#include "run/recipe_store.h"
#include "teacher/batch/cancel.h"

/* The batches of a run. */
struct found {
	struct batch_row *rows;
	size_t count;
};

static void say(const char *line)
{
	console_line("%s", line);
}

static size_t count_open(const struct found *f)
{
	size_t count = 0;
	for (size_t i = 0; i < f->count; i++)
		count += f->rows[i].state == BATCH_SUBMITTED;
	return count;
}

/* Those of one teacher. */
static int cancel_of(struct found *f, const struct recipe *recipe, enum duty duty,
		     const char *dir, struct sow_error *err)
{
	const struct teacher_options o = teacher_set_options(recipe, duty, dir);
	struct batch_row *rows = mem_alloc((f->count + 1) * sizeof(*rows));
	char *who = batches_teacher(&o, err);
	size_t count = 0;
	for (size_t i = 0; who && i < f->count; i++) {
		if (f->rows[i].state != BATCH_SUBMITTED || strcmp(f->rows[i].teacher, who) != 0)
			continue;
		rows[count++] = f->rows[i];
		f->rows[i].state = BATCH_CANCELLED; /* not for another duty once more */
	}
	int status = !who ? (int)err->status : SOW_OK;
	if (!status && count)
		status = batches_cancel(&o, rows, count, say, err);
	mem_free(rows);
	mem_free(who);
	return status;
}

static int cancel(struct found *f, const struct recipe *recipe, const char *dir,
		  struct sow_error *err)
{
	int status = SOW_OK;
	for (int d = 0; d < DUTY_COUNT && !status; d++) {
		if (recipe->has_duty[d] && recipe->teachers[d].o.batch)
			status = cancel_of(f, recipe, (enum duty)d, dir, err);
	}
	for (size_t i = 0; i < f->count && !status; i++) {
		if (f->rows[i].state == BATCH_SUBMITTED)
			status = error_set(err, SOW_USAGE, "%s: %s is with %s, which the run does not ask in "
					   "batches any more; give it this --teacher and --batch first",
					   dir, f->rows[i].remote, f->rows[i].teacher);
	}
	return status;
}

static int cancel_run(const char *dir, struct arena *a, struct sow_error *err)
{
	struct found f = { 0 };
	struct store *s = open_run(dir, err);
	if (!s)
		return (int)err->status;
	struct recipe *recipe = NULL;
	int status = SOW_OK;
	if (store_is_busy(s))
		status = error_set(err, SOW_BUSY, "%s: a process is at it; stop it first (Ctrl-C), or it "
				   "sends again what is cancelled", dir);
	if (!status)
		status = store_batches(s, a, &f.rows, &f.count, err);
	if (!status && !(recipe = recipe_recall(s, err)))
		status = (int)err->status;
	store_close(s);
	if (!status && !count_open(&f))
		console_line("%s: no batch is with a server", dir);
	else if (!status)
		status = cancel(&f, recipe, dir, err);
	recipe_free(recipe);
	return status;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	(void)c;
	(void)values;
	int status = cancel_run(args->operand, a, &err);
	arena_free(a);
	return status ? console_error(&err) : EXIT_DONE;
}

const struct command command_cancel = {
	.name = "cancel",
	.summary = "end the batches of a run at their server",
	.usage = "DIR",
	.about = "Tells the server to end the batches that the run has there (--batch). What it has "
		 "answered until then is paid for: the command that made the run resumes it, reads "
		 "these answers, and sends the rest again. The run must not be under way.",
	.operand = "DIR",
	.example = "sow cancel answers",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
