#include "report/sheet.h"

#include <inttypes.h>

#include "report/wrap.h"

#define LABEL_WIDTH 14

static const char *const tones[] = {
	[TONE_PLAIN] = "",
	[TONE_NAME] = "\033[1m",
	[TONE_LABEL] = "\033[36m",
	[TONE_BAD] = "\033[31m",
	[TONE_QUIET] = "\033[2m",
};

static void begin(struct sheet *p, enum tone tone)
{
	if (p->colour && tone != TONE_PLAIN)
		buf_addstr(p->out, tones[tone]);
}

static void end(struct sheet *p, enum tone tone)
{
	if (p->colour && tone != TONE_PLAIN)
		buf_addstr(p->out, "\033[m");
}

/* -- pieces ---------------------------------------------------------------------------- */

void sheet_word(struct sheet *p, enum tone tone, struct view text)
{
	begin(p, tone);
	wrap_line(p->out, text);
	end(p, tone);
}

void sheet_line(struct sheet *p, size_t indent, enum tone tone, const char *title)
{
	buf_addf(p->out, "%*s", (int)indent, "");
	sheet_word(p, tone, view_of(title));
	buf_addch(p->out, '\n');
}

void sheet_text(struct sheet *p, size_t indent, struct view text)
{
	const struct wrap w = { .indent = indent, .width = p->width, .most = p->most };
	wrap_text(p->out, &w, text);
}

void sheet_field(struct sheet *p, const char *name, struct view value)
{
	const struct wrap w = { .indent = LABEL_WIDTH + 2, .width = p->width, .most = p->most,
				.hanging = true };
	size_t columns = text_columns(view_of(name));
	buf_addstr(p->out, "  ");
	sheet_word(p, TONE_LABEL, view_of(name));
	buf_addf(p->out, "%*s", columns < LABEL_WIDTH ? (int)(LABEL_WIDTH - columns) : 1, "");
	if (value.len)
		wrap_text(p->out, &w, value);
	else
		buf_addch(p->out, '\n');
}

/* -- records ----------------------------------------------------------------------------- */

static void add_block(struct sheet *p, const char *name, struct view text)
{
	sheet_line(p, 4, TONE_LABEL, name);
	if (text.len)
		sheet_text(p, 6, text);
	else
		sheet_line(p, 6, TONE_QUIET, "(empty)");
}

static void add_turns(struct sheet *p, const struct task *task)
{
	for (size_t i = 0; i < task->turn_count; i++)
		add_block(p, role_names[task->turns[i].role], task->turns[i].text);
}

void sheet_answers(struct sheet *p, const struct task *task)
{
	if (task->turn_count) {
		add_turns(p, task);
		return;
	}
	for (size_t i = 0; i < task->instance_count; i++) {
		if (i)
			buf_addch(p->out, '\n');
		if (task->instances[i].input.len)
			add_block(p, "Input", task->instances[i].input);
		add_block(p, "Output", task->instances[i].output);
	}
}

static void add_note(struct sheet *p, const char *words, struct view name)
{
	buf_addstr(p->out, "  ");
	sheet_word(p, TONE_QUIET, view_of(words));
	sheet_word(p, TONE_QUIET, name);
}

/* A chat says its instruction in its turns. */
void sheet_task(struct sheet *p, struct view label, const struct task *task)
{
	const struct lineage *l = &task->lineage;
	sheet_word(p, TONE_NAME, label);
	if (task->is_classification)
		add_note(p, "classification", view_of(""));
	if (l->operation.len)
		add_note(p, "", l->operation);
	if (l->parent.len)
		add_note(p, "of ", l->parent);
	buf_addch(p->out, '\n');
	if (!task->turn_count)
		sheet_text(p, 2, task->instruction);
	sheet_answers(p, task);
	buf_addch(p->out, '\n');
}

void sheet_reason(struct sheet *p, size_t indent, const struct rejected *r, const char *why,
		 struct view near)
{
	struct buf line = BUF_INIT;
	if (why)
		sheet_line(p, indent, TONE_LABEL, why);
	if (r->detail.len)
		sheet_text(p, indent + 2, r->detail);
	if (r->near_id.len) {
		buf_addf(&line, "%.3f  %.*s", r->near_score, VIEW_ARG(r->near_id));
		sheet_line(p, indent + 2, TONE_QUIET, line.data);
		sheet_text(p, indent + 4, near);
	}
	if (buf_failed(&line) && !p->out->status)
		p->out->status = line.status;
	buf_release(&line);
}

void sheet_rejected(struct sheet *p, struct view label, const struct rejected *r, const char *why,
		   struct view near)
{
	sheet_word(p, TONE_NAME, label);
	buf_addstr(p->out, "  ");
	sheet_word(p, TONE_BAD, view_of("rejected: "));
	sheet_word(p, TONE_BAD, view_of(r->rule));
	buf_addch(p->out, '\n');
	sheet_text(p, 2, r->text);
	sheet_reason(p, 4, r, why, near);
	buf_addch(p->out, '\n');
}

/* -- for programs -------------------------------------------------------------------------- */

static void instances_json(const struct task *task, struct json_out *out)
{
	json_out_array(out, "instances");
	for (size_t i = 0; i < task->instance_count; i++) {
		json_out_object(out, NULL);
		json_out_text(out, "input", task->instances[i].input);
		json_out_text(out, "output", task->instances[i].output);
		json_out_end(out);
	}
	json_out_end(out);
}

static void turns_json(const struct task *task, struct json_out *out)
{
	json_out_array(out, "messages");
	for (size_t i = 0; i < task->turn_count; i++) {
		json_out_object(out, NULL);
		json_out_text(out, "role", view_of(role_names[task->turns[i].role]));
		json_out_text(out, "content", task->turns[i].text);
		json_out_end(out);
	}
	json_out_end(out);
}

void sheet_task_json(const struct task *task, struct json_out *out)
{
	const struct lineage *l = &task->lineage;
	json_out_text(out, "instruction", task->instruction);
	json_out_bool(out, "is_classification", task->is_classification);
	if (task->turn_count)
		turns_json(task, out);
	else
		instances_json(task, out);
	if (l->root.len)
		json_out_text(out, "root", l->root);
	if (l->parent.len)
		json_out_text(out, "parent", l->parent);
	if (l->operation.len)
		json_out_text(out, "operation", l->operation);
}

void sheet_rejected_json(const struct rejected *r, const char *why, struct view near,
			struct json_out *out)
{
	json_out_text(out, "rule", view_of(r->rule));
	if (why)
		json_out_text(out, "why", view_of(why));
	json_out_text(out, "text", r->text);
	if (r->detail.len)
		json_out_text(out, "detail", r->detail);
	if (!r->near_id.len)
		return;
	json_out_object(out, "near");
	json_out_text(out, "id", r->near_id);
	json_out_number(out, "score", r->near_score);
	if (near.len)
		json_out_text(out, "instruction", near);
	json_out_end(out);
}
