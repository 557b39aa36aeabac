#include "method/list.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "method/dress.h"
#include "method/list_head.h"
#include "text/spacing.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

typedef bool head_reader(struct view line, struct list_head *out);

/* A list within an item. */
struct inner {
	bool is_open;
	uint32_t form;
	size_t indent;
	int64_t number;
};

struct lister {
	const char *first;       /* the first item's text, if the prompt begins it */
	struct arena *arena;
	struct views *out;
	head_reader *read_head;
	const char *start;       /* the open item's text; NULL: none is open */
	size_t emphasis;         /* that closes after it */
	bool has_form;           /* a head was seen, or is in the prompt */
	uint32_t form;           /* of the list's first head */
	size_t indent;           /* of its least indented one */
	int64_t number;          /* of the last head; -1: unknown */
	struct inner inner;
	bool is_fenced;          /* the list is between fences */
	size_t never_closed;     /* marks of a fence for which no end was found */
	int64_t next_word;       /* number of the next head with a word; -1: none */
	bool knows_next_word;
	bool has_paragraphs;     /* some item before the last has a blank line in it */
};

void views_release(struct views *v)
{
	mem_free(v->list);
	*v = (struct views){ 0 };
}

void views_add(struct views *v, struct view text)
{
	mem_grow(&v->list, &v->room, v->count + 1);
	v->list[v->count++] = text;
}

/* Beginnings of farewells, in lower case. */
static const char *const farewells[] = {
	"let me know", "feel free", "i hope", "hope this", "hope these", "hope that", "would you like",
	"if you need", "if you'd like", "if you would like", "if you want", "please let me know",
	"is there anything", "do you want", "these tasks", "these instructions", "happy to",
	"lass mich wissen", "lassen sie mich", "ich hoffe", "wenn du", "wenn sie", "falls du", "falls sie",
	"n'hésitez pas", "n'hésite pas", "j'espère", "si vous", "dites-moi", "espero que", "si necesitas",
	"si deseas", "avísame", "háganme saber", "se precisar", "me avise", "fammi sapere", "spero che",
	"se hai bisogno", "laat me weten", "ik hoop", "daj znać", "mam nadzieję", "дайте знать",
	"надеюсь", "если вам", "если нужно", "umarım", "beri tahu", "semoga",
};
static const char *const farewells_of_han[] = { "希望", "如果您", "如果你", "如需", "请告诉我", "何か",
						"ご不明", "ほかに", "他に", "더 필요", "도움이" };

static bool is_farewell(struct view text)
{
	for (size_t i = 0; i < COUNT(farewells); i++) {
		if (dress_begins(text, farewells[i]))
			return true;
	}
	for (size_t i = 0; i < COUNT(farewells_of_han); i++) {
		if (view_starts(text, farewells_of_han[i]))
			return true;
	}
	return false;
}

/* Offset of the text after the first blank line at or after `from`; VIEW_NONE if there is none. */
static size_t next_paragraph(struct view text, size_t from)
{
	struct view rest = view_sub(text, from, text.len), line;
	bool blank = false;
	while (view_line(&rest, &line)) {
		bool is_blank = !spacing_trim(line).len;
		if (blank && !is_blank)
			return (size_t)(line.p - text.p);
		blank |= is_blank;
	}
	return VIEW_NONE;
}

/* True for an indented paragraph, a bullet, a fence or a quotation: it belongs to the text before. */
static bool is_content(struct view paragraph)
{
	return ascii_space(paragraph.p[0]) || strchr("-*+>`~|\"'", paragraph.p[0]) ||
	       ascii_digit(paragraph.p[0]);
}

/* The last item without the teacher's remark after the list. Where other items have paragraphs, or there is
 * no other item, only a farewell is recognized as such a remark. */
static struct view without_farewell(struct view text, bool by_words)
{
	size_t at = 0, fence;
	while ((fence = view_find(text, at, "```")) != VIEW_NONE)
		at = fence + 3;
	while ((at = next_paragraph(text, at)) != VIEW_NONE) {
		struct view rest = view_sub(text, at, text.len);
		if (is_farewell(rest) || (!by_words && !is_content(rest)))
			return spacing_trim(view_sub(text, 0, at));
	}
	return text;
}

/* Without lines of marks at the end ("---", the "**" of a head at which the reply was stopped), and without
 * the heading of a following part. */
static struct view without_rules(struct view text)
{
	for (;;) {
		const char *newline = text.len ? memrchr(text.p, '\n', text.len) : NULL;
		struct view before = view_from(text.p, newline ? (size_t)(newline - text.p) : 0);
		struct view last = view_sub(text, before.len, text.len);
		bool is_heading = newline && view_ends(before, "\n") &&
				  view_starts(spacing_trim(last), "#");
		if (!last.len || !(dress_is_rule(last) || is_heading))
			return text;
		text = spacing_trim(before);
	}
}

static struct view without_quotes(struct view text)
{
	static const char *const pairs[][2] = {
		{ "\"", "\"" }, { "'", "'" }, { "`", "`" },
		{ "\xE2\x80\x9C", "\xE2\x80\x9D" }, /* “” */
		{ "\xE2\x80\x98", "\xE2\x80\x99" }, /* ‘’ */
		{ "\xC2\xAB", "\xC2\xBB" },         /* «» */
		{ "\xE3\x80\x8C", "\xE3\x80\x8D" }, /* 「」 */
	};
	for (size_t i = 0; i < COUNT(pairs); i++) {
		size_t open = strlen(pairs[i][0]), close = strlen(pairs[i][1]);
		if (text.len < open + close || !view_starts(text, pairs[i][0]) ||
		    !view_ends(text, pairs[i][1]))
			continue;
		struct view inside = view_sub(text, open, text.len - close);
		if (view_find(inside, 0, pairs[i][0]) == VIEW_NONE &&
		    view_find(inside, 0, pairs[i][1]) == VIEW_NONE)
			return spacing_trim(inside);
	}
	return text;
}

/* Removes `len` bytes at `at` from *text. */
static void cut(struct arena *a, size_t at, size_t len, struct view *text)
{
	char *copy = arena_array(a, text->len - len + 1, 1);
	memcpy(copy, text->p, at);
	memcpy(copy + at, text->p + at + len, text->len - at - len);
	*text = spacing_trim(view_from(copy, text->len - len));
}

/* Where the emphasis of `mark` closes: after a word, never before one ("**a and **b"). */
static size_t find_close(struct view text, size_t from, const char *mark)
{
	for (size_t at = from; (at = view_find(text, at, mark)) != VIEW_NONE; at++) {
		if (at && !ascii_space(text.p[at - 1]))
			return at;
	}
	return VIEW_NONE;
}

/* Removes both ends of the emphasis with which the item begins; for one that began in its head (`open` marks)
 * the other end. "_" and a single "*" count only around the whole: "__init__" may be a word. */
static void without_emphasis(struct arena *a, size_t open, struct view *text)
{
	static const char *const marks[] = { "***", "**", "___", "__", "*", "_" };
	for (size_t i = 0; i < COUNT(marks); i++) {
		size_t run = strlen(marks[i]);
		bool is_begun = open ? open >= run : view_starts(*text, marks[i]);
		size_t close = is_begun ? find_close(*text, open ? 0 : run, marks[i]) : VIEW_NONE;
		bool is_whole = close != VIEW_NONE && close + run == text->len;
		if (close == VIEW_NONE || (!open && ascii_space(text->p[run])) ||
		    ((run == 1 || marks[i][0] == '_') && !is_whole))
			continue;
		size_t start = open ? 0 : run;
		*text = view_sub(*text, start, text->len);
		close -= start;
		if (is_whole)
			*text = spacing_trim(view_sub(*text, 0, close));
		else
			cut(a, close, run, text);
		return;
	}
}

static void add_item(struct lister *l, const char *end, bool is_last)
{
	struct view text = spacing_trim(view_from(l->start, (size_t)(end - l->start)));
	text = without_rules(text);
	if (is_last)
		text = without_rules(without_farewell(text, l->has_paragraphs || !l->out->count));
	l->has_paragraphs |= next_paragraph(text, 0) != VIEW_NONE;
	text = dress_unfence(text);
	text = spacing_trim(view_sub(text, list_head_label(text, &l->emphasis), text.len));
	without_emphasis(l->arena, l->emphasis, &text);
	l->start = NULL;
	views_add(l->out, without_quotes(text));
}

static bool ends_with_colon(const struct lister *l, const char *end)
{
	return l->start && view_ends(spacing_trim(view_from(l->start, (size_t)(end - l->start))), ":");
}

/* True if the prompt begins the item, and only white space came so far. */
static bool is_bare(const struct lister *l, const char *upto)
{
	return l->start && l->start == l->first &&
	       !spacing_trim(view_from(l->start, (size_t)(upto - l->start))).len;
}

/* True if a number between "Task 9" and "Task 10" belongs to a list within the item. */
static bool is_passed_over(struct lister *l, const struct list_head *h, struct view rest)
{
	struct list_head next;
	struct view line;
	if (l->form < LIST_HEAD_WORDS || l->form >= LIST_HEAD_BULLETS || h->kind == HEAD_WORD)
		return false;
	for (; !l->knows_next_word && view_line(&rest, &line);) {
		if (!list_head_read(line, &next) || next.kind != HEAD_WORD || next.form != l->form)
			continue;
		l->next_word = next.number;
		l->knows_next_word = true;
	}
	l->knows_next_word = true;
	return l->number < 0 ? h->number == 1 && l->next_word > 1 : l->next_word == l->number + 1;
}

/* True if the head begins an item. If not, it may open a list within the item. */
static bool begins_item(struct lister *l, const struct list_head *h, const char *line,
			struct view rest)
{
	struct inner *in = &l->inner;
	bool is_next = l->number >= 0 ? h->number == l->number + 1 : h->number > 1;
	bool is_strict = h->kind == HEAD_DOT || (h->kind == HEAD_WORD && h->is_task);
	if (!l->has_form || !l->start)
		return true;
	if (in->is_open && h->form == in->form && h->indent >= in->indent &&
	    (h->number == in->number + 1 || !is_next)) {
		in->number = h->number;
		return false;
	}
	bool fits = is_strict || h->form == l->form || is_next;
	bool is_inside = h->kind != HEAD_WORD && h->indent > l->indent && !is_next;
	bool is_announced = h->kind != HEAD_WORD && h->number == 1 && ends_with_colon(l, line);
	if (fits && !is_inside && !is_announced && (is_next || !is_passed_over(l, h, rest)))
		return true;
	if (!in->is_open || h->indent <= in->indent)
		*in = (struct inner){ true, h->form, h->indent, h->number };
	return false;
}

static void take_head(struct lister *l, const struct list_head *h, struct view line)
{
	/* a reply that continues after "Task 9:" may repeat that at its start */
	if (l->start && !is_bare(l, line.p))
		add_item(l, line.p, false);
	l->start = line.p + h->end;
	l->emphasis = h->emphasis;
	l->indent = l->has_form && l->indent < h->indent ? l->indent : h->indent;
	l->form = l->has_form ? l->form : h->form;
	l->has_form = true;
	l->number = h->number;
	l->inner.is_open = false;
	/* else the one found is still ahead, or there is none */
	if (h->form == l->form) {
		l->knows_next_word = false;
		l->next_word = -1;
	}
}

/* A fence within an item hides the text inside; one before the list, or after its last item, is around the
 * list. */
static void take_fence(struct lister *l, size_t fence, struct view line, struct view *rest)
{
	bool is_end = fence == spacing_trim(line).len;
	if (!l->start) {
		l->is_fenced = !l->is_fenced;
	} else if (is_bare(l, line.p)) {
		l->is_fenced = true;
		l->start = l->first = rest->p;
	} else if (l->is_fenced && is_end) {
		l->is_fenced = false;
		add_item(l, line.p, false);
	} else if (fence < l->never_closed && !dress_skip_code(rest, fence)) {
		l->never_closed = fence;
	}
}

/* "Name a river. Task 10: Name a lake.": where the next task begins after the end of a sentence. *head is
 * again the line's own head. */
static bool find_within(const struct lister *l, struct view line, struct list_head *head, size_t *at)
{
	char next[24];
	snprintf(next, sizeof(next), "%lld:", (long long)l->number + 1);
	size_t number = view_find(line, 0, next);
	if (number == VIEW_NONE)
		return false;
	size_t start = number;
	while (start && line.p[start - 1] == ' ')
		start--;
	while (start && line.p[start - 1] != ' ')
		start--;
	struct view before = spacing_trim(view_sub(line, 0, start));
	bool is_behind = view_ends(before, ".") || view_ends(before, "?") || view_ends(before, "!");
	*at = start;
	return is_behind && list_head_read(view_sub(line, start, line.len), head) &&
	       head->kind == HEAD_WORD && head->is_task && head->number == l->number + 1;
}

static void take_within(struct lister *l, struct view line)
{
	struct list_head head;
	size_t at;
	while (l->start && l->number >= 0 && l->form == LIST_HEAD_WORDS && find_within(l, line, &head, &at)) {
		line = view_sub(line, at, line.len);
		take_head(l, &head, line);
	}
}

static void take_line(struct lister *l, struct view line, struct view *rest)
{
	struct list_head head;
	size_t fence = dress_fence(line);
	if (fence) {
		take_fence(l, fence, line, rest);
		return;
	}
	if (l->read_head(line, &head) && begins_item(l, &head, line.p, *rest))
		take_head(l, &head, line);
	take_within(l, line);
}

static void read_with(head_reader *read_head, struct view reply, bool begun, struct arena *a,
		      struct views *out)
{
	struct lister l = { .arena = a, .out = out, .read_head = read_head,
			    .start = begun ? reply.p : NULL, .first = begun ? reply.p : NULL,
			    .has_form = begun, .form = LIST_HEAD_WORDS,
			    .number = -1, .next_word = -1, .never_closed = SIZE_MAX };
	struct view rest = reply, line;
	while (view_line(&rest, &line))
		take_line(&l, line, &rest);
	if (l.start)
		add_item(&l, reply.p + reply.len, true);
}

void list_read(struct view reply, bool begun, struct arena *a, struct views *out)
{
	read_with(list_head_read, reply, begun, a, out);
	if (out->count || begun)
		return;
	read_with(list_head_bullet, reply, false, a, out);
	out->count = out->count > 1 ? out->count : 0;
}
