/* setup.h - prepares a step of a recipe: a method that is ready to plan, and the identity that belongs
 * to it. */
#ifndef RUN_SETUP_H
#define RUN_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "data/records.h"
#include "method/method.h"
#include "run/recipe.h"
#include "run/source.h"
#include "sow/sow.h"

#define SETUP_IDENTITY_MAX 64

struct identity {
	const char *name;
	struct view value;           /* compared: the hash of a file's tasks */
	struct view shown;           /* for messages: its path */
	const char *before;          /* the value in a run that was begun before this option existed;
				      * NULL: it always existed */
};
/* The name of the rules in force, whose value is rules_text. Older runs lack these rows, and get them
 * when they are resumed. Messages show only differences, never all rules. */
#define IDENTITY_RULES "rules in force"

/* How to prompt the writer. */
struct teacher_style {
	bool prefers_chat;           /* decides where the step sets no style */
	enum turn_opening opens;
};

struct setup {
	struct arena *arena;
	const struct recipe_step *step; /* in force: with the paper's values under --strict-paper */
	const struct method *method;
	void *state;                 /* of the method */
	struct pool *pool;           /* NULL for a method that takes an input */
	struct rules *rules;
	struct record_list seeds, against;
	struct record_list examples; /* of the file that the method's row names */
	struct source *source;       /* the input's file; NULL: a pool, or the step before */
	struct teacher_style style;
	const char *writers[WRITERS_MAX]; /* the names of their models; NULL: none */
	int64_t lookahead;
	int64_t seed;
	struct shard shard;
	bool rehearses;
	struct identity identity[SETUP_IDENTITY_MAX];
	size_t identity_count;
};

/* Reads seeds, input, the files to differ from, prompts and rules of step `number` (from 1). `measures`:
 * finished units are only graded, and an input is optional. SOW_INVALID, SOW_IO, SOW_USAGE or
 * SOW_NOMEM with *err set; then *setup needs no release. */
int setup_init(struct setup *s, const struct recipe *r, size_t number,
	       const struct teacher_style *style, bool measures, struct sow_error *err);
void setup_release(struct setup *s);

#endif
