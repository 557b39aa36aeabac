#include "document/flow.h"

#include <string.h>


#define ITEM_MARK "- "

void flow_text(struct flow *f, const char *text)
{
	struct buf *out = &f->d->text;
	for (const char *c = text; *c; c++) {
		if (f->codes) {
			buf_addch(out, *c);
			continue;
		}
		if (ascii_space(*c)) {
			f->needs_blank = true;
			continue;
		}
		bool is_after_blank = out->len == f->start || ascii_space(out->data[out->len - 1]);
		if (f->needs_blank && !is_after_blank)
			buf_addch(out, ' ');
		f->needs_blank = false;
		buf_addch(out, *c);
	}
}

/* True if there is nothing of an item yet but its mark. */
static bool is_bare_item(const struct flow *f)
{
	return f->is_item && f->d->text.len == f->start + strlen(ITEM_MARK);
}

void flow_end(struct flow *f, enum block_kind kind, int level, const char *between)
{
	struct document *d = f->d;
	struct block b = { .kind = kind, .level = level, .start = f->start, .end = d->text.len };
	struct view text = view_trim(view_from(d->text.data + b.start, b.end - b.start));
	f->needs_blank = false;
	if (buf_failed(&d->text))
		return;
	bool is_bare = is_bare_item(f);
	f->is_item = false;
	if (!text.len || is_bare) {
		buf_cut(&d->text, b.start);
		return;
	}
	if (kind == BLOCK_HEADING) {
		const char *copy = arena_copyview(d->arena, text);
		b.title = view_from(copy, text.len);
	}
	document_add(d, &b);
	buf_cut(&d->text, (size_t)(text.p + text.len - d->text.data));
	buf_addstr(&d->text, between);
	f->start = d->text.len;
}

/* Ends the block before one of that kind. Items follow each other line by line; behind the last is an
 * empty one. */
static void end_before(struct flow *f, enum flow_part part)
{
	struct buf *out = &f->d->text;
	flow_end(f, BLOCK_PARAGRAPH, 0, "\n\n");
	bool is_behind_item = out->len > 1 && out->data[out->len - 1] == '\n' && out->data[out->len - 2] != '\n';
	if (part != FLOW_ITEM && is_behind_item && f->start == out->len) {
		buf_addch(out, '\n');
		f->start = out->len;
	}
}

void flow_enter(struct flow *f, enum flow_part part)
{
	struct buf *out = &f->d->text;
	bool is_table = f->tables > 0;
	if (part == FLOW_CODE || part == FLOW_TABLE) {
		if (!is_table && !f->codes)
			end_before(f, part);
		f->codes += part == FLOW_CODE;
		f->tables += part == FLOW_TABLE;
	} else if (part == FLOW_CELL && is_table) {
		if (out->len > f->start && out->data[out->len - 1] != '\n')
			buf_addstr(out, " | ");
		f->needs_blank = false;
	} else if (is_table || f->codes) {
		f->needs_blank = true;
	} else if (part != FLOW_BREAK && !is_bare_item(f)) {
		/* the first paragraph of an item goes on behind its mark */
		end_before(f, part);
		f->is_item = part == FLOW_ITEM;
		buf_addstr(out, f->is_item ? ITEM_MARK : "");
	}
}

void flow_leave(struct flow *f, enum flow_part part, int level)
{
	struct buf *out = &f->d->text;
	f->codes -= part == FLOW_CODE;
	f->tables -= part == FLOW_TABLE;
	bool is_inside = f->tables || f->codes;
	if ((part == FLOW_ROW && f->tables) || (part == FLOW_BREAK && !f->tables)) {
		if (out->len > f->start && (out->data[out->len - 1] != '\n' || f->codes))
			buf_addch(out, '\n');
		f->needs_blank = false;
	} else if (is_inside) {
		f->needs_blank = true;
	} else if (part == FLOW_HEADING) {
		flow_end(f, BLOCK_HEADING, level, "\n\n");
	} else {
		flow_end(f, part == FLOW_CODE || part == FLOW_TABLE ? BLOCK_WHOLE : BLOCK_PARAGRAPH, 0,
			  part == FLOW_ITEM ? "\n" : "\n\n");
	}
}

int flow_finish(struct flow *f)
{
	flow_end(f, BLOCK_PARAGRAPH, 0, "\n\n");
	return f->d->text.status;
}
