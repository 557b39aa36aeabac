/* saved_test.h - a file for a test to read: saved as it is, or packed in one piece or several. */
#ifndef IO_SAVED_TEST_H
#define IO_SAVED_TEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/compress.h"

/* The file of the test at hand, in a folder that these make and remove. */
extern char folder[], path[64];
int saved_set_up(void **state);
int saved_tear_down(void **state);

void save(const char *bytes, size_t len);
/* `text` as one member or frame, added to `out`. */
void pack(enum compression kind, const char *text, size_t len, struct buf *out);
/* Random lines around the borders of blocks; `expected` has a | behind each. */
void make_lines(uint64_t unit, struct buf *text, struct buf *expected);
/* Several members, of random sizes. */
void pack_in_pieces(enum compression kind, uint64_t unit, const struct buf *text,
		    struct buf *out);

#endif
