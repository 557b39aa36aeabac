#include "report/record_view.h"

#include <inttypes.h>

#include "base/arena.h"
#include "method/rules.h"
#include "terminal/wrap.h"

#define LABEL_WIDTH 14

static void begin(struct record_view *p, enum tone tone)
{
	if (p->colour)
		tone_begin(p->out, tone);
}

static void end(struct record_view *p, enum tone tone)
{
	if (p->colour)
		tone_end(p->out, tone);
}

/* A text on the current line, not wrapped. */
static void add_word(struct record_view *p, enum tone tone, struct view text)
{
	begin(p, tone);
	wrap_line(p->out, text);
	end(p, tone);
}

void record_view_text(struct record_view *p, size_t indent, enum tone tone, struct view text)
{
	const struct wrap w = { .indent = indent, .width = p->width, .most = p->most };
	struct buf lines = BUF_INIT;
	struct view rest, line;
	if (!p->colour || tone == TONE_PLAIN) {
		wrap_text(p->out, &w, text);
		return;
	}
	wrap_text(&lines, &w, text);
	rest = view_from(lines.data, lines.len);
	while (view_line(&rest, &line)) {
		begin(p, tone);
		buf_add(p->out, line.p, line.len);
		end(p, tone);
		buf_addch(p->out, '\n');
	}
	buf_release_part(&lines, p->out);
}

void record_view_heading(struct record_view *p, size_t indent, struct view name, enum tone tone,
			 struct view notes)
{
	size_t columns = p->width > indent + 8 ? p->width - indent : 8;
	struct view shown = text_fit(name, columns);
	buf_addf(p->out, "%*s", (int)indent, "");
	add_word(p, TONE_NAME, shown);
	size_t used = text_columns(shown);
	if (notes.len && used + 2 + text_columns(notes) <= columns) {
		buf_addstr(p->out, "  ");
		add_word(p, tone, notes);
		notes = view_of("");
	}
	buf_addch(p->out, '\n');
	record_view_text(p, indent + 2, tone, notes);
}

void record_view_field(struct record_view *p, const char *name, struct view value)
{
	const struct wrap w = { .indent = LABEL_WIDTH + 2, .width = p->width, .most = p->most,
				.hanging = true };
	size_t columns = text_columns(view_of(name));
	buf_addstr(p->out, "  ");
	add_word(p, TONE_LABEL, view_of(name));
	buf_addf(p->out, "%*s", columns < LABEL_WIDTH ? (int)(LABEL_WIDTH - columns) : 1, "");
	if (value.len)
		wrap_text(p->out, &w, value);
	else
		buf_addch(p->out, '\n');
}

/* Records */

static void add_block(struct record_view *p, const char *name, struct view text)
{
	record_view_text(p, 4, TONE_LABEL, view_of(name));
	if (text.len)
		record_view_text(p, 6, TONE_PLAIN, text);
	else
		record_view_text(p, 6, TONE_QUIET, view_of("(empty)"));
}

static void add_note(struct buf *notes, const char *words, struct view name)
{
	buf_addf(notes, "%s%s%.*s", notes->len ? "  " : "", words, VIEW_ARG(name));
}

/* JSON as a list of lines, each a member or an element in the form of `line`; damaged JSON
 * unchanged. */
static void add_json(struct record_view *p, const char *name, struct view json,
		     void (*line)(struct buf *out, const json_value *v, struct arena *a))
{
	struct buf text = BUF_INIT;
	struct arena *a = json.len ? arena_new() : NULL;
	struct json *doc = a ? json_parse_lenient(json, a, NULL, NULL, NULL) : NULL;
	const json_value *all = json_root(doc);
	for (const json_value *v = json_first(all); v; v = json_next(all, v)) {
		buf_addstr(&text, text.len ? "\n" : "");
		line(&text, v, a);
	}
	if (json.len)
		add_block(p, name, doc ? view_from(text.data, text.len) : json);
	buf_release(&text);
	arena_free(a);
}

/* A text unchanged, anything else as JSON. */
static void add_value(struct buf *out, const json_value *v, struct arena *a)
{
	struct view text = json_type(v) == JSON_TEXT ? json_text(v) : json_compact(v, a);
	buf_add(out, text.p, text.len);
}

/* "level: 3" */
static void add_member(struct buf *out, const json_value *v, struct arena *a)
{
	buf_addf(out, "%.*s: ", VIEW_ARG(json_key(v)));
	add_value(out, v, a);
}

/* "weather({"city":"Rome"})" */
static void add_call(struct buf *out, const json_value *v, struct arena *a)
{
	const json_value *function = json_get(v, "function");
	const json_value *arguments = json_get(function, "arguments");
	struct view name = json_text(json_get(function, "name"));
	if (!name.len) {
		add_value(out, v, a);
		return;
	}
	buf_addf(out, "%.*s(", VIEW_ARG(name));
	if (arguments)
		add_value(out, arguments, a);
	buf_addch(out, ')');
}

/* "weather: what the sky is like" */
static void add_tool(struct buf *out, const json_value *v, struct arena *a)
{
	const json_value *function = json_get(v, "function");
	const json_value *of = function ? function : v;
	struct view name = json_text(json_get(of, "name"));
	struct view description = json_text(json_get(of, "description"));
	if (!name.len) {
		add_value(out, v, a);
		return;
	}
	buf_addf(out, "%.*s%s%.*s", VIEW_ARG(name), description.len ? ": " : "",
		 VIEW_ARG(description));
}

static void add_turn(struct record_view *p, const struct turn *t)
{
	struct buf name = BUF_INIT;
	add_note(&name, role_names[t->role], view_of(""));
	if (t->name.len)
		add_note(&name, "", t->name);
	if (t->tool_call_id.len)
		add_note(&name, "answers ", t->tool_call_id);
	if (t->weight.len)
		buf_addf(&name, "  %s %.*s", weight_names[t->weight_name], VIEW_ARG(t->weight));
	if (t->reasoning.len)
		add_block(p, "Reasoning", t->reasoning);
	if (t->text.len || (!t->tool_calls.len && !t->parts.len))
		add_block(p, name.data, t->text);
	add_json(p, t->text.len ? "Content" : name.data, t->parts, add_value);
	if (t->tool_calls.len && !t->text.len && !t->parts.len)
		record_view_text(p, 4, TONE_LABEL, view_from(name.data, name.len));
	add_json(p, "Calls", t->tool_calls, add_call);
	add_json(p, "Fields of the turn", t->fields, add_member);
	buf_release_part(&name, p->out);
}

static void add_turns(struct record_view *p, const struct turn *turns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_turn(p, &turns[i]);
}

/* "Output", with its facts. */
static void add_answer(struct record_view *p, const struct instance *i)
{
	static const char *const roles[] = {
		[ANSWER_PLAIN] = "Output", [ANSWER_CHOSEN] = "Output  chosen",
		[ANSWER_REJECTED] = "Output  rejected",
	};
	struct buf name = BUF_INIT;
	buf_addstr(&name, roles[i->role]);
	if (i->scored)
		buf_addf(&name, "  score %.4g", i->score);
	if (i->turn_count) {
		record_view_text(p, 4, TONE_LABEL, view_from(name.data, name.len));
		add_turns(p, i->turns, i->turn_count);
	} else {
		if (i->reasoning.len)
			add_block(p, "Reasoning", i->reasoning);
		add_block(p, name.data, i->output);
	}
	buf_release_part(&name, p->out);
}

void record_view_answers(struct record_view *p, const struct record *task)
{
	bool whole = task->turn_count && !task->beside; /* the turns hold everything but a score */
	add_turns(p, task->turns, task->turn_count);
	for (size_t i = 0; i < task->instance_count && !whole; i++) {
		if (i)
			buf_addch(p->out, '\n');
		if (task->instances[i].input.len && !task->turn_count)
			add_block(p, "Input", task->instances[i].input);
		add_answer(p, &task->instances[i]);
	}
	if (whole && task->instance_count && task->instances[0].scored) {
		struct buf score = BUF_INIT;
		buf_addf(&score, "score %.4g", task->instances[0].score);
		record_view_text(p, 4, TONE_QUIET, view_from(score.data, score.len));
		buf_release_part(&score, p->out);
	}
	add_json(p, "Tools", task->tools, add_tool);
	add_json(p, "Fields", task->fields, add_member);
}

/* The turns of a chat contain its instruction. */
void record_view_task(struct record_view *p, struct view label, const struct record *task)
{
	const struct lineage *l = &task->lineage;
	struct buf notes = BUF_INIT;
	if (task->is_classification)
		add_note(&notes, "classification", view_of(""));
	if (l->operation.len)
		add_note(&notes, "", l->operation);
	if (l->parent.len)
		add_note(&notes, "of ", l->parent);
	record_view_heading(p, 0, label, TONE_QUIET, view_from(notes.data, notes.len));
	buf_release_part(&notes, p->out);
	if (!task->turn_count)
		record_view_text(p, 2, TONE_PLAIN, task->instruction);
	record_view_answers(p, task);
	buf_addch(p->out, '\n');
}

void record_view_reason(struct record_view *p, size_t indent, const struct rejected *r,
			struct view near)
{
	const char *why = rule_why(r->rule);
	struct buf line = BUF_INIT;
	if (why)
		record_view_text(p, indent, TONE_LABEL, view_of(why));
	record_view_text(p, indent + 2, TONE_PLAIN, r->detail);
	if (r->near_id.len) {
		buf_addf(&line, "%.3f  %.*s", r->near_score, VIEW_ARG(r->near_id));
		record_view_text(p, indent + 2, TONE_QUIET, view_from(line.data, line.len));
		record_view_text(p, indent + 4, TONE_PLAIN, near);
	}
	buf_release_part(&line, p->out);
}

void record_view_rejected(struct record_view *p, struct view label, const struct rejected *r,
			  struct view near)
{
	struct buf rule = BUF_INIT;
	buf_addf(&rule, "rejected: %s", r->rule);
	record_view_heading(p, 0, label, TONE_BAD, view_from(rule.data, rule.len));
	buf_release_part(&rule, p->out);
	record_view_text(p, 2, TONE_PLAIN, r->text);
	record_view_reason(p, 4, r, near);
	buf_addch(p->out, '\n');
}

/* As JSON */

void record_view_rejected_json(const struct rejected *r, struct view near, struct json_out *out)
{
	const char *why = rule_why(r->rule);
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
