/* Markdown through md4c, which says what a text is made of, and not where: a block is the lines that
 * its texts are views into. */
#include <stdbool.h>
#include <stdint.h>

#include <md4c.h>

#include "base/error.h"
#include "document/document.h"

struct reading {
	struct document *d;
	struct view text;
	size_t least, most;          /* of the block under way, so far */
	size_t before;               /* the end of the block before */
	struct buf title;
	bool in_heading, fenced;
};

static void begin(struct reading *r)
{
	r->least = r->text.len;
	r->most = 0;
}

static size_t line_start(const struct reading *r, size_t at)
{
	while (at > r->before && r->text.p[at - 1] != '\n')
		at--;
	return at > r->before ? at : r->before;
}

static size_t line_end(const struct reading *r, size_t at)
{
	while (at < r->text.len && r->text.p[at] != '\n')
		at++;
	return at;
}

static bool is_fence(struct view line)
{
	return view_find(line, 0, "```") != VIEW_NONE || view_find(line, 0, "~~~") != VIEW_NONE;
}

/* Takes in the lines above and below code that open and close it. */
static void take_fences(const struct reading *r, struct block *b)
{
	size_t start = b->start > r->before ? line_start(r, b->start - 1) : b->start;
	size_t from = b->end + (b->end < r->text.len), end = line_end(r, from);
	if (is_fence(view_sub(r->text, start, b->start)))
		b->start = start;
	if (is_fence(view_sub(r->text, from, end)))
		b->end = end;
}

/* The block is whole lines, but for what the one before it took. */
static void add_block(struct reading *r, enum block_kind kind, int level)
{
	if (r->least >= r->most)
		return;
	size_t last = r->most - (r->text.p[r->most - 1] == '\n');
	struct block b = { .kind = kind, .level = level, .start = line_start(r, r->least),
			   .end = line_end(r, last) };
	if (r->fenced)
		take_fences(r, &b);
	if (kind == BLOCK_HEADING) {
		struct view title = view_trim(view_from(r->title.data, r->title.len));
		const char *copy = arena_copyview(r->d->arena, title);
		b.title = view_from(copy, title.len);
	}
	document_add(r->d, &b);
	r->before = b.end > r->before ? b.end : r->before;
}

static bool is_leaf(MD_BLOCKTYPE type)
{
	return type == MD_BLOCK_P || type == MD_BLOCK_H || type == MD_BLOCK_CODE ||
	       type == MD_BLOCK_HTML || type == MD_BLOCK_TABLE;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *data)
{
	struct reading *r = data;
	(void)detail;
	/* the text of a tight item is in no paragraph */
	if (is_leaf(type) || type == MD_BLOCK_LI || type == MD_BLOCK_UL || type == MD_BLOCK_OL) {
		add_block(r, BLOCK_PARAGRAPH, 0);
		begin(r);
	}
	if (type == MD_BLOCK_H) {
		buf_clear(&r->title);
		r->in_heading = true;
	}
	return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *data)
{
	struct reading *r = data;
	r->fenced = type == MD_BLOCK_CODE && ((const MD_BLOCK_CODE_DETAIL *)detail)->fence_char;
	if (type == MD_BLOCK_H)
		add_block(r, BLOCK_HEADING, (int)((const MD_BLOCK_H_DETAIL *)detail)->level);
	else if (type == MD_BLOCK_CODE || type == MD_BLOCK_TABLE)
		add_block(r, BLOCK_WHOLE, 0);
	else if (is_leaf(type) || type == MD_BLOCK_LI)
		add_block(r, BLOCK_PARAGRAPH, 0);
	else
		return 0;
	r->in_heading = r->fenced = false;
	begin(r);
	return 0;
}

static int do_nothing(MD_SPANTYPE type, void *detail, void *data)
{
	(void)type;
	(void)detail;
	(void)data;
	return 0;
}

/* Blanks and newlines that md4c adds stand in texts of its own. */
static int take_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *data)
{
	struct reading *r = data;
	bool is_inside = (uintptr_t)text >= (uintptr_t)r->text.p &&
			 (uintptr_t)text + size <= (uintptr_t)r->text.p + r->text.len;
	if (r->in_heading && (type == MD_TEXT_SOFTBR || type == MD_TEXT_BR))
		buf_addch(&r->title, ' ');
	else if (r->in_heading)
		buf_add(&r->title, text, size);
	if (!is_inside || !size)
		return 0;
	size_t at = (size_t)(text - r->text.p);
	r->least = at < r->least ? at : r->least;
	r->most = at + size > r->most ? at + size : r->most;
	return 0;
}

/* Where the document begins, behind a block of settings between two lines of "---". */
static size_t front_matter(struct view text)
{
	struct view rest = text, line;
	if (!view_line(&rest, &line) || !view_eqstr(view_trim_back(line), "---"))
		return 0;
	while (view_line(&rest, &line)) {
		if (view_eqstr(view_trim_back(line), "---"))
			return text.len - rest.len;
	}
	return 0;
}

int document_read_markdown(struct document *d)
{
	static const MD_PARSER parser = {
		.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH,
		.enter_block = enter_block,
		.leave_block = leave_block,
		.enter_span = do_nothing,
		.leave_span = do_nothing,
		.text = take_text,
	};
	struct reading r = { .d = d, .text = view_from(d->text.data, d->text.len), .title = BUF_INIT };
	r.before = front_matter(r.text);
	begin(&r);
	int status = md_parse(r.text.p + r.before, (MD_SIZE)(r.text.len - r.before), &parser, &r);
	buf_release(&r.title);
	return status ? SOW_NOMEM : SOW_OK; /* md4c's own */
}
