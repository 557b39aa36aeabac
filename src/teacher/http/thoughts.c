#include "teacher/http/thoughts.h"

#include <string.h>

#include "base/error.h"

/* The tags that models write around their thoughts. `lone`: the closing tag may appear
 * without the opening one. `answer`, if set, comes before the answer, and `end`
 * after it. */
struct row {
	const char *open, *close;
	bool lone;
	const char *answer, *end;
};

#define PAIR(before, after) .open = (before), .close = (after), .lone = true

static const struct row rows[] = {
	{ PAIR("<think>", "</think>") },
	{ PAIR("<thinking>", "</thinking>") },
	{ PAIR("<thought>", "</thought>") },
	{ PAIR("<thoughts>", "</thoughts>") },
	{ PAIR("<reasoning>", "</reasoning>") },
	{ PAIR("<reason>", "</reason>") },
	{ PAIR("<scratchpad>", "</scratchpad>") },
	{ PAIR("<antthinking>", "</antthinking>") },
	{ PAIR("<ant_thinking>", "</ant_thinking>") },
	{ PAIR("<seed:think>", "</seed:think>") },
	{ PAIR("<mm:think>", "</mm:think>") },
	{ PAIR("<longcat_think>", "</longcat_think>") },
	{ PAIR("[THINK]", "[/THINK]") },
	{ .open = "<|begin_of_thought|>", .close = "<|end_of_thought|>",
	  .answer = "<|begin_of_solution|>", .end = "<|end_of_solution|>" },
	{ .open = "<|START_THINKING|>", .close = "<|END_THINKING|>",
	  .answer = "<|START_RESPONSE|>", .end = "<|END_RESPONSE|>" },
	{ PAIR("\xE2\x97\x81think\xE2\x96\xB7", "\xE2\x97\x81/think\xE2\x96\xB7") },
	{ .open = "<unused94>thought", .close = "<unused95>" },
	/* gpt-oss: its channels, and their remains if special tokens are left out */
	{ .open = "<|channel|>analysis<|message|>", .close = "<|end|>",
	  .answer = "<|start|>assistant<|channel|>final<|message|>", .end = "<|return|>" },
	{ .open = "<|start|>assistant<|channel|>analysis<|message|>", .close = "<|end|>",
	  .answer = "<|start|>assistant<|channel|>final<|message|>", .end = "<|return|>" },
	{ .open = "analysis", .close = "assistantfinal" },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

int thoughts_add(struct thoughts *t, const char *tags, struct sow_error *err)
{
	struct view all = view_trim(view_of(tags));
	size_t blank = view_find(all, 0, " ");
	struct view open = view_sub(all, 0, blank);
	struct view close = blank == VIEW_NONE ? view_of("") : view_trim(view_sub(all, blank, all.len));
	if (view_eqstr(all, "none")) {
		t->off = true;
		return SOW_OK;
	}
	if (!open.len || !close.len || view_find(close, 0, " ") != VIEW_NONE)
		return error_set(err, SOW_USAGE, "--think-tags: expected an opening and a closing tag "
				 "such as '<plan> </plan>', or none, not '%s'", tags);
	if (t->count == THOUGHT_TAGS_MAX)
		return error_set(err, SOW_USAGE, "--think-tags: expected %d pairs at most",
				 THOUGHT_TAGS_MAX);
	t->list[t->count++] = (struct thought_tags){ open, close };
	return SOW_OK;
}

static struct view trim_start(struct view v)
{
	while (v.len && ascii_space(*v.p))
		v = view_sub(v, 1, v.len);
	return v;
}

static bool starts(struct view text, struct view with)
{
	return with.len && text.len >= with.len && view_eq(view_sub(text, 0, with.len), with);
}

static size_t find(struct view text, size_t from, struct view what)
{
	const char *hit = from < text.len && what.len
				  ? memmem(text.p + from, text.len - from, what.p, what.len)
				  : NULL;
	return hit ? (size_t)(hit - text.p) : VIEW_NONE;
}

/* Does the line end here? */
static bool at_line_end(struct view text, size_t at)
{
	while (at < text.len && (text.p[at] == ' ' || text.p[at] == '\t' || text.p[at] == '\r'))
		at++;
	return at == text.len || text.p[at] == '\n';
}

/* A closing tag without its opening one ends thoughts if it ends a line, and is not merely
 * mentioned, as it is after a blank, a quote or a backtick. */
static bool ends_thoughts(struct view text, size_t at, size_t len)
{
	char before = at ? text.p[at - 1] : '\n';
	bool stands_free = before == '\n' || ascii_alpha(before) || ascii_digit(before) ||
			   before == '.' || before == '!' || before == '?' || before == ')' ||
			   (unsigned char)before >= 0x80;
	return stands_free && at_line_end(text, at + len);
}

/* Takes one block at the beginning of *text: true, with the thoughts. */
static bool take_block(const struct thought_tags *tags, bool may_lack_open, bool is_cut,
		       struct view *text, struct view *thought)
{
	struct view v = trim_start(*text);
	bool is_open = starts(v, tags->open);
	if (!is_open && !may_lack_open) /* most answers: the search ends here */
		return false;
	size_t from = is_open ? tags->open.len : 0, close = find(v, from, tags->close);
	if (is_open && close == VIEW_NONE) {
		if (!is_cut && !at_line_end(v, from))
			return false;
		close = v.len;
	} else if (!is_open && (close == VIEW_NONE || !ends_thoughts(v, close, tags->close.len) ||
				find(view_sub(v, 0, close), 0, tags->open) != VIEW_NONE)) {
		return false;
	}
	*thought = view_trim(view_sub(v, from, close));
	*text = trim_start(view_sub(v, close + tags->close.len, v.len));
	return true;
}

static bool take_row(const struct row *row, bool may_lack_open, bool is_cut, struct view *text,
		     struct view *thought)
{
	const struct thought_tags tags = { view_of(row->open), view_of(row->close) };
	/* A plain word is a tag only beside the other one. */
	if (ascii_alpha(*row->open) && (!starts(trim_start(*text), tags.open) ||
					find(*text, 0, tags.close) == VIEW_NONE))
		return false;
	if (!take_block(&tags, may_lack_open && row->lone, is_cut, text, thought))
		return false;
	if (row->answer && view_starts(*text, row->answer))
		*text = trim_start(view_sub(*text, strlen(row->answer), text->len));
	struct view trimmed = view_trim(*text);
	if (row->end && view_ends(trimmed, row->end))
		*text = view_sub(trimmed, 0, trimmed.len - strlen(row->end));
	return true;
}

/* Only the first block may lack its opening tag; and most answers hold no closing tag at all. */
static bool take_any(const struct thoughts *t, bool is_first, bool is_cut, struct view *text,
		     struct view *thought)
{
	for (size_t i = 0; t && i < t->count; i++) {
		if (take_block(&t->list[i], is_first, is_cut, text, thought))
			return true;
	}
	bool may_lack_open = is_first && (find(*text, 0, view_of("</")) != VIEW_NONE ||
					  find(*text, 0, view_of("[/")) != VIEW_NONE ||
					  find(*text, 0, view_of("/think")) != VIEW_NONE);
	for (size_t i = 0; i < ROWS; i++) {
		if (take_row(&rows[i], may_lack_open, is_cut, text, thought))
			return true;
	}
	return false;
}

void thoughts_split(const struct thoughts *t, bool is_cut, struct view *text,
		    struct view *reasoning, struct buf *kept)
{
	struct view thought;
	bool is_first = true;
	if (t && t->off)
		return;
	for (; take_any(t, is_first, is_cut, text, &thought); is_first = false) {
		if (is_first) {
			*reasoning = thought;
			continue;
		}
		if (!kept->len)
			buf_add(kept, reasoning->p, reasoning->len);
		buf_addstr(kept, "\n\n");
		buf_add(kept, thought.p, thought.len);
		*reasoning = view_from(kept->data, kept->len);
	}
}
