#include "method/reply.h"

#include <string.h>

#include "base/mem.h"

void views_release(struct views *v)
{
	mem_free(v->list);
	*v = (struct views){ 0 };
}

void instances_release(struct instances *i)
{
	mem_free(i->list);
	*i = (struct instances){ 0 };
}

static int add_view(struct views *v, struct view text)
{
	if (mem_grow(&v->list, &v->room, v->count + 1))
		return SOW_NOMEM;
	v->list[v->count++] = view_trim(text);
	return SOW_OK;
}

static int add_instance(struct instances *v, struct view input, struct view output)
{
	if (mem_grow(&v->list, &v->room, v->count + 1))
		return SOW_NOMEM;
	v->list[v->count++] = (struct instance){ view_trim(input), view_trim(output) };
	return SOW_OK;
}

static size_t skip_blanks(struct view v, size_t at)
{
	while (at < v.len && (v.p[at] == ' ' || v.p[at] == '\t'))
		at++;
	return at;
}

static size_t skip_digits(struct view v, size_t at)
{
	while (at < v.len && ascii_digit(v.p[at]))
		at++;
	return at;
}

static bool word_at(struct view v, size_t at, const char *word)
{
	return view_starts(view_sub(v, at, v.len), word);
}

/* Length of the "Task 9:" or "9." that begins `line`, 0 if there is none. */
static size_t number_mark(struct view line)
{
	size_t at = skip_blanks(line, 0);
	bool task = word_at(line, at, "Task");
	if (task)
		at = skip_blanks(line, at + 4);
	size_t end = skip_digits(line, at);
	if (end == at || end - at > 4)
		return 0;
	end = skip_blanks(line, end);
	if (end == line.len || (line.p[end] != '.' && !(task && line.p[end] == ':')))
		return 0;
	end++;
	/* "9.5 litres" is no item. */
	return end == line.len || ascii_space(line.p[end]) || task ? end : 0;
}

int reply_list(struct view reply, bool begun, struct views *out)
{
	struct view rest = reply, line;
	const char *start = begun ? reply.p : NULL;
	while (view_line(&rest, &line)) {
		size_t mark = number_mark(line);
		if (!mark)
			continue;
		struct view item = view_from(start, start ? (size_t)(line.p - start) : 0);
		/* "Task 9:" may come again at the very start of what goes on after "Task 9:". */
		bool repeated = start == reply.p && !view_trim(item).len;
		if (start && !repeated && add_view(out, item))
			return SOW_NOMEM;
		start = line.p + mark;
	}
	if (!start)
		return SOW_OK;
	return add_view(out, view_from(start, (size_t)(reply.p + reply.len - start)));
}

bool reply_yes(struct view reply)
{
	reply = view_trim(reply);
	struct view word = view_sub(reply, 0, 3);
	if (!view_eqfold(word, view_of("yes")))
		return false;
	return reply.len == 3 || !ascii_alpha(reply.p[3]);
}

/* Finds NAME, white space, digits, white space, then `mark` (0: none, digits and a full
 * stop as they may come) at or after `from`: where it starts, *end behind it. */
static size_t find_head(struct view v, size_t from, const char *name, char mark, size_t *end)
{
	for (size_t at = from;; at++) {
		at = view_find(v, at, name);
		if (at == VIEW_NONE)
			return VIEW_NONE;
		size_t to = skip_blanks(v, at + strlen(name));
		to = skip_blanks(v, skip_digits(v, to));
		if (mark && (to == v.len || v.p[to] != mark))
			continue;
		*end = mark ? to + 1 : to;
		return at;
	}
}

/* "Example 3", with a "." or ":" behind it or nothing. It must have a number and begin its
 * line, since an output may well speak of an example; the released code asks for neither. */
static size_t find_example(struct view v, size_t from, bool released, size_t *end)
{
	for (size_t at = from;; at++) {
		at = view_find(v, at, "Example");
		if (at == VIEW_NONE)
			return VIEW_NONE;
		bool line_start = at == 0 || v.p[at - 1] == '\n';
		size_t digits = skip_blanks(v, at + strlen("Example"));
		size_t to = skip_digits(v, digits);
		bool marked = to < v.len && (v.p[to] == '.' || (v.p[to] == ':' && !released));
		bool ends = to == v.len || marked || ascii_space(v.p[to]);
		if (!released && (!line_start || to == digits || !ends))
			continue;
		to += marked;
		*end = to;
		return at;
	}
}

static struct view without_input_head(struct view text)
{
	size_t end;
	text = view_trim(text);
	if (find_head(text, 0, "Input", ':', &end) == 0)
		text = view_trim(view_sub(text, end, text.len));
	return text;
}

static int add_example(struct view text, bool released, struct instances *out)
{
	size_t end, next;
	size_t head = find_head(text, 0, "Output", ':', &end);
	struct view input = view_of(""), output = text;
	if (head != VIEW_NONE) {
		input = view_sub(text, 0, head);
		/* A second "Output:" begins another answer to the same input. */
		head = find_head(text, end, "Output", ':', &next);
		output = view_sub(text, end, head == VIEW_NONE ? text.len : head);
	} else if (!released) {
		input = text;
		output = view_of("");
	}
	head = find_head(output, 0, "Input", ':', &next);
	if (head != VIEW_NONE)
		output = view_sub(output, 0, head);
	return add_instance(out, without_input_head(input), output);
}

int reply_instances(struct view reply, bool released, struct instances *out)
{
	size_t end, next;
	size_t at = find_example(reply, 0, released, &end);
	if (at == VIEW_NONE) {
		if (find_head(reply, 0, "Output", ':', &end) == VIEW_NONE)
			return SOW_OK;
		return add_example(reply, released, out);
	}
	/* What stands before the first "Example" is an instance too: "Output: …" at once. */
	struct view before = view_trim(view_sub(reply, 0, at));
	if (before.len && add_example(before, released, out))
		return SOW_NOMEM;
	for (; at != VIEW_NONE; at = next) {
		size_t next_end = 0;
		next = find_example(reply, end, released, &next_end);
		struct view text = view_sub(reply, end, next == VIEW_NONE ? reply.len : next);
		text = view_trim(text);
		if (text.len && add_example(text, released, out))
			return SOW_NOMEM;
		end = next_end;
	}
	return SOW_OK;
}

/* -- whole records ------------------------------------------------------------------------ */

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

/* "4. Input:" at the start of a line. */
static bool read_head(struct view line, struct head *out)
{
	static const char *const names[FIELDS] = { "Instruction:", "Input:", "Output:" };
	size_t from = skip_blanks(line, 0), to = skip_digits(line, from);
	size_t at = skip_blanks(line, to + 1);
	if (to == from || to >= line.len || line.p[to] != '.')
		return false;
	for (int i = 0; i < FIELDS; i++) {
		if (!word_at(line, at, names[i]))
			continue;
		*out = (struct head){ i, view_sub(line, from, to), line.p, line.p + at + strlen(names[i]) };
		return true;
	}
	return false;
}

/* Heads of a block in order; the count, of which at most FIELDS + 1 are told. */
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
	return view_trim(view_from(head->end, (size_t)(end - head->end)));
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

int reply_blocks(struct view reply, bool begun, struct reply_blocks *out)
{
	for (size_t at = 0, next; at <= reply.len; at = next) {
		size_t mark = view_find(reply, at, "###");
		next = mark == VIEW_NONE ? reply.len + 1 : mark + 3;
		struct view block = view_trim(view_sub(reply, at, mark));
		bool first = at == 0;
		if (!block.len || (first && !begun && !has_head(block)))
			continue;
		if (mem_grow(&out->list, &out->room, out->count + 1))
			return SOW_NOMEM;
		out->list[out->count++] = read_record(block, first && begun);
	}
	return SOW_OK;
}

int reply_labels(struct view reply, struct instances *out)
{
	static const char head[] = "Class label:";
	size_t at = view_find(reply, 0, head);
	while (at != VIEW_NONE) {
		size_t from = at + strlen(head);
		at = view_find(reply, from, head);
		struct view text = view_trim(view_sub(reply, from, at == VIEW_NONE ? reply.len : at));
		struct view label = text, input = view_of("");
		size_t newline = view_find(text, 0, "\n"), end;
		if (find_head(text, 0, "Input", ':', &end) == 0) {
			/* no label at all */
			label = view_of("");
			input = text;
		} else if (newline != VIEW_NONE) {
			label = view_sub(text, 0, newline);
			input = view_sub(text, newline + 1, text.len);
		}
		if (add_instance(out, without_input_head(input), label))
			return SOW_NOMEM;
	}
	return SOW_OK;
}
