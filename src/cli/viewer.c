#include "cli/viewer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/talk.h"
#include "text/letter.h"

#define TEXT_LINES 12    /* of each text, where many records are shown */
#define WIDEST 100       /* columns: longer lines are hard to read */
#define DRAW_SHOWN 0x73686F77u /* the stream of draws that choose the sample */

struct kept {
	int64_t number;
	struct buf text;
};

int viewer_start(struct viewer *v)
{
	size_t width = isatty(STDOUT_FILENO) ? talk_width(STDOUT_FILENO) : 80;
	v->text = v->needle = v->folded = (struct buf)BUF_INIT;
	v->sheet = (struct sheet){ .out = &v->text, .width = width < WIDEST ? width : WIDEST,
				 .colour = talk_colour(), .most = TEXT_LINES };
	v->out = json_out_new();
	if (!v->out || (v->search && letter_fold(view_of(v->search), &v->needle) == SOW_NOMEM))
		return error_nomem(v->err);
	if (buf_failed(&v->needle))
		return error_set(v->err, SOW_USAGE, "--search: expected a text in UTF-8");
	pager_start(&v->pager);
	return SOW_OK;
}

void viewer_end(struct viewer *v)
{
	pager_end(&v->pager);
	for (size_t i = 0; i < v->kept_count; i++)
		buf_release(&v->kept[i].text);
	mem_free(v->kept);
	buf_release(&v->text);
	buf_release(&v->needle);
	buf_release(&v->folded);
	json_out_free(v->out);
}

/* -- is it wanted? ------------------------------------------------------------------------- */

static bool holds(struct viewer *v, struct view text)
{
	buf_clear(&v->folded);
	int status = letter_fold(text, &v->folded);
	if (!status)
		text = view_from(v->folded.data, v->folded.len);
	return status != SOW_NOMEM && view_find(text, 0, v->needle.data) != VIEW_NONE;
}

static bool task_holds(struct viewer *v, const struct task *task)
{
	if (holds(v, task->instruction))
		return true;
	for (size_t i = 0; i < task->turn_count; i++) {
		if (holds(v, task->turns[i].text))
			return true;
	}
	for (size_t i = 0; i < task->instance_count; i++) {
		if (holds(v, task->instances[i].input) || holds(v, task->instances[i].output))
			return true;
	}
	return false;
}

/* The slot of the sample for a record that matches; without one, any. */
static bool is_chosen(struct viewer *v, bool matches, size_t *slot)
{
	*slot = 0;
	if (!matches || !v->sample)
		return matches;
	struct draw d = draw_start((uint64_t)v->seed, DRAW_SHOWN, (uint64_t)v->passed);
	*slot = draw_place(&d, (size_t)v->passed++, (size_t)v->sample);
	return *slot != DRAW_NOWHERE;
}

/* -- showing --------------------------------------------------------------------------------- */

static int keep(struct viewer *v, size_t slot)
{
	void *list = v->kept;
	if (mem_grow(&list, &v->kept_room, slot + 1, sizeof(*v->kept)))
		return error_nomem(v->err);
	v->kept = list;
	if (slot < v->kept_count)
		buf_release(&v->kept[slot].text);
	else
		v->kept_count++;
	v->kept[slot] = (struct kept){ v->passed, v->text };
	v->text = (struct buf)BUF_INIT;
	return SOW_OK;
}

static int hand_on(struct viewer *v, size_t slot)
{
	if (buf_failed(&v->text))
		return error_nomem(v->err);
	if (v->sample)
		return keep(v, slot);
	v->shown++;
	return pager_write(&v->pager, &v->text, v->err);
}

static int finish_json(struct viewer *v, struct view label)
{
	json_out_end(v->out);
	int status = json_out_write(v->out, &v->text, JSON_LINE);
	buf_addch(&v->text, '\n');
	if (status == SOW_INVALID)
		return error_set(v->err, SOW_INVALID, "%.*s: a text of it is not UTF-8",
				 VIEW_ARG(label));
	return status || buf_failed(&v->text) ? error_nomem(v->err) : SOW_OK;
}

static void begin_json(struct viewer *v, struct view label, bool accepted)
{
	json_out_object(v->out, NULL);
	json_out_text(v->out, "id", label);
	json_out_bool(v->out, "accepted", accepted);
}

int viewer_task(struct viewer *v, struct view label, const struct task *task)
{
	size_t slot;
	int status = SOW_OK;
	if (!is_chosen(v, !v->search || task_holds(v, task), &slot))
		return SOW_OK;
	buf_clear(&v->text);
	if (v->json) {
		begin_json(v, label, true);
		sheet_task_json(task, v->out);
		status = finish_json(v, label);
	} else {
		sheet_task(&v->sheet, label, task);
	}
	return status ? status : hand_on(v, slot);
}

int viewer_rejected(struct viewer *v, struct view label, const struct rejected *r,
		    struct view near)
{
	size_t slot;
	int status = SOW_OK;
	if (!is_chosen(v, !v->search || holds(v, r->text) || holds(v, r->detail) ||
			  holds(v, view_of(r->rule)), &slot))
		return SOW_OK;
	buf_clear(&v->text);
	const char *why = v->why(r->rule);
	if (v->json) {
		begin_json(v, label, false);
		sheet_rejected_json(r, why, near, v->out);
		status = finish_json(v, label);
	} else {
		sheet_rejected(&v->sheet, label, r, why, near);
	}
	return status ? status : hand_on(v, slot);
}

int viewer_history(struct viewer *v, const struct history *h)
{
	int status = SOW_OK;
	buf_clear(&v->text);
	v->sheet.most = 0;
	if (v->json)
		status = history_json(h, v->why, &v->text, v->err);
	else
		history_print(h, &v->sheet, v->why);
	return status ? status : hand_on(v, 0);
}

static int by_number(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	return x->number < y->number ? -1 : x->number > y->number;
}

int viewer_flush(struct viewer *v)
{
	int status = SOW_OK;
	if (v->kept_count)
		qsort(v->kept, v->kept_count, sizeof(*v->kept), by_number);
	for (size_t i = 0; i < v->kept_count; i++) {
		if (!status)
			status = pager_write(&v->pager, &v->kept[i].text, v->err);
		v->shown++;
		buf_release(&v->kept[i].text);
	}
	v->kept_count = 0;
	v->passed = 0;
	return status;
}
