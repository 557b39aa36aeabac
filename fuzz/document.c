/* A document of any bytes: its first says as what it is read and how large its chunks are. Blocks lie
 * in its text and in order, and each chunk is found at its place. */
#include <string.h>

#include "base/arena.h"
#include "check_document.h"

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
