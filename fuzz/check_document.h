/* check_document.h - what holds of every document that was read. */
#ifndef FUZZ_CHECK_DOCUMENT_H
#define FUZZ_CHECK_DOCUMENT_H

#include "check.h"
#include "document/chunk.h"
#include "document/document.h"

static void check_blocks(const struct document *d)
{
	size_t before = 0;
	for (size_t i = 0; i < d->count; i++) {
		const struct block *b = &d->blocks[i];
		CHECK(b->start >= before && b->start < b->end && b->end <= d->text.len);
		CHECK(is_trimmed(view_from(d->text.data + b->start, b->end - b->start)));
		CHECK(b->kind != BLOCK_HEADING || (b->level >= 1 && b->level <= 6));
		before = b->end;
	}
}

static void check_chunks(const struct document *d, size_t size, size_t overlap)
{
	struct view text = view_from(d->text.data, d->text.len);
	struct chunks c = CHUNKS_INIT;
	chunks_of(d, size, overlap, &c);
	CHECK(!d->count == !c.count);
	for (size_t i = 0; i < c.count; i++) {
		const struct chunk *k = &c.list[i];
		CHECK(k->text.len && is_inside(k->text, text) && is_trimmed(k->text));
		CHECK(k->start == utf8_count(text.p, (size_t)(k->text.p - text.p)));
		CHECK(k->end == k->start + utf8_count(k->text.p, k->text.len));
		CHECK(!i || (k->text.p > c.list[i - 1].text.p &&
			     (overlap || k->text.p >= c.list[i - 1].text.p + c.list[i - 1].text.len)));
	}
	chunks_release(&c);
}

#endif
