/* An archive of any bytes, as a DOCX or an EPUB, which its first byte says. What is read is a document as
 * any other; what is not has one line that says why. */
#include "base/arena.h"
#include "check_document.h"
#include "io/archive.h"

static int read_archive(struct document *d, struct view bytes, bool is_book, struct sow_error *err)
{
	struct archive *a = archive_of(bytes, err);
	if (!a)
		return err->status;
	int status = (is_book ? document_read_epub : document_read_docx)(d, a, err);
	archive_close(a);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct document d;
	struct sow_error err = { 0 };
	if (!size) {
		arena_free(a);
		return 0;
	}
	document_init(&d, a);
	d.text.cap = (size_t)4 << 20;
	int status = read_archive(&d, view_from((const char *)data + 1, size - 1), data[0] % 2, &err);
	if (status) {
		CHECK(status == SOW_INVALID || status == SOW_TOOBIG || status == SOW_IO);
		CHECK(status == SOW_TOOBIG || is_message(&err));
	} else {
		check_blocks(&d);
		size_t words = 8 + data[0] / 3;
		check_chunks(&d, words, words % 3);
	}
	document_release(&d);
	arena_free(a);
	return 0;
}
