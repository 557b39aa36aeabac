#include "method/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "method/dress.h"
#include "method/list_head.h"
#include "text/letter.h"
#include "text/spacing.h"

void instances_release(struct instances *i)
{
	mem_free(i->list);
	*i = (struct instances){ 0 };
}

void instances_add(struct instances *v, struct view input, struct view output)
{
	mem_grow(&v->list, &v->room, v->count + 1);
	v->list[v->count++] = (struct instance){ input, output };
}

bool reply_yes(struct view reply)
{
	struct cursor c = { .line = spacing_trim(reply) };
	dress_open(&c);
	return cursor_word(&c, "yes");
}

/* A piece of a text: [at, end). */
struct span {
	size_t at, end;
};
#define NOWHERE ((struct span){ VIEW_NONE, VIEW_NONE })

static void skip_digits(struct cursor *c)
{
	size_t len;
	while (letter_decimal(cursor_peek(c, &len)) >= 0)
		c->at += len;
}

/* A field of an example: its usual spelling, and lower case. */
struct field {
	const char *name, *small;
};
static const struct field input_field = { "Input", "input" }, output_field = { "Output", "output" },
			  label_field = { "Class label", "class label" },
			  example_field = { "Example", "example" };

/* The first character of a line that is not a blank, in lower case; 0 if there is none. */
static char first_of(struct view line)
{
	size_t at = 0;
	while (at < line.len && line.p[at] == ' ')
		at++;
	return at < line.len ? ascii_lower(line.p[at]) : '\0';
}

/* Most lines begin with another letter: a quick test that rules them out. */
static bool may_begin(struct view line, const struct field *f)
{
	char first = first_of(line);
	return first && (!ascii_alpha(first) || first == f->small[0]);
}

/* The name in any case; lower case only within emphasis, because "output:" may be a line of a text. */
static bool take_name_of(struct cursor *c, const struct field *f)
{
	dress_open(c);
	bool is_small = letter_small(cursor_peek(c, NULL)) == cursor_peek(c, NULL);
	return (!is_small || c->emphasis) && cursor_word(c, f->small);
}

/* "Output:", "**Output 1:**", "### OUTPUT :". */
static bool take_field(struct cursor *c, const struct field *f)
{
	if (!take_name_of(c, f))
		return false;
	cursor_blanks(c);
	skip_digits(c);
	(void)dress_close(c);
	cursor_blanks(c);
	if (cursor_peek(c, NULL) == 0xFF1A)
		c->at += strlen("\xEF\xBC\x9A");
	else if (!cursor_take(c, ':'))
		return false;
	/* emphasis opened before the number of "**1. Output:** b" */
	if (!c->emphasis && view_starts(view_sub(c->line, c->at, c->line.len), "** "))
		c->emphasis = 2;
	(void)dress_close(c);
	return true;
}

/* A field in the middle of a line, which the released code also accepts: its name is at `at`. */
static bool field_at(struct view line, size_t at, const struct field *f, struct span *out)
{
	size_t start = at;
	while (start && (line.p[start - 1] == '*' || line.p[start - 1] == '_'))
		start--;
	struct cursor dressed = { .line = line, .at = start }, plain = { .line = line, .at = at };
	if (take_field(&dressed, f))
		*out = (struct span){ start, dressed.at };
	else if (take_field(&plain, f))
		*out = (struct span){ at, plain.at };
	else
		return false;
	return true;
}

/* The first field at or after `from`: at the start of a line in dress, or anywhere in its usual spelling. */
static struct span find_field(struct view v, size_t from, const struct field *f)
{
	struct view rest = view_sub(v, from, v.len), line;
	size_t within = view_find(v, from, f->name);
	while (view_line(&rest, &line)) {
		size_t base = (size_t)(line.p - v.p);
		struct cursor c = { .line = line };
		struct span found;
		if (may_begin(line, f) && take_field(&c, f))
			return (struct span){ base, base + c.at };
		for (; within < base + line.len; within = view_find(v, within + 1, f->name)) {
			if (field_at(line, within - base, f, &found))
				return (struct span){ base + found.at, base + found.end };
		}
	}
	return NOWHERE;
}

/* "Example 3", with or without a mark after it. It must have a number and begin its line, since an output may
 * mention an example. */
static bool take_example(struct cursor *c)
{
	if (!take_name_of(c, &example_field))
		return false;
	cursor_blanks(c);
	(void)cursor_take(c, '#');
	size_t start = c->at;
	skip_digits(c);
	if (c->at == start)
		return false;
	(void)dress_close(c);
	struct cursor behind = *c;
	cursor_blanks(&behind);
	*c = cursor_peek(&behind, NULL) == ':' ? behind : *c;
	bool is_marked = cursor_take(c, '.') || cursor_take(c, ':') || cursor_take(c, ')');
	bool is_closed = dress_close(c);
	return is_marked || is_closed || cursor_gap(c);
}

/* "1. Input: a", "1. **Output:** b": also an example. */
static bool take_numbered(struct view line, size_t *end)
{
	struct list_head head;
	char first = first_of(line);
	if (!first || ascii_alpha(first) || !list_head_read(line, &head) || head.kind == HEAD_WORD)
		return false;
	*end = head.end;
	struct cursor input = { .line = line, .at = head.end, .emphasis = head.emphasis }, output = input;
	return take_field(&input, &input_field) || take_field(&output, &output_field);
}

/* The first head of an example at or after `from`, at the start of a line, not in code. */
static struct span find_example(struct view v, size_t from)
{
	struct view rest = view_sub(v, from, v.len), line;
	size_t never_closed = SIZE_MAX;
	while (view_line(&rest, &line)) {
		size_t base = (size_t)(line.p - v.p), end = 0, fence = dress_fence(line);
		struct cursor c = { .line = line };
		if (fence && fence < never_closed) {
			never_closed = dress_skip_code(&rest, fence) ? never_closed : fence;
			continue;
		}
		if (may_begin(line, &example_field) && take_example(&c))
			return (struct span){ base, base + c.at };
		if (take_numbered(line, &end))
			return (struct span){ base, base + end };
	}
	return NOWHERE;
}

/* Without a line of marks at the end: Markdown's rule between two examples, or the remaining dress of the one
 * at which the reply was stopped. */
static struct view without_rule(struct view text)
{
	text = spacing_trim(text);
	const char *newline = text.len ? memrchr(text.p, '\n', text.len) : NULL;
	struct view before = view_from(text.p, newline ? (size_t)(newline - text.p) : 0);
	struct view last = view_sub(text, before.len, text.len);
	bool is_dress = view_ends(last, "**") || view_ends(last, "__") || view_ends(last, "#");
	bool is_alone = view_ends(view_trim(last), "-") && view_ends(before, "\n");
	return newline && dress_is_rule(last) && (is_dress || is_alone) ? spacing_trim(before) : text;
}

static struct view without_input_head(struct view text)
{
	text = without_rule(text);
	struct cursor c = { .line = view_sub(text, 0, view_find(text, 0, "\n")) };
	return take_field(&c, &input_field) ? spacing_trim(view_sub(text, c.at, text.len)) : text;
}

static void add_example(struct view text, struct instances *out)
{
	struct span head = find_field(text, 0, &output_field);
	struct view input = view_sub(text, 0, head.at), output = view_of("");
	if (head.at != VIEW_NONE) {
		/* A second "Output:" begins another answer to the same input. */
		output = view_sub(text, head.end, find_field(text, head.end, &output_field).at);
		output = view_sub(output, 0, find_field(output, 0, &input_field).at);
	}
	instances_add(out, without_input_head(input), without_rule(output));
}

/* Without "Here is an example:" and a blank line, if no example has a head. */
static struct view without_introduction(struct view reply)
{
	size_t end = view_find(reply, 0, "\n\n");
	struct view first = spacing_trim(view_sub(reply, 0, end));
	bool is_introduction = end != VIEW_NONE && view_ends(first, ":") &&
			       find_field(first, 0, &output_field).at == VIEW_NONE;
	return is_introduction ? spacing_trim(view_sub(reply, end, reply.len)) : reply;
}

void reply_instances(struct view reply, struct instances *out)
{
	reply = dress_unfence(reply);
	struct span at = find_example(reply, 0);
	if (at.at == VIEW_NONE) {
		reply = without_introduction(reply);
		if (find_field(reply, 0, &output_field).at != VIEW_NONE)
			add_example(reply, out);
		return;
	}
	/* The text before the first "Example" is also an instance: "Output: …" at once. */
	struct view before = spacing_trim(view_sub(reply, 0, at.at));
	if (find_field(before, 0, &output_field).at != VIEW_NONE)
		add_example(before, out);
	while (at.at != VIEW_NONE) {
		struct span next = find_example(reply, at.end);
		struct view text = without_rule(view_sub(reply, at.end, next.at));
		if (text.len)
			add_example(text, out);
		at = next;
	}
}

void reply_blocks_release(struct reply_blocks *r)
{
	mem_free(r->list);
	*r = (struct reply_blocks){ 0 };
}

enum { FIELD_INSTRUCTION, FIELD_INPUT, FIELD_OUTPUT, FIELDS };

struct head {
	int field;
	struct view number;
	const char *start, *end; /* of the head in the text */
};

static struct view take_number(struct cursor *c)
{
	size_t start = c->at;
	skip_digits(c);
	return view_sub(c->line, start, c->at);
}

static int take_name(struct cursor *c)
{
	static const char *const names[FIELDS] = { "instruction", "input", "output" };
	int i = 0;
	while (i < FIELDS && !cursor_word(c, names[i]))
		i++;
	return i;
}

/* "4. Input:", as requested: most are like this, and this test takes a tenth of the time. */
static bool read_plain_head(struct view line, struct head *out)
{
	static const char *const names[FIELDS] = { "Instruction:", "Input:", "Output:" };
	size_t at = 0;
	while (at < line.len && ascii_digit(line.p[at]))
		at++;
	if (!at || !view_starts(view_sub(line, at, line.len), ". "))
		return false;
	struct view rest = view_sub(line, at + 2, line.len);
	for (int i = 0; i < FIELDS; i++) {
		if (!view_starts(rest, names[i]))
			continue;
		const char *end = rest.p + strlen(names[i]);
		*out = (struct head){ i, view_sub(line, 0, at), line.p, end };
		return true;
	}
	return false;
}

/* "4. Input:", "**4) Input:**", "### Input 4:" at the start of a line; in lower case only if dressed. */
static bool read_head(struct view line, struct head *out)
{
	struct cursor c = { .line = line };
	char first = first_of(line);
	if (read_plain_head(line, out))
		return true;
	if (ascii_alpha(first) && first != 'i' && first != 'o')
		return false;
	dress_open(&c);
	out->number = take_number(&c);
	if (out->number.len && !cursor_take(&c, '.') && !cursor_take(&c, ')') && !cursor_take(&c, ':'))
		return false;
	(void)dress_close(&c);
	dress_open(&c);
	bool is_small = letter_small(cursor_peek(&c, NULL)) == cursor_peek(&c, NULL);
	out->field = take_name(&c);
	cursor_blanks(&c);
	if (!out->number.len)
		out->number = take_number(&c);
	(void)dress_close(&c);
	cursor_blanks(&c);
	if (out->field == FIELDS || !out->number.len || (is_small && !c.marked) || !cursor_take(&c, ':'))
		return false;
	(void)dress_close(&c);
	out->start = line.p;
	out->end = line.p + c.at;
	return true;
}

/* The heads of a block in order, at most FIELDS + 1 of them; returns the number of all. */
static size_t read_heads(struct view block, bool begun, struct head heads[FIELDS + 1])
{
	struct view rest = block, line;
	size_t count = 0;
	while (count <= FIELDS && view_line(&rest, &line))
		count += read_head(line, &heads[count]);
	if (!begun || count > FIELDS || (count && heads[0].field == FIELD_INSTRUCTION))
		return count;
	memmove(heads + 1, heads, count * sizeof(*heads));
	heads[0] = (struct head){ FIELD_INSTRUCTION, heads[1].number, block.p, block.p };
	return count + 1;
}

static struct view field_text(const struct head *head, const char *end)
{
	return spacing_trim(view_from(head->end, (size_t)(end - head->end)));
}

static struct reply_block read_record(struct view block, bool begun)
{
	struct reply_block r = { .block = block, .malformed = true };
	struct head heads[FIELDS + 1] = { 0 };
	if (read_heads(block, begun, heads) != FIELDS)
		return r;
	for (int i = 0; i < FIELDS; i++) {
		if (heads[i].field != i || !view_eq(heads[i].number, heads[0].number))
			return r;
	}
	r.malformed = false;
	r.instruction = field_text(&heads[0], heads[1].start);
	r.instance.input = field_text(&heads[1], heads[2].start);
	r.instance.output = field_text(&heads[2], block.p + block.len);
	if (view_eqfold(r.instance.input, view_of("<noinput>")))
		r.instance.input = view_of("");
	return r;
}

static bool has_head(struct view block)
{
	struct head heads[FIELDS + 1];
	return read_heads(block, false, heads) > 0;
}

/* True if "###" marks a heading, "### 4. Input:": then the record continues. */
static bool goes_on(struct view rest)
{
	struct view line;
	struct head head;
	return rest.len && rest.p[0] == ' ' && view_line(&rest, &line) && read_head(line, &head) &&
	       head.field != FIELD_INSTRUCTION;
}

/* The end of the record that begins at `from`: "###", or another instruction; *next is the start of the text
 * that follows. */
static size_t end_of_record(struct view v, size_t from, size_t *next)
{
	struct view rest = view_sub(v, from, v.len), line;
	struct head head, first = { .field = FIELDS };
	while (view_line(&rest, &line)) {
		size_t base = (size_t)(line.p - v.p), mark = view_find(line, 0, "###");
		bool is_head = read_head(line, &head);
		if (is_head && head.field == FIELD_INSTRUCTION && first.field != FIELDS &&
		    !view_eq(head.number, first.number))
			return *next = base;
		while (mark != VIEW_NONE && goes_on(view_sub(v, base + mark + 3, v.len)))
			mark = view_find(line, mark + 3, "###");
		if (mark != VIEW_NONE) {
			*next = base + mark + 3;
			return base + mark;
		}
		first = is_head && first.field == FIELDS ? head : first;
	}
	*next = v.len + 1;
	return v.len;
}

void reply_blocks(struct view reply, bool begun, struct reply_blocks *out)
{
	reply = dress_unfence(reply);
	for (size_t at = 0, next; at <= reply.len; at = next) {
		struct view block = spacing_trim(view_sub(reply, at, end_of_record(reply, at, &next)));
		bool first = at == 0;
		if (!block.len || (first && !begun && !has_head(block)))
			continue;
		mem_grow(&out->list, &out->room, out->count + 1);
		out->list[out->count++] = read_record(block, first && begun);
	}
}

void reply_labels(struct view reply, struct instances *out)
{
	reply = dress_unfence(reply);
	for (struct span at = find_field(reply, 0, &label_field), next; at.at != VIEW_NONE; at = next) {
		next = find_field(reply, at.end, &label_field);
		struct view text = without_rule(view_sub(reply, at.end, next.at));
		size_t newline = view_find(text, 0, "\n");
		struct view label = view_sub(text, 0, newline);
		struct view input = newline == VIEW_NONE ? view_of("") : view_sub(text, newline, text.len);
		struct cursor c = { .line = label };
		if (take_field(&c, &input_field)) {
			/* no label at all */
			label = view_of("");
			input = text;
		}
		instances_add(out, without_input_head(input), spacing_trim(label));
	}
}
