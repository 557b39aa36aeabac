#include "verdicts/verdicts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "io/infile.h"
#include "io/json.h"
#include "io/outfile.h"
#include "verdicts/log.h"

const char *const verdict_names[] = { "", "keep", "drop" };
const char *const question_names[QUESTIONS] = { "instruction", "input", "output" };

struct verdicts {
	struct log log;
	struct arena *texts;         /* of all actions */
	struct verdict_action *list;
	size_t count, room;
	size_t *last;                /* by record: its last action, + 1 */
	size_t records, last_room;
	struct map numbers;          /* key -> record */
	size_t damaged;
};

/* One action as a line */

static enum verdict verdict_read(struct view name)
{
	for (int i = VERDICT_KEEP; i <= VERDICT_DROP; i++) {
		if (view_eqstr(name, verdict_names[i]))
			return (enum verdict)i;
	}
	return VERDICT_NONE;
}

static struct view copy_text(struct arena *a, const json_value *v)
{
	struct view text = json_text(v);
	return view_from(arena_copyview(a, text), text.len);
}

static struct view copy_json(struct arena *a, const json_value *v, enum json_type type)
{
	return json_type(v) == type ? json_compact(v, a) : view_of("");
}

double verdicts_seconds(double seconds)
{
	return isfinite(seconds) && seconds > 0 ? fmin(seconds, VERDICT_SECONDS_MAX) : 0;
}

static void read_answers(const json_value *form, struct verdict_action *out)
{
	for (size_t i = 0; i < QUESTIONS; i++) {
		const json_value *answer = json_get(form, question_names[i]);
		if (json_type(answer) == JSON_BOOL)
			out->answers[i] = json_bool(answer) ? QUESTION_YES : QUESTION_NO;
	}
}

/* SOW_INVALID: not an action. */
static int read_action(const json_value *v, struct arena *a, struct verdict_action *out)
{
	*out = (struct verdict_action){
		.at = json_integer(json_get(v, "at")),
		.seconds = verdicts_seconds(json_number(json_get(v, "seconds"))),
		.verdict = verdict_read(json_text(json_get(v, "verdict"))),
		.undo = json_bool(json_get(v, "undo")),
	};
	if (!json_text(json_get(v, "key")).len || !json_text(json_get(v, "by")).len)
		return SOW_INVALID;
	read_answers(json_get(v, "form"), out);
	out->key = copy_text(a, json_get(v, "key"));
	out->by = copy_text(a, json_get(v, "by"));
	out->label = copy_text(a, json_get(v, "record"));
	out->note = copy_text(a, json_get(v, "note"));
	out->reasons = copy_json(a, json_get(v, "reasons"), JSON_ARRAY);
	out->edit = copy_json(a, json_get(v, "edit"), JSON_OBJECT);
	return SOW_OK;
}

static void write_answers(struct json_out *out, const struct verdict_action *a)
{
	bool any = false;
	for (size_t i = 0; i < QUESTIONS; i++)
		any = any || a->answers[i] != QUESTION_OPEN;
	if (!any)
		return;
	json_out_object(out, "form");
	for (size_t i = 0; i < QUESTIONS; i++) {
		if (a->answers[i] != QUESTION_OPEN)
			json_out_bool(out, question_names[i], a->answers[i] == QUESTION_YES);
	}
	json_out_end(out);
}

static int write_action(const struct verdict_action *a, struct buf *line)
{
	struct json_out *out = json_out_new();
	json_out_object(out, NULL);
	json_out_integer(out, "at", a->at ? a->at : clock_wall());
	json_out_text(out, "by", a->by);
	if (a->label.len)
		json_out_text(out, "record", a->label);
	json_out_text(out, "key", a->key);
	if (a->undo)
		json_out_bool(out, "undo", true);
	if (a->verdict != VERDICT_NONE)
		json_out_text(out, "verdict", view_of(verdict_names[a->verdict]));
	if (a->reasons.len)
		json_out_raw(out, "reasons", a->reasons);
	write_answers(out, a);
	if (a->note.len)
		json_out_text(out, "note", a->note);
	if (a->edit.len)
		json_out_raw(out, "edit", a->edit);
	if (a->seconds > 0)
		json_out_number(out, "seconds", a->seconds);
	json_out_end(out);
	int status = json_out_write(out, line, JSON_LINE);
	json_out_free(out);
	return status ? status : buf_addch(line, '\n');
}

/* In memory */

static void record_of(struct verdicts *v, struct view key, size_t *record)
{
	if (verdicts_find(v, key, record))
		return;
	mem_grow(&v->last, &v->last_room, v->records + 1);
	map_put(&v->numbers, key.p, key.len, v->records);
	v->last[v->records] = 0;
	*record = v->records++;
}

/* The person's latest action on a record, which an undo would take back. */
static struct verdict_action *in_force(const struct verdicts *v, size_t record, struct view by)
{
	for (size_t i = v->last[record]; i; i = v->list[i - 1].before) {
		struct verdict_action *a = &v->list[i - 1];
		if (!a->undo && !a->undone && view_eq(a->by, by))
			return a;
	}
	return NULL;
}

static void take(struct verdicts *v, const struct verdict_action *a)
{
	size_t record;
	record_of(v, a->key, &record);
	mem_grow(&v->list, &v->room, v->count + 1);
	struct verdict_action *undone = a->undo ? in_force(v, record, a->by) : NULL;
	if (undone)
		undone->undone = true;
	v->list[v->count] = *a;
	v->list[v->count].before = v->last[record];
	v->last[record] = ++v->count;
}

/* A line that is not an action is skipped: only a crash leaves one. */
static void take_line(void *data, struct view line)
{
	struct verdicts *v = data;
	struct verdict_action action;
	size_t offset;
	if (!view_trim(line).len)
		return;
	struct json *doc = json_parse_at(line.p, line.len, &offset, NULL);
	if (doc && !read_action(json_root(doc), v->texts, &action))
		take(v, &action);
	else
		v->damaged++;
	json_free(doc);
}

/* The log */

struct verdicts *verdicts_open(const char *path, struct sow_error *err)
{
	struct verdicts *v = mem_zalloc(sizeof(*v));
	v->texts = arena_new();
	log_init(&v->log, path);
	if (verdicts_refresh(v, err) >= 0)
		return v;
	verdicts_close(v);
	return NULL;
}

void verdicts_close(struct verdicts *v)
{
	if (!v)
		return;
	log_release(&v->log);
	map_release(&v->numbers);
	mem_free(v->last);
	mem_free(v->list);
	arena_free(v->texts);
	mem_free(v);
}

const char *verdicts_path(const struct verdicts *v)
{
	return v->log.path;
}

struct verdicts *verdicts_open_for(const char *data, bool is_run, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	buf_addf(&path, is_run ? "%s/" VERDICTS_OF_RUN : "%s.review.jsonl", data);
	struct verdicts *v = verdicts_open(path.data, err);
	buf_release(&path);
	return v;
}

int verdicts_refresh(struct verdicts *v, struct sow_error *err)
{
	return log_read(&v->log, take_line, v, err);
}

void verdicts_finish(struct verdicts *v)
{
	log_rest(&v->log, take_line, v);
}

/* Two people's edits of one record: without this check the later would silently undo the earlier. */
static int check_edit(const struct verdicts *v, const struct verdict_action *a, struct sow_error *err)
{
	struct decision d = { 0 };
	char at[24];
	size_t record;
	if (!a->edit.len || !a->edit_on.len)
		return SOW_OK;
	if (verdicts_find(v, a->key, &record))
		d = verdicts_decide(v, record);
	snprintf(at, sizeof(at), "%" PRId64, d.edit ? d.edit->at : 0);
	if (view_eqstr(a->edit_on, at))
		return SOW_OK;
	if (!d.edit)
		return error_set(err, SOW_INVALID, "its edit was taken back meanwhile; look again");
	return error_set(err, SOW_INVALID, "%.*s edited it meanwhile; look again", VIEW_ARG(d.edit->by));
}

int verdicts_append(struct verdicts *v, const struct verdict_action *a, struct sow_error *err)
{
	struct buf line = BUF_INIT;
	size_t record;
	int status = write_action(a, &line);
	if (status)
		error_set(err, SOW_INVALID, "a verdict: expected texts in UTF-8");
	else
		status = log_lock(&v->log, err);
	if (!status) {
		/* lines of others precede it in memory as well */
		status = log_read(&v->log, take_line, v, err);
		if (status >= 0 && a->undo &&
		    (!verdicts_find(v, a->key, &record) || !in_force(v, record, a->by)))
			status = error_set(err, SOW_MISSING, "there is nothing to undo");
		if (status >= 0)
			status = check_edit(v, a, err);
		if (status >= 0)
			status = log_append(&v->log, view_from(line.data, line.len), err);
		if (status >= 0)
			status = log_read(&v->log, take_line, v, err);
		log_unlock(&v->log);
	}
	buf_release(&line);
	return status < 0 ? status : SOW_OK;
}

/* Several runs' logs */

static void log_of_run(struct buf *path, const char *dir)
{
	buf_clear(path);
	buf_addf(path, "%s/" VERDICTS_OF_RUN, dir);
}

static int copy_lines(const char *path, struct outfile *out, struct sow_error *err)
{
	struct view line;
	struct infile *in = infile_open(path, err);
	int status = in ? 1 : (int)err->status;
	while (status > 0 && (status = infile_line(in, &line, err)) > 0) {
		outfile_write(out, line.p, line.len);
		outfile_write(out, "\n", 1);
	}
	infile_close(in);
	return status;
}

int verdicts_merge(const char *dir, const char *const *from, size_t count, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	struct outfile *out = NULL;
	int status = SOW_OK;
	for (size_t i = 0; i < count && !status; i++) {
		log_of_run(&path, from[i]);
		if (access(path.data, F_OK))
			continue;
		if (!out) {
			log_of_run(&path, dir);
			out = outfile_open(path.data, err);
			log_of_run(&path, from[i]);
		}
		status = out ? copy_lines(path.data, out, err) : (int)err->status;
	}
	if (out && !status)
		status = outfile_finish(out, err);
	else
		outfile_drop(out);
	buf_release(&path);
	return status;
}

/* Reading */

size_t verdicts_count(const struct verdicts *v)
{
	return v->count;
}

size_t verdicts_damaged(const struct verdicts *v)
{
	return v->damaged;
}

const struct verdict_action *verdicts_at(const struct verdicts *v, size_t i)
{
	return &v->list[i];
}

size_t verdicts_records(const struct verdicts *v)
{
	return v->records;
}

struct view verdicts_key(const struct verdicts *v, size_t record)
{
	return v->list[v->last[record] - 1].key;
}

bool verdicts_find(const struct verdicts *v, struct view key, size_t *record)
{
	const uint64_t *number = map_get(&v->numbers, key.p, key.len);
	if (number)
		*record = (size_t)*number;
	return number != NULL;
}

const struct verdict_action *verdicts_last(const struct verdicts *v, size_t record)
{
	return &v->list[v->last[record] - 1];
}

const struct verdict_action *verdicts_before(const struct verdicts *v,
					     const struct verdict_action *a)
{
	return a->before ? &v->list[a->before - 1] : NULL;
}

const struct verdict_action *verdicts_of(const struct verdicts *v, size_t record, struct view by)
{
	for (const struct verdict_action *a = verdicts_last(v, record); a; a = verdicts_before(v, a)) {
		if (!a->undone && a->verdict != VERDICT_NONE && view_eq(a->by, by))
			return a;
	}
	return NULL;
}

struct decision verdicts_decide(const struct verdicts *v, size_t record)
{
	struct decision d = { 0 };
	for (const struct verdict_action *a = verdicts_last(v, record); a; a = verdicts_before(v, a)) {
		if (a->undo || a->undone)
			continue;
		if (a->edit.len && !d.edit)
			d.edit = a;
		if ((a->edit.len || a->verdict != VERDICT_NONE) && !d.latest)
			d.latest = a;
		if (a->verdict == VERDICT_NONE || verdicts_of(v, record, a->by) != a)
			continue;
		d.keeps += a->verdict == VERDICT_KEEP;
		d.drops += a->verdict == VERDICT_DROP;
	}
	d.disputed = d.keeps && d.drops;
	d.verdict = d.keeps > d.drops ? VERDICT_KEEP : d.drops > d.keeps ? VERDICT_DROP : VERDICT_NONE;
	return d;
}
