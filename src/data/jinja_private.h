/* jinja_private.h - a template as it was read: texts, fields and blocks in a row. */
#ifndef DATA_JINJA_PRIVATE_H
#define DATA_JINJA_PRIVATE_H

#include "data/jinja.h"

/* One step into a value: a member by name, or an element by index, negative from the end. */
struct jinja_step {
	struct view name;
	bool is_index;
	int64_t index;
	struct jinja_step *next;
};

enum jinja_filter {
	FILTER_TRIM, FILTER_LENGTH, FILTER_TOJSON, FILTER_FIRST, FILTER_LAST, FILTER_JOIN,
	FILTER_DEFAULT, FILTER_LOWER, FILTER_UPPER, FILTER_COUNT
};

enum jinja_operator {
	OP_NONE, OP_EQUAL, OP_UNEQUAL, OP_LESS, OP_AT_MOST, OP_MORE, OP_AT_LEAST, OP_IN, OP_NOT_IN
};

enum jinja_kind {
	EXPR_TEXT, EXPR_NUMBER, EXPR_TRUTH, EXPR_NOTHING, /* literals */
	EXPR_PATH, EXPR_FILTERED, EXPR_NOT, EXPR_AND, EXPR_OR, EXPR_COMPARED, EXPR_DEFINED
};

struct jinja_expr {
	enum jinja_kind kind;
	struct view text;            /* of a literal; of a path as it was written */
	double number;               /* of a literal: 0 and 1 of a truth value */
	struct jinja_step *steps;    /* of a path */
	bool optional;               /* of a path: a ? follows it */
	enum jinja_filter filter;
	enum jinja_operator op;
	struct jinja_expr *left;     /* the operand: filtered, negated, compared, tested */
	struct jinja_expr *right;    /* of and, or, a comparison; the filter's argument, or NULL */
};

enum jinja_node_kind { NODE_TEXT, NODE_FIELD, NODE_IF, NODE_FOR };

struct jinja_node {
	enum jinja_node_kind kind;
	struct view text;            /* of a text; of a loop its variable */
	struct jinja_expr *expr;
	struct jinja_node *body;
	struct jinja_node *otherwise; /* else, elif */
	struct jinja_node *next;
};

struct jinja {
	struct jinja_node *nodes;
	struct jinja_expr *condition; /* of a condition alone */
};

/* Reading: jinja_read.c has texts, tags and blocks, jinja_expr.c what stands in a tag. */
#define JINJA_DEPTH_MAX 64   /* of blocks, and of parentheses in an expression */

struct jinja_reader {
	struct arena *arena;
	const char *name;
	struct view whole;
	size_t at;
	size_t end;                  /* of the tag that is open */
	size_t next;                 /* where the text continues after it */
	int depth;
	bool trims;                  /* the tag before removed the white space after it */
	struct sow_error *err;
};

void *jinja_make(struct jinja_reader *r, size_t size); /* NULL: out of memory */
/* Always NULL, with the place and what was expected; `found` may be empty. */
void *jinja_wrong(struct jinja_reader *r, size_t at, const char *expected, struct view found);
/* The word or mark that comes next in the tag; empty at its end. */
struct view jinja_peek(struct jinja_reader *r);
bool jinja_take(struct jinja_reader *r, const char *word); /* if it is that one */
struct view jinja_take_name(struct jinja_reader *r);       /* empty: not a name */
/* All of the tag that is left; NULL on failure. */
struct jinja_expr *jinja_read_expr(struct jinja_reader *r);

#endif
