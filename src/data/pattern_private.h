/* pattern_private.h - a pattern after reading: pattern_read.c builds it, pattern.c runs it, and
 * pattern_grammar.c writes it. */
#ifndef DATA_PATTERN_PRIVATE_H
#define DATA_PATTERN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/pattern.h"

#define PATTERN_LAST 0x10FFFFu          /* the last character */
#define PATTERN_NO_END ((size_t)-1)     /* of a repetition */

struct pattern_range {
	uint32_t first, last;
};

/* Characters, as ranges in order that do not touch. */
struct pattern_set {
	const struct pattern_range *ranges;
	size_t count;
};

enum pattern_kind { NODE_SET, NODE_ROW, NODE_EITHER, NODE_REPEAT };

struct pattern_node {
	enum pattern_kind kind;
	struct pattern_set set;
	struct pattern_node *first; /* of a row or of alternatives, or the repeated one; NULL: empty */
	struct pattern_node *next;  /* its next sibling */
	size_t least, most;
};

struct pattern_step;

struct pattern {
	struct pattern_node *root;
	struct pattern_step *steps;
	size_t step_count;
};

/* The nodes of a pattern. NULL on failure, as pattern_read. */
struct pattern_node *pattern_nodes(struct arena *a, struct view text, struct sow_error *err);
/* SOW_INVALID, with what was expected at a byte of the text. */
int pattern_wrong(struct view text, size_t at, const char *expected, struct sow_error *err);
bool pattern_set_has(struct pattern_set s, uint32_t c);

#endif
