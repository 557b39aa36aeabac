#include "report/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "io/json.h"
#include "report/figures.h"
#include "report/shellword.h"
#include "report/wrap.h"
#include "run/recipe.h"

#define LABEL_WIDTH 22
#define LINE_WIDTH 80
#define VALUE_WIDTH 400 /* a path or a hash is to be copied: not broken */

/* -- reading ------------------------------------------------------------------------ */

struct refusals {
	struct run_status *st;
	struct sow_error *err;
};

static int copy(struct refusals *r, struct view *text)
{
	const char *kept = arena_copyview(r->st->arena, *text);
	if (!kept)
		return error_nomem(r->err);
	*text = view_from(kept, text->len);
	return SOW_OK;
}

static int add_refusal(void *data, const struct rejected *rejected)
{
	struct refusals *r = data;
	struct rejected *kept = &r->st->refusals[r->st->refusal_count % STATUS_REFUSALS];
	*kept = *rejected;
	kept->near_id = view_of("");
	int status = copy(r, &kept->text);
	if (!status)
		status = copy(r, &kept->detail);
	r->st->refusal_count += !status;
	return status;
}

static int add_task(void *data, const struct task *task)
{
	table1_add(data, task);
	return SOW_OK;
}

int run_status_read(struct run_status *st, struct store *s, struct arena *a,
		    struct sow_error *err)
{
	struct refusals refusals = { st, err };
	*st = (struct run_status){ .arena = a, .busy = store_is_busy(s) };
	int status = store_count(s, &st->counts, err);
	if (!status)
		status = store_settings(s, a, &st->settings, &st->identities, &st->setting_count,
					err);
	if (!status)
		status = store_count_rejects(s, a, &st->rejects, &st->reject_count, err);
	if (!status)
		status = store_each_refusal(s, add_refusal, &refusals, err);
	if (!status)
		status = store_each_task(s, st->counts.target, add_task, &st->table, err);
	return status;
}

bool run_status_done(const struct run_status *st)
{
	return st->counts.target > 0 && st->counts.settled >= st->counts.target;
}

/* -- how to go on ---------------------------------------------------------------------- */

static struct view setting_value(const struct run_status *st, const char *name)
{
	for (size_t i = 0; i < st->setting_count; i++) {
		if (view_eqstr(st->settings[i].name, name))
			return st->settings[i].shown;
	}
	return view_of("");
}

static void add_option(struct buf *out, const struct field *f, struct view value)
{
	if (f->letter)
		buf_addf(out, " -%c", f->letter);
	else
		buf_addf(out, " --%s", f->name);
	if (f->type == FIELD_FLAG)
		return;
	buf_addch(out, ' ');
	shell_word(out, value);
}

static bool is_set(const struct field *f, struct view value)
{
	/* what identity shows for a file that none was given for is "built in" */
	static const char *const off[] = { "", "no", "built in" };
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		if (view_eqstr(value, off[i]))
			return false;
	}
	return !f->fallback || !view_eqstr(value, f->fallback);
}

/* A list's value has an item a line: the option is given once for each. */
static void add_setting(struct buf *out, const struct setting *setting)
{
	const struct field *f = NULL;
	for (size_t i = 0; i < recipe_field_count && !f; i++) {
		if (view_eqstr(setting->name, recipe_fields[i].name))
			f = &recipe_fields[i];
	}
	if (!f || !is_set(f, setting->shown))
		return;
	if (f->type != FIELD_LIST) {
		add_option(out, f, setting->shown);
		return;
	}
	struct view rest = setting->shown, item;
	while (view_line(&rest, &item))
		add_option(out, f, item);
}

int run_status_command(const struct run_status *st, const char *program, const char *dir,
		       struct buf *out)
{
	struct view method = setting_value(st, "method");
	shell_word(out, view_of(program));
	buf_addch(out, ' ');
	shell_word(out, method.len ? method : view_of("self-instruct"));
	for (size_t i = 0; i < st->setting_count; i++)
		add_setting(out, &st->settings[i]);
	buf_addstr(out, " -o ");
	shell_word(out, view_of(dir));
	return out->status;
}

/* -- for people --------------------------------------------------------------------------- */

static void print_label(struct buf *out, struct view name)
{
	size_t columns = text_columns(name);
	buf_addstr(out, "  ");
	buf_add(out, name.p, name.len);
	buf_addf(out, "%*s", columns < LABEL_WIDTH ? (int)(LABEL_WIDTH - columns) : 1, "");
}

/* A text of somebody else's, behind the label. */
static void print_beside(struct buf *out, struct view text, size_t width)
{
	struct wrap w = { .indent = LABEL_WIDTH + 2, .width = width, .most = 4, .hanging = true };
	wrap_text(out, &w, text);
}

static void print_settings(const struct run_status *st, size_t from, size_t to, struct buf *out)
{
	for (size_t i = from; i < to; i++) {
		struct view shown = st->settings[i].shown;
		if (!view_trim(shown).len)
			continue;
		print_label(out, st->settings[i].name);
		print_beside(out, shown, VALUE_WIDTH);
	}
}

/* "N things (M of one kind, K of another)": what is 0 is not told. */
struct part_of {
	int64_t count;
	const char *what;
};

static void print_count(struct buf *out, const char *name, int64_t count,
			const struct part_of parts[3])
{
	const char *before = " (";
	print_label(out, view_of(name));
	figure_count(out, count);
	for (size_t i = 0; i < 3 && parts; i++) {
		if (!parts[i].count)
			continue;
		buf_addstr(out, before);
		figure_count(out, parts[i].count);
		buf_addf(out, " %s", parts[i].what);
		before = ", ";
	}
	buf_addstr(out, parts && before[0] == ',' ? ")\n" : "\n");
}

static void print_yield(const struct store_counts *c, struct buf *out)
{
	if (!c->tickets || !c->finished)
		return;
	print_label(out, view_of("yield"));
	buf_addf(out, "%.1f instructions a request, %.1f instances a finished task\n",
		 (double)c->units / (double)c->tickets, (double)c->instances / (double)c->finished);
}

static void print_times(const struct store_counts *c, struct buf *out)
{
	if (c->teacher_ns > 0) {
		print_label(out, view_of("teacher's time"));
		figure_duration(out, c->teacher_ns);
		buf_addstr(out, " summed over replies\n");
	}
	if (!c->first_began)
		return;
	print_label(out, view_of("first to last"));
	figure_date(out, c->first_began);
	buf_addstr(out, " to ");
	figure_date(out, c->last_ended);
	buf_addch(out, '\n');
}

static void print_counts(const struct store_counts *c, struct buf *out)
{
	buf_addstr(out, "\nSo far\n");
	print_count(out, "requests for tasks", c->tickets,
		    (struct part_of[3]){ { c->tickets_failed, "refused by the teacher" } });
	print_count(out, "instructions", c->units,
		    (struct part_of[3]){ { c->finished, "finished" }, { c->failed, "failed" },
					 { c->under_way, "under way" } });
	print_count(out, "finished tasks", c->finished,
		    (struct part_of[3]){ { c->classification, "classification" } });
	print_count(out, "instances", c->instances, NULL);
	print_yield(c, out);
	print_count(out, "replies", c->replies,
		    (struct part_of[3]){ { c->replies_cached, "from the cache" },
					 { c->replies_error, "refusals" } });
	print_count(out, "prompt tokens", c->prompt_tokens,
		    (struct part_of[3]){ { c->shared_tokens, "shared, not computed again" } });
	print_count(out, "completion tokens", c->completion_tokens, NULL);
	print_times(c, out);
}

static void print_rejects(const struct run_status *st, const char *(*why)(const char *rule),
			  struct buf *out)
{
	int64_t total = 0;
	for (size_t i = 0; i < st->reject_count; i++)
		total += st->rejects[i].count;
	if (!total)
		return;
	buf_addstr(out, "\nRejected: ");
	figure_count(out, total);
	buf_addch(out, '\n');
	for (size_t i = 0; i < st->reject_count; i++) {
		const char *reason = NULL;
		const char *name = arena_copyview(st->arena, st->rejects[i].rule);
		if (name && why)
			reason = why(name);
		print_label(out, st->rejects[i].rule);
		size_t start = out->len;
		figure_count(out, st->rejects[i].count);
		size_t columns = out->len - start;
		if (reason)
			buf_addf(out, "%*s%s", columns < 8 ? (int)(8 - columns) : 1, "", reason);
		buf_addch(out, '\n');
	}
}

static void print_refusals(const struct run_status *st, struct buf *out)
{
	size_t shown = st->refusal_count < STATUS_REFUSALS ? st->refusal_count : STATUS_REFUSALS;
	if (!shown)
		return;
	buf_addf(out, "\nRefused by the teacher: %zu%s\n", st->refusal_count,
		 shown < st->refusal_count ? " (the newest are shown)" : "");
	for (size_t i = st->refusal_count - shown; i < st->refusal_count; i++) {
		const struct rejected *r = &st->refusals[i % STATUS_REFUSALS];
		char place[64];
		if (r->item)
			snprintf(place, sizeof(place), "task_%" PRId64 "_%" PRId64 ", stage %" PRId64,
				 r->ticket, r->item, r->stage);
		else
			snprintf(place, sizeof(place), "request %" PRId64, r->ticket);
		print_label(out, view_of(place));
		print_beside(out, r->detail.len ? r->detail : view_of("(no words)"), LINE_WIDTH);
	}
}

static void print_state(const struct run_status *st, const char *program, const char *dir,
			struct buf *out)
{
	const struct store_counts *c = &st->counts;
	buf_addf(out, "%s: ", dir);
	if (run_status_done(st)) {
		figure_count(out, c->target);
		buf_addstr(out, " tasks, done");
		if (c->finished > c->target)
			buf_addf(out, " (%" PRId64 " more are finished: export --all)",
				 c->finished - c->target);
		buf_addch(out, '\n');
		return;
	}
	figure_count(out, c->finished);
	buf_addstr(out, " of ");
	figure_count(out, c->target);
	if (st->busy) {
		buf_addstr(out, " tasks, and a process is at it\n");
		return;
	}
	buf_addstr(out, " tasks; to go on:\n  ");
	run_status_command(st, program, dir, out);
	buf_addch(out, '\n');
}

int run_status_print(const struct run_status *st, const char *program, const char *dir,
		     const char *(*why)(const char *rule), struct buf *out)
{
	print_state(st, program, dir, out);
	buf_addstr(out, "\nRecipe, fixed for this run\n");
	print_settings(st, 0, st->identities, out);
	buf_addstr(out, "\nSettings in force, may change\n");
	print_settings(st, st->identities, st->setting_count, out);
	print_counts(&st->counts, out);
	print_rejects(st, why, out);
	print_refusals(st, out);
	return out->status;
}

/* -- for programs --------------------------------------------------------------------------- */

static void json_settings(const struct run_status *st, size_t from, size_t to, const char *key,
			  struct json_out *out)
{
	json_out_object(out, key);
	for (size_t i = from; i < to; i++) {
		const char *name = arena_copyview(st->arena, st->settings[i].name);
		json_out_text(out, name ? name : "?", st->settings[i].shown);
	}
	json_out_end(out);
}

static void json_counts(const struct store_counts *c, struct json_out *out)
{
	const struct {
		const char *key;
		int64_t value;
	} list[] = {
		{ "tickets", c->tickets },
		{ "tickets_refused", c->tickets_failed },
		{ "instructions", c->units },
		{ "finished", c->finished },
		{ "failed", c->failed },
		{ "under_way", c->under_way },
		{ "classification", c->classification },
		{ "instances", c->instances },
		{ "replies", c->replies },
		{ "replies_cached", c->replies_cached },
		{ "replies_refused", c->replies_error },
		{ "prompt_tokens", c->prompt_tokens },
		{ "shared_tokens", c->shared_tokens },
		{ "completion_tokens", c->completion_tokens },
		{ "teacher_ns", c->teacher_ns },
		{ "first_began_ns", c->first_began },
		{ "last_ended_ns", c->last_ended },
	};
	json_out_object(out, "counts");
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		json_out_integer(out, list[i].key, list[i].value);
	json_out_end(out);
}

static void json_refusals(const struct run_status *st, struct json_out *out)
{
	size_t shown = st->refusal_count < STATUS_REFUSALS ? st->refusal_count : STATUS_REFUSALS;
	json_out_array(out, "refusals");
	for (size_t i = st->refusal_count - shown; i < st->refusal_count; i++) {
		const struct rejected *r = &st->refusals[i % STATUS_REFUSALS];
		json_out_object(out, NULL);
		json_out_integer(out, "ticket", r->ticket);
		json_out_integer(out, "item", r->item);
		json_out_integer(out, "stage", r->stage);
		json_out_text(out, "text", r->text);
		json_out_text(out, "words", r->detail);
		json_out_end(out);
	}
	json_out_end(out);
}

static void json_rejects(const struct run_status *st, struct json_out *out)
{
	json_out_object(out, "rejects");
	for (size_t i = 0; i < st->reject_count; i++) {
		const char *name = arena_copyview(st->arena, st->rejects[i].rule);
		json_out_integer(out, name ? name : "?", st->rejects[i].count);
	}
	json_out_end(out);
}

int run_status_json(const struct run_status *st, const char *dir, struct buf *buf,
		    struct sow_error *err)
{
	struct json_out *out = json_out_new();
	if (!out)
		return error_nomem(err);
	json_out_object(out, NULL);
	json_out_text(out, "dir", view_of(dir));
	json_out_bool(out, "done", run_status_done(st));
	json_out_bool(out, "busy", st->busy);
	json_out_integer(out, "target", st->counts.target);
	json_settings(st, 0, st->identities, "identity", out);
	json_settings(st, st->identities, st->setting_count, "operation", out);
	json_counts(&st->counts, out);
	json_rejects(st, out);
	json_refusals(st, out);
	json_out_object(out, "table1");
	table1_json(&st->table, out);
	json_out_end(out);
	json_out_end(out);
	int status = json_out_write(out, buf, JSON_PRETTY);
	json_out_free(out);
	if (status == SOW_INVALID)
		return error_set(err, SOW_INVALID, "%s: a text to be shown is not UTF-8", dir);
	buf_addch(buf, '\n');
	return status || buf_failed(buf) ? error_nomem(err) : SOW_OK;
}
