/* check.h - what must hold in a fuzz target: says where it does not, and aborts. */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/view.h"
#include "sow/sow.h"

#define CHECK(holds) \
	((holds) ? (void)0 \
		 : (fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds), abort()))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline bool is_inside(struct view part, struct view whole)
{
	return part.p >= whole.p && part.p + part.len <= whole.p + whole.len;
}

static inline bool is_trimmed(struct view v)
{
	return view_eq(view_trim(v), v);
}

/* A message for a person: one line of UTF-8 that says something. */
static inline bool is_message(const struct sow_error *err)
{
	struct view text = view_of(err->text);
	return err->status < 0 && text.len && text.len < SOW_ERROR_MAX &&
	       utf8_valid(text.p, text.len, NULL) && view_find(text, 0, "\n") == VIEW_NONE;
}

#endif
