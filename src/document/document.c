#include "document/document.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"

void document_init(struct document *d, struct arena *a)
{
	*d = (struct document){ .arena = a, .text = BUF_INIT };
}

void document_release(struct document *d)
{
	buf_release(&d->text);
	mem_free(d->blocks);
	d->blocks = NULL;
	d->count = d->room = 0;
}

void document_add(struct document *d, const struct block *b)
{
	struct block block = *b;
	const char *text = d->text.data;
	while (block.start < block.end && ascii_space(text[block.start]))
		block.start++;
	while (block.end > block.start && ascii_space(text[block.end - 1]))
		block.end--;
	if (block.start >= block.end)
		return;
	mem_grow(&d->blocks, &d->room, d->count + 1);
	d->blocks[d->count++] = block;
}

/* The end of the paragraph that begins at `at`: an empty line, a form feed, or the end of the text. */
static size_t paragraph_end(struct view text, size_t at)
{
	bool is_empty = false;
	for (; at < text.len; at++) {
		char c = text.p[at];
		if (c == '\f' || (c == '\n' && is_empty))
			break;
		is_empty = c == '\n' || (is_empty && ascii_space(c));
	}
	return at;
}

int document_read_plain(struct document *d)
{
	struct view text = view_from(d->text.data, d->text.len);
	for (size_t at = 0; at < text.len;) {
		size_t end = paragraph_end(text, at);
		struct block b = { .kind = BLOCK_PARAGRAPH, .start = at, .end = end };
		document_add(d, &b);
		at = end + 1;
	}
	return SOW_OK;
}
