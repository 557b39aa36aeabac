#include "cli/viewer.h"

#include <string.h>
#include <unistd.h>

#include "base/draw.h"
#include "base/error.h"
#include "cli/console.h"
#include "data/format.h"
#include "terminal/terminal.h"
#include "text/letter.h"

#define TEXT_LINES 12    /* of each text, where many records are shown */
#define WIDEST 100       /* columns: longer lines are hard to read */

int viewer_start(struct viewer *v)
{
	size_t width = isatty(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : 80;
	v->text = v->needle = v->folded = (struct buf)BUF_INIT;
	reservoir_init(&v->kept, (size_t)v->sample, (uint64_t)v->seed, DRAW_SHOWN);
	v->page = (struct record_view){ .width = width < WIDEST ? width : WIDEST,
				 .colour = terminal_has_colour(), .most = TEXT_LINES };
	v->out = json_out_new();
	int status = v->search ? letter_fold(view_of(v->search), &v->needle) : SOW_OK;
	if (status == SOW_NOMEM)
		return error_nomem(v->err);
	if (status)
		return error_set(v->err, SOW_USAGE, "--search: expected a text in UTF-8");
	pager_start(&v->pager);
	return SOW_OK;
}

void viewer_end(struct viewer *v)
{
	pager_end(&v->pager);
	reservoir_release(&v->kept);
	buf_release(&v->text);
	buf_release(&v->needle);
	buf_release(&v->folded);
	json_out_free(v->out);
}

/* --- is it wanted? */

static bool holds(struct viewer *v, struct view text)
{
	buf_clear(&v->folded);
	int status = letter_fold(text, &v->folded);
	if (!status)
		text = view_from(v->folded.data, v->folded.len);
	return status != SOW_NOMEM && view_find(text, 0, v->needle.data) != VIEW_NONE;
}

static bool turns_hold(struct viewer *v, const struct turn *turns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct turn *t = &turns[i];
		if (holds(v, t->text) || holds(v, t->parts) || holds(v, t->reasoning) ||
		    holds(v, t->tool_calls) || holds(v, t->fields))
			return true;
	}
	return false;
}

static bool task_holds(struct viewer *v, const struct record *task)
{
	if (holds(v, task->instruction) || holds(v, task->fields) || holds(v, task->tools) ||
	    turns_hold(v, task->turns, task->turn_count))
		return true;
	for (size_t i = 0; i < task->instance_count; i++) {
		const struct instance *one = &task->instances[i];
		if (holds(v, one->input) || holds(v, one->output) || holds(v, one->reasoning) ||
		    turns_hold(v, one->turns, one->turn_count))
			return true;
	}
	return false;
}

/* --- showing */

/* Where a record goes; NULL: it is not wanted. */
static struct buf *page_for(struct viewer *v, bool matches)
{
	struct buf *to = NULL;
	if (matches && v->sample) {
		struct kept *k = reservoir_next(&v->kept);
		to = k ? &k->text : NULL;
	} else if (matches) {
		to = &v->text;
		buf_clear(to);
	}
	return v->page.out = to;
}

static int hand_on(struct viewer *v, const struct buf *text)
{
	if (v->sample)
		return SOW_OK;
	v->shown++;
	return pager_write(&v->pager, text, v->err);
}

static int finish_json(struct viewer *v, struct view label, struct buf *text)
{
	json_out_end(v->out);
	int status = json_out_write(v->out, text, JSON_LINE);
	buf_addch(text, '\n');
	return status ? error_set(v->err, SOW_INVALID, "%.*s: a text of it is not UTF-8", VIEW_ARG(label)) : SOW_OK;
}

static void begin_json(struct viewer *v, struct view label, bool accepted)
{
	json_out_object(v->out, NULL);
	json_out_text(v->out, "id", label);
	json_out_bool(v->out, "accepted", accepted);
}

int viewer_task(struct viewer *v, struct view label, const struct record *task)
{
	int status = SOW_OK;
	struct buf *text = page_for(v, !v->search || task_holds(v, task));
	if (!text)
		return SOW_OK;
	if (v->json) {
		begin_json(v, label, true);
		format_record_members(v->out, task);
		status = finish_json(v, label, text);
	} else {
		record_view_task(&v->page, label, task);
	}
	return status ? status : hand_on(v, text);
}

int viewer_rejected(struct viewer *v, struct view label, const struct rejected *r,
		    struct view near)
{
	int status = SOW_OK;
	bool matches = !v->search || holds(v, r->text) || holds(v, r->detail) ||
		       holds(v, view_of(r->rule));
	struct buf *text = page_for(v, matches);
	if (!text)
		return SOW_OK;
	if (v->json) {
		begin_json(v, label, false);
		record_view_rejected_json(r, near, v->out);
		status = finish_json(v, label, text);
	} else {
		record_view_rejected(&v->page, label, r, near);
	}
	return status ? status : hand_on(v, text);
}

int viewer_history(struct viewer *v, const struct history *h)
{
	int status = SOW_OK;
	struct buf *text = page_for(v, true);
	if (!text)
		return SOW_OK;
	v->page.most = 0;
	if (v->json)
		status = history_json(h, text, v->err);
	else
		history_print(h, &v->page);
	return status ? status : hand_on(v, text);
}

int viewer_flush(struct viewer *v)
{
	int status = SOW_OK;
	reservoir_finish(&v->kept, SIZE_MAX);
	for (size_t i = 0; i < v->kept.count && !status; i++) {
		status = pager_write(&v->pager, &v->kept.list[i].text, v->err);
		v->shown++;
	}
	reservoir_release(&v->kept);
	reservoir_init(&v->kept, (size_t)v->sample, (uint64_t)v->seed, DRAW_SHOWN);
	return status;
}
