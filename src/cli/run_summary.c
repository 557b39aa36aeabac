#include "cli/run_summary.h"

#include <inttypes.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "io/json.h"
#include "method/method.h"
#include "report/status.h"
#include "report/summary.h"
#include "run/open_records.h"
#include "terminal/readable.h"

#define SHOWN 3
#define WIDTH 80

/* Tasks spread evenly over the run: the same ones each time it is shown. */
struct chosen {
	int64_t count, at;           /* tasks there are; the next one's place */
	int shown;
	struct buf *out;
};

/* A record of any shape is its members, the last of them what was asked for. */
static int print_record(const struct record *record, struct buf *out)
{
	struct buf object = BUF_INIT;
	int status = json_indent(record->object, &object);
	buf_add(out, object.data, object.len);
	buf_addch(out, '\n');
	buf_release(&object);
	return status ? status : out->status;
}

static int show_if_chosen(void *data, const struct record *task)
{
	struct chosen *c = data;
	int64_t wanted = c->count <= SHOWN ? c->shown : (2 * c->shown + 1) * c->count / (2 * SHOWN);
	if (c->shown < SHOWN && c->at == wanted) {
		buf_addch(c->out, '\n');
		c->shown++;
		if (task->object.len)
			print_record(task, c->out);
		else
			task_print(task, (size_t)c->shown, WIDTH, c->out);
	}
	c->at++;
	return SOW_OK;
}

static int count_task(void *data, const struct record *task)
{
	(void)task;
	++*(int64_t *)data;
	return SOW_OK;
}

/* Of chains what they grew, not what they began with; where there is nothing but that, that. */
static int print_tasks(struct store *s, const struct run_status *st, struct buf *out,
		       struct sow_error *err)
{
	struct task_range range = { .limit = run_status_limit(&st->counts), .made_only = true };
	struct chosen chosen = { .out = out };
	const char *what = "new tasks";
	int status = store_each_task(s, &range, count_task, &chosen.count, err);
	if (!status && !chosen.count) {
		range.made_only = false;
		chosen.count = st->table.instructions;
		what = st->counts.inputs ? "tasks" : "new tasks";
		const struct method *m = method_find_view(run_status_method(st));
		if (m && m->takes_objects) {
			chosen.count = st->counts.finished;
			what = "records";
		}
	}
	if (status || !chosen.count)
		return status;
	buf_addf(out, "\n%" PRId64 " of the %s\n",
		 chosen.count < SHOWN ? chosen.count : (int64_t)SHOWN, what);
	return store_each_task(s, &range, show_if_chosen, &chosen, err);
}

/* What to take the results out as, by what the method makes. */
static const char *export_of(const struct method *m)
{
	return m && m->exported_as ? m->exported_as
	       : m && m->takes_objects  ? "--format records --jsonl -o records.jsonl"
	       : m && m->only_answers ? "--format messages --jsonl -o answers.jsonl"
				      : "--format alpaca --jsonl -o alpaca.jsonl";
}

static void print_files(const char *dir, const struct method *m, struct buf *out)
{
	buf_addstr(out, "\nThe run, with every reply and reject, is in ");
	shell_word(out, view_of(dir));
	buf_addstr(out, "; look at it, or export it:\n  ");
	shell_word(out, view_of(program_name));
	buf_addstr(out, " status ");
	shell_word(out, view_of(dir));
	buf_addstr(out, "\n  ");
	shell_word(out, view_of(program_name));
	buf_addstr(out, " export ");
	shell_word(out, view_of(dir));
	buf_addf(out, " %s\n", export_of(m));
}

/* Of answers to given prompts the paper's table says nothing. */
static void print_answered(const struct store_counts *c, struct buf *out)
{
	readable_count(out, c->finished);
	buf_addstr(out, " of ");
	readable_count(out, c->inputs);
	buf_addstr(out, " prompts answered");
	if (c->instances > c->finished) {
		buf_addstr(out, ", ");
		readable_count(out, c->instances);
		buf_addstr(out, " answers");
	}
	if (c->failed) {
		buf_addstr(out, ", ");
		readable_count(out, c->failed);
		buf_addstr(out, " failed: see sow status");
	}
	buf_addch(out, '\n');
}

/* Of records that a prompt was asked about. */
static void print_records(const struct run_status *st, struct buf *out)
{
	const struct store_counts *c = &st->counts;
	struct view left_out = run_status_setting(st, STORE_LEFT_OUT);
	int64_t in = c->inputs ? c->inputs : c->begun;
	readable_count(out, in);
	buf_addstr(out, in == 1 ? " record in, " : " records in, ");
	readable_count(out, c->finished);
	buf_addstr(out, " out");
	if (c->failed) {
		buf_addstr(out, ", ");
		readable_count(out, c->failed);
		buf_addstr(out, " rejected: see sow status");
	}
	if (left_out.len)
		buf_addf(out, "; left out of the documents: %.*s", VIEW_ARG(left_out));
	buf_addch(out, '\n');
}

/* What the methods count, such as how often a judge took the answer that it was shown first. */
static void print_tallies(const struct run_status *st, struct buf *out)
{
	struct figures f;
	figures_init(&f);
	tallies_figures(&st->tallies, &f);
	figures_print(&f, out);
	figures_release(&f);
}

static int print_text(struct store *s, const struct run_status *st, const char *dir,
		      struct buf *out, struct sow_error *err)
{
	const struct method *method = method_find_view(run_status_method(st));
	if (method && method->takes_objects)
		print_records(st, out);
	else if (method && method->only_answers)
		print_answered(&st->counts, out);
	else
		table1_print(&st->table, "this run", out);
	print_tallies(st, out);
	int status = print_tasks(s, st, out, err);
	print_files(dir, method, out);
	return status;
}

static int print_run(const char *dir, bool json, struct arena *a, struct buf *out,
		     struct sow_error *err)
{
	struct run_status st;
	struct store *s = open_run(dir, err);
	if (!s)
		return err->status;
	int status = run_status_read(&st, s, a, err);
	if (!status)
		status = json ? run_status_show(&st, program_name, dir, true, out, err)
			      : print_text(s, &st, dir, out, err);
	store_close(s);
	return status;
}

int run_summary_show(const char *dir, bool json)
{
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	struct arena *a = arena_new();
	int status = print_run(dir, json, a, &out, &err);
	int exit = status ? console_error(&err) : console_data(&out);
	arena_free(a);
	buf_release(&out);
	return exit;
}
