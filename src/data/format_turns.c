/* Writes turns, and all other members, in the style of a format. */
#include "data/format_private.h"

#include <stdlib.h>
#include <string.h>

#define OPENAI_ROLES \
	{ [ROLE_SYSTEM] = "system", [ROLE_USER] = "user", [ROLE_ASSISTANT] = "assistant", \
	  [ROLE_DEVELOPER] = "developer", [ROLE_TOOL] = "tool" }

const struct turn_style style_messages = { .list = "messages", .role = "role", .text = "content",
					   .roles = OPENAI_ROLES };
const struct turn_style style_openai = {
	.list = "messages", .role = "role", .text = "content", .roles = OPENAI_ROLES,
	.arguments = ARGUMENTS_TEXT, .numbers_calls = true, .strict = true, .weight = WEIGHT_WEIGHT,
};
const struct turn_style style_axolotl = { .list = "messages", .role = "role", .text = "content",
					  .roles = OPENAI_ROLES, .numbers_calls = true,
					  .weight = WEIGHT_TRAIN };
const struct turn_style style_sharegpt = {
	.list = "conversations", .role = "from", .text = "value",
	.roles = { [ROLE_SYSTEM] = "system", [ROLE_USER] = "human", [ROLE_ASSISTANT] = "gpt",
		   [ROLE_DEVELOPER] = "system", [ROLE_TOOL] = "observation" },
	.arguments = ARGUMENTS_OBJECT, .splits_calls = true, .tools_as_text = true,
};
const struct turn_style style_llama_factory = {
	.list = "messages", .role = "role", .text = "content",
	.roles = { [ROLE_SYSTEM] = "system", [ROLE_USER] = "user", [ROLE_ASSISTANT] = "assistant",
		   [ROLE_DEVELOPER] = "system", [ROLE_TOOL] = "observation" },
	.arguments = ARGUMENTS_OBJECT, .splits_calls = true, .tools_as_text = true,
};
const struct turn_style style_trl = { .list = "prompt", .role = "role", .text = "content",
				      .roles = OPENAI_ROLES, .arguments = ARGUMENTS_OBJECT };
const struct turn_style style_nemo = {
	.list = "messages", .role = "role", .text = "content", .roles = OPENAI_ROLES,
	.arguments = ARGUMENTS_TEXT, .numbers_calls = true, .reasoning = REASONING_AS_CONTENT,
};

const char *const reasoning_form_names[REASONING_FORMS] = {
	[REASONING_AS_CAME] = "as-came",
	[REASONING_AS_CONTENT] = "reasoning_content",
	[REASONING_AS_PLAIN] = "reasoning",
	[REASONING_AS_THINKING] = "thinking",
	[REASONING_AS_TAGS] = "think-tags",
	[REASONING_DROPPED] = "drop",
};

void format_left_add(struct format_left *list, size_t *count, const char *name, size_t more)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(list[i].name, name) == 0) {
			list[i].count += more;
			return;
		}
	}
	if (*count == FORMAT_LEFT_MAX) {
		list[FORMAT_LEFT_MAX - 1].count += more;
		strcpy(list[FORMAT_LEFT_MAX - 1].name, "others");
		return;
	}
	struct format_left *left = &list[(*count)++];
	size_t len = strlen(name);
	len = len < sizeof(left->name) ? len : sizeof(left->name) - 1;
	memcpy(left->name, name, len);
	left->name[len] = '\0';
	left->count = more;
}

void line_leave(struct format_line *l, const char *name)
{
	format_left_add(l->left, l->left_count, name, 1);
}

static const struct turn_style *style_of(const struct format_line *l)
{
	return l->format->style ? l->format->style : &style_messages;
}

/* Moves a text made for the line into its scratch arena. */
static struct view line_take(struct format_line *l, struct buf *text)
{
	return arena_takebuf(l->scratch, text);
}

const json_value *line_json(struct format_line *l, struct view text)
{
	struct sow_error err = { 0 };
	if (!text.len)
		return NULL;
	struct json *doc = json_parse_lenient(text, l->scratch, NULL, NULL, &err);
	if (!doc)
		l->status = (int)err.status;
	return json_root(doc);
}

/* Reasoning */

static struct view with_tags(struct format_line *l, struct view thought, struct view text)
{
	struct buf out = BUF_INIT;
	buf_addstr(&out, "<think>\n");
	buf_add(&out, thought.p, thought.len);
	buf_addstr(&out, "\n</think>\n\n");
	buf_add(&out, text.p, text.len);
	return line_take(l, &out);
}

/* True if content in parts stays in parts: the style of the turns has them. */
static bool writes_parts(const struct format_line *l, const struct turn *t)
{
	const struct turn_style *style = l->format->style;
	bool text_alone = !style && l->format->line == LINE_OF_ANSWER;
	return t->parts.len && !text_alone && strcmp(style_of(l)->text, "content") == 0 &&
	       !style_of(l)->splits_calls;
}

static bool has_member(struct format_line *l, struct view object, const char *name)
{
	return json_get(line_json(l, object), name) != NULL;
}

struct view line_reasoned(struct format_line *l, const struct turn *t, struct view *thought,
			  const char **name)
{
	enum reasoning_form form = l->o->reasoning;
	struct view text = t->text;
	*thought = t->reasoning;
	*name = NULL;
	if (t->role != ROLE_ASSISTANT) {
		*name = t->reasoning.len ? reasoning_names[t->reasoning_name] : NULL;
		return text;
	}
	if (form != REASONING_AS_CAME && !thought->len && !t->parts.len)
		turns_part_thought(t->text, thought, &text);
	if (form == REASONING_AS_CAME)
		form = style_of(l)->reasoning;
	if (!thought->len || form == REASONING_DROPPED)
		return text;
	if (form == REASONING_AS_TAGS && writes_parts(l, t))
		form = REASONING_AS_CAME;
	if (form == REASONING_AS_TAGS)
		return with_tags(l, *thought, text);
	*name = form == REASONING_AS_CAME || has_member(l, t->fields, reasoning_form_names[form])
			? reasoning_names[t->reasoning_name] : reasoning_form_names[form];
	if (l->format->strict || style_of(l)->strict) {
		line_leave(l, *name);
		*name = NULL;
	}
	return text;
}

/* One turn */

static void leave_each(struct format_line *l, struct view object)
{
	const json_value *root = line_json(l, object);
	for (const json_value *v = json_first(root); v; v = json_next(root, v))
		line_leave(l, json_key(v).p);
}

static bool is_on(struct view weight)
{
	return view_eqstr(weight, "true") || strtod(weight.p, NULL) > 0;
}

static void write_weight(struct format_line *l, const struct turn_style *style, const struct turn *t)
{
	if (!t->weight.len)
		return;
	bool whole = view_eqstr(t->weight, "true") || view_eqstr(t->weight, "false") ||
		     view_eqstr(t->weight, "0") || view_eqstr(t->weight, "1");
	bool taken = style->weight != WEIGHT_NONE && !style->strict &&
		     has_member(l, t->fields, weight_names[style->weight]);
	if (style->weight == WEIGHT_NONE || taken || (!whole && !style->strict))
		json_out_raw(l->out, weight_names[t->weight_name], t->weight);
	else if (!whole)
		line_leave(l, weight_names[t->weight_name]);
	else if (style->weight == WEIGHT_TRAIN)
		json_out_bool(l->out, weight_names[WEIGHT_TRAIN], is_on(t->weight));
	else
		json_out_integer(l->out, weight_names[WEIGHT_WEIGHT], is_on(t->weight));
}

static void write_text_of(struct format_line *l, const struct turn_style *style,
			  const struct turn *t, struct view text)
{
	bool parts = writes_parts(l, t);
	if (t->parts.len && !parts)
		line_leave(l, "content parts");
	if (parts)
		json_out_raw(l->out, style->text, t->parts);
	else if (t->is_silent && !text.len && !style->splits_calls)
		json_out_null(l->out, style->text);
	else
		json_out_text(l->out, style->text, text);
}

static void write_calls(struct format_line *l, const struct turn_style *style, const struct turn *t)
{
	if (!t->tool_calls.len)
		return;
	struct view calls = tool_calls_write(t->tool_calls, style->arguments,
					     style->numbers_calls ? &l->call : NULL, l->scratch);
	if (!calls.p)
		l->status = SOW_NOMEM;
	json_out_raw(l->out, "tool_calls", calls);
}

/* The id of the call that this result answers: results come in the order of the calls. */
static void write_call_id(struct format_line *l, const struct turn_style *style,
			  const struct turn *t)
{
	bool numbered = style->numbers_calls && t->role == ROLE_TOOL;
	struct buf id = BUF_INIT;
	l->answered_call += numbered;
	if (t->tool_call_id.len) {
		json_out_text(l->out, "tool_call_id", t->tool_call_id);
	} else if (numbered) {
		buf_addf(&id, "call_%zu", l->answered_call);
		json_out_text(l->out, "tool_call_id", view_from(id.data, id.len));
		buf_release(&id);
	}
}

static void write_role(struct format_line *l, const struct turn_style *style, const struct turn *t)
{
	json_out_text(l->out, style->role, view_of(style->roles[t->role]));
	if (t->role == ROLE_DEVELOPER && strcmp(style->roles[t->role], "developer") != 0)
		line_leave(l, "role developer, which became system");
}

/* Writes its members other than the content. */
static void write_members(struct format_line *l, const struct turn_style *style,
			  const struct turn *t)
{
	write_call_id(l, style, t);
	if (t->name.len)
		json_out_text(l->out, "name", t->name);
	write_weight(l, style, t);
	if (style->strict)
		leave_each(l, t->fields);
	else
		json_out_members(l->out, t->fields);
}

static void write_plain_turn(struct format_line *l, const struct turn_style *style,
			     const struct turn *t, const char *key)
{
	struct view thought;
	const char *name;
	struct view text = line_reasoned(l, t, &thought, &name);
	json_out_object(l->out, key);
	write_role(l, style, t);
	write_text_of(l, style, t, text);
	if (name)
		json_out_text(l->out, name, thought);
	if (!style->splits_calls)
		write_calls(l, style, t);
	write_members(l, style, t);
	json_out_end(l->out);
}

/* Counts the members of a call other than its function. Its type is implied by the turn. */
static void leave_beside_function(struct format_line *l, const json_value *call)
{
	for (const json_value *v = json_first(call); v; v = json_next(call, v)) {
		struct view key = json_key(v);
		if (view_eqstr(key, "id"))
			line_leave(l, "tool call id");
		else if (!view_eqstr(key, "function") && !view_eqstr(json_text(v), "function"))
			line_leave(l, "further members of a tool call");
	}
}

/* Calls as JSON in a text: one function, or a list of several. */
static struct view calls_as_text(struct format_line *l, struct view calls)
{
	struct buf text = BUF_INIT;
	struct view objects = tool_calls_write(calls, ARGUMENTS_OBJECT, NULL, l->scratch);
	const json_value *list = line_json(l, objects);
	if (!objects.p)
		l->status = SOW_NOMEM;
	bool many = json_count(list) > 1;
	if (many)
		buf_addch(&text, '[');
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		if (v != json_first(list))
			buf_addch(&text, ',');
		const json_value *function = json_get(v, "function");
		json_add_value(&text, function ? function : v);
		if (function)
			leave_beside_function(l, v);
	}
	if (many)
		buf_addch(&text, ']');
	return line_take(l, &text);
}

static bool speaks(const struct turn *t)
{
	return t->text.len || !t->is_silent || t->parts.len || t->reasoning.len;
}

static void write_call_turn(struct format_line *l, const struct turn_style *style,
			    const struct turn *t, const char *key)
{
	json_out_object(l->out, key);
	json_out_text(l->out, style->role, view_of("function_call"));
	json_out_text(l->out, style->text, calls_as_text(l, t->tool_calls));
	if (!speaks(t))
		write_members(l, style, t);
	json_out_end(l->out);
}

void line_turn(struct format_line *l, const char *key, const struct turn *t)
{
	const struct turn_style *style = style_of(l);
	bool apart = style->splits_calls && t->tool_calls.len;
	bool says = !apart || speaks(t);
	if (says)
		write_plain_turn(l, style, t, key);
	if (apart && says && key) /* a member holds one turn */
		line_leave(l, "tool calls");
	else if (apart)
		write_call_turn(l, style, t, key);
}

void line_turns(struct format_line *l, const char *key, const struct turn *list, size_t count)
{
	json_out_array(l->out, key ? key : style_of(l)->list);
	for (size_t i = 0; i < count; i++)
		line_turn(l, NULL, &list[i]);
	json_out_end(l->out);
}

struct turn *line_answer(struct format_line *l, const struct instance *i, size_t *count)
{
	struct turn *t;
	if (i->turn_count) {
		*count = i->turn_count;
		return i->turns;
	}
	t = arena_alloc(l->scratch, sizeof(*t));
	*count = 1;
	*t = instance_turn(i);
	return t;
}

void line_question(struct format_line *l, struct turn **turns, size_t *count)
{
	const struct record *r = l->entry->record;
	bool plain = !r->turn_count && l->entry->instance;
	const struct instance *answer = plain ? l->entry->instance : NULL;
	record_conversation(r, answer, l->scratch, turns, count);
	if (plain)
		*count = 1; /* the answer follows it */
}

void line_begin(struct format_line *l, const char *key)
{
	struct turn *turns;
	size_t count;
	line_question(l, &turns, &count);
	json_out_object(l->out, NULL);
	line_turns(l, key, turns, count);
}

void line_tools(struct format_line *l)
{
	struct view tools = l->entry->record->tools;
	if (!tools.len)
		return;
	l->tools = true;
	if (style_of(l)->tools_as_text)
		json_out_text(l->out, "tools", tools);
	else
		json_out_raw(l->out, "tools", tools);
}

/* Further members */

static bool is_among(const char *const *names, size_t count, struct view name)
{
	for (size_t i = 0; i < count && names[i]; i++) {
		if (view_eqstr(name, names[i]))
			return true;
	}
	return false;
}

static bool is_own(const struct format_line *l, struct view name)
{
	return l->format->own && is_among(l->format->own, SIZE_MAX, name);
}

/* True if a further member may have the name; marks it as used. */
static bool take_place(struct format_line *l, const char *name)
{
	if (l->format->strict || is_own(l, view_of(name))) {
		line_leave(l, name);
		return false;
	}
	l->said[l->said_count++] = name;
	return true;
}

void line_say(struct format_line *l, const char *name, struct view text)
{
	if (take_place(l, name))
		json_out_text(l->out, name, text);
}

static void given_text(struct format_line *l, unsigned mark, const char *name, struct view text)
{
	if (!(l->entry->record->given & mark) || !take_place(l, name))
		return;
	if (mark == GIVEN_ID && l->entry->record->id_is_json)
		json_out_raw(l->out, name, text);
	else
		json_out_text(l->out, name, text);
}

static void write_given(struct format_line *l)
{
	const struct record *r = l->entry->record;
	if (l->format->line == LINE_OF_RECORD)
		return;
	given_text(l, GIVEN_ID, "id", r->id);
	given_text(l, GIVEN_NAME, "name", r->name);
	if ((r->given & GIVEN_CLASSIFICATION) && take_place(l, "is_classification"))
		json_out_bool(l->out, "is_classification", r->is_classification);
	given_text(l, GIVEN_ROOT, "root", r->lineage.root);
	given_text(l, GIVEN_PARENT, "parent", r->lineage.parent);
	given_text(l, GIVEN_OPERATION, "operation", r->lineage.operation);
	if ((r->given & GIVEN_ROUND) && take_place(l, "round"))
		json_out_integer(l->out, "round", r->lineage.round);
}

static void write_rejected(struct format_line *l)
{
	const struct instance *i = l->entry->rejected;
	if (!i || l->format->line != LINE_OF_ANSWER || !take_place(l, "rejected"))
		return;
	size_t count;
	struct turn *turns = line_answer(l, i, &count);
	struct view thought, text;
	const char *name = NULL;
	text = i->turn_count ? i->output : line_reasoned(l, turns, &thought, &name);
	if (i->turn_count || i->reasoning.len || name)
		line_turns(l, "rejected", turns, count);
	else
		json_out_text(l->out, "rejected", text);
}

static void write_score(struct format_line *l, const char *name, const struct instance *i)
{
	if (i && i->scored && take_place(l, name))
		json_out_number(l->out, name, i->score);
}

static void write_scores(struct format_line *l)
{
	const struct instance *better = l->entry->instance, *worse = l->entry->rejected;
	bool is_alone = better && better->role == ANSWER_PLAIN && !worse;
	if (l->format->line != LINE_OF_ANSWER && l->format->line != LINE_OF_PAIR)
		return;
	if (!is_alone)
		write_score(l, "score_chosen", better);
	else if (l->entry->record->given & GIVEN_SCORES)
		write_score(l, "score", better);
	write_score(l, "score_rejected", worse);
}

static void write_label(struct format_line *l)
{
	const struct instance *i = l->entry->instance;
	if (i && i->role != ANSWER_PLAIN && !l->entry->rejected &&
	    l->format->line == LINE_OF_ANSWER && take_place(l, "kto_tag"))
		json_out_bool(l->out, "kto_tag", i->role == ANSWER_CHOSEN);
}

static bool is_wanted(const struct format_options *o, struct view name)
{
	for (size_t i = 0; i < o->only_count; i++) {
		if (view_eqstr(name, o->only[i]))
			return true;
	}
	return !o->only;
}

/* True if none of the names is in the JSON `fields` as a text. */
static bool is_free(const char *const *names, size_t count, struct view fields)
{
	for (size_t i = 0; i < count && names[i]; i++) {
		size_t len = strlen(names[i]);
		for (size_t at = view_find(fields, 0, names[i]); at != VIEW_NONE;
		     at = view_find(fields, at + 1, names[i])) {
			if (at && fields.p[at - 1] == '"' && at + len < fields.len &&
			    fields.p[at + len] == '"')
				return false;
		}
	}
	return true;
}

/* Writes the wanted fields that have a place. */
static void write_chosen_fields(struct format_line *l, const json_value *root)
{
	struct buf text = BUF_INIT;
	for (const json_value *v = json_first(root); v; v = json_next(root, v)) {
		struct view name = json_key(v);
		if (!is_wanted(l->o, name) || is_among(l->taken, l->taken_count, name))
			continue;
		if (l->format->strict || is_own(l, name) || is_among(l->said, l->said_count, name)) {
			line_leave(l, name.p);
			continue;
		}
		if (!text.len)
			buf_addch(&text, '{');
		json_add_member(&text, v);
	}
	if (text.len)
		buf_addch(&text, '}');
	json_out_members(l->out, view_from(text.data, text.len));
	buf_release(&text);
}

static void write_fields(struct format_line *l)
{
	struct view fields = l->entry->record->fields;
	if (!fields.len || l->o->drop_fields)
		return;
	bool free = !l->format->own || is_free(l->format->own, SIZE_MAX, fields);
	if (free && !l->o->only && !l->format->strict && is_free(l->said, l->said_count, fields)) {
		json_out_members(l->out, fields);
		return;
	}
	write_chosen_fields(l, line_json(l, fields));
}

void line_further(struct format_line *l)
{
	write_given(l);
	write_rejected(l);
	write_label(l);
	write_scores(l);
	write_fields(l);
}

void line_end(struct format_line *l)
{
	line_further(l);
	json_out_end(l->out);
}
