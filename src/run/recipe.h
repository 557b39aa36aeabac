/* recipe.h - what a run is told: one structure, one table of its fields.
 *
 *     struct recipe *r = recipe_new("self-instruct");
 *     status = recipe_set(r, recipe_field("language"), "German", err);
 *     recipe_free(r);
 *
 * The command line, the recipe file (later) and run.db go through the same table.
 * Identity fields make a run what it is and can't change on resuming; operation fields
 * say how it is carried out and may.
 */
#ifndef RUN_RECIPE_H
#define RUN_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "sow/sow.h"

struct list {
	const char **items;
	size_t count;
};

struct recipe {
	struct arena *arena;
	const char *method;
	/* identity */
	const char *seeds;           /* path; NULL: the 175 built in */
	struct list against;         /* paths */
	const char *language;        /* NULL: English */
	const char *topic;           /* NULL: any */
	const char *prompt_style;    /* "completion" or "chat"; NULL: by teacher */
	const char *variant;         /* "paper" or "released" */
	const char *tokenizer;       /* "unicode" or "ascii" */
	const char *prompts;         /* folder with prompts of the user's; NULL: none */
	struct list rules;           /* NAME=VALUE */
	bool classification_only;
	bool capitalize;
	bool strict_paper;
	int64_t lookahead;
	int64_t seed;
	/* operation */
	int64_t n;
	int64_t max_requests;        /* 0: no bound */
	int64_t concurrency;         /* 0: as many as the teacher takes */
	const char *teacher;         /* NULL: the embedded model */
	int64_t parallel, context, threads, gpu_layers;
	const char *cache_dir;       /* NULL: the user's cache folder */
	bool no_cache;
};

enum field_type {
	FIELD_TEXT, FIELD_CHOICE, FIELD_INT, FIELD_FLAG, FIELD_LIST /* given once for each item */
};

enum field_kind { FIELD_IDENTITY, FIELD_OPERATION };

struct field {
	const char *name;            /* "max-requests": --max-requests */
	char letter;                 /* 'n': -n; 0: none */
	enum field_type type;
	enum field_kind kind;
	size_t offset;
	int64_t least, most;         /* FIELD_INT */
	const char *choices;         /* FIELD_CHOICE: "paper|released" */
	const char *value;           /* the value's name in --help: "FILE" */
	const char *fallback;        /* default, as text; NULL: none */
	const char *help;
};
extern const struct field recipe_fields[];
extern const size_t recipe_field_count;

struct recipe *recipe_new(const char *method); /* defaults set; NULL when out of memory */
void recipe_free(struct recipe *r);

const struct field *recipe_field(const char *name); /* NULL: unknown */
/* SOW_INVALID with "--max-requests: expected a whole number from 0 to …, not 'x'". */
int recipe_set(struct recipe *r, const struct field *f, const char *text, struct sow_error *err);
/* The value as text ("" for none; a list's items one a line). */
int recipe_text(const struct recipe *r, const struct field *f, struct buf *out);

#endif
