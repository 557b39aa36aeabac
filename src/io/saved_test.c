#include "io/saved_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/draw.h"

char folder[] = "/tmp/sow-infile-XXXXXX";
char path[64];

int saved_set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

int saved_tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

void save(const char *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* `text` as one member or frame, added to `out`. */
void pack(enum compression kind, const char *text, size_t len, struct buf *out)
{
	struct packer *p = packer_new(kind);
	size_t room = len + 1024;
	char *packed = malloc(room);
	struct pump io = { text, len, packed, room };
	assert_non_null(p);
	assert_int_equal(packer_run(p, &io, true), 1);
	buf_add(out, packed, room - io.out_len);
	packer_free(p);
	free(packed);
}

/* Random lines around the borders of blocks, plain and packed, with every mix of members. */
void make_lines(uint64_t unit, struct buf *text, struct buf *expected)
{
	static const size_t around[] = { 0, 1, 65535, 65536, 65537, 131071, 131072, 200000 };
	struct draw d = draw_start(1, 0, unit);
	for (int i = 0; i < 40; i++) {
		size_t len = i % 2 ? draw_below(&d, 70) : around[draw_below(&d, 8)];
		len += draw_below(&d, 2) ? draw_below(&d, 3) : 0;
		for (size_t j = 0; j < len; j++) {
			buf_addch(text, (char)('a' + (i + (int)j) % 26));
			buf_addch(expected, (char)('a' + (i + (int)j) % 26));
		}
		buf_addstr(text, draw_below(&d, 2) ? "\r\n" : "\n");
		buf_addch(expected, '|');
	}
	assert_false(buf_failed(text) || buf_failed(expected));
}

void pack_in_pieces(enum compression kind, uint64_t unit, const struct buf *text,
		    struct buf *out)
{
	struct draw d = draw_start(2, 0, unit);
	for (size_t at = 0; at < text->len;) {
		size_t len = draw_below(&d, 300000);
		if (len > text->len - at)
			len = text->len - at;
		pack(kind, text->data + at, len, out); /* an empty one now and then */
		at += len;
	}
}
