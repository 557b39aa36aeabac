/* A document of any bytes: its first says as what it is read and how large its chunks are. Blocks lie
 * in its text and in order, and each chunk is found at its place. */
#include <string.h>

#include "check.h"
#include "base/arena.h"
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
	CHECK(chunks_of(d, size, overlap, &c) == SOW_OK);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct document d;
	struct view text = view_from((const char *)data + 1, size ? size - 1 : 0);
	size_t words = size ? 8 + data[0] / 3 : 8;
	int status = SOW_OK;
	document_init(&d, a);
	if (size && data[0] % 3 == 2) {
		status = document_read_html(&d, text);
		CHECK(status == SOW_OK || status == SOW_INVALID);
	} else if (size) {
		buf_add(&d.text, text.p, text.len);
		CHECK((data[0] % 3 ? document_read_markdown : document_read_plain)(&d) == SOW_OK);
	}
	if (!status) {
		check_blocks(&d);
		check_chunks(&d, words, words % 3);
	}
	document_release(&d);
	arena_free(a);
	return 0;
}
