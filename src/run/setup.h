/* setup.h - from a recipe to a method ready to plan, and the identity that goes with it. */
#ifndef RUN_SETUP_H
#define RUN_SETUP_H

#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "data/tasks.h"
#include "method/method.h"
#include "run/recipe.h"
#include "sow/sow.h"

#define SETUP_IDENTITY_MAX 32

struct identity {
	const char *name;
	struct view value;           /* compared: the hash of a file's tasks */
	struct view shown;           /* for people: its path */
};

struct setup {
	struct arena *arena;
	const struct method *method;
	void *state;                 /* of the method */
	struct pool *pool;
	struct rules *rules;
	struct tasks seeds, against;
	int64_t lookahead;
	struct identity identity[SETUP_IDENTITY_MAX];
	size_t identity_count;
};

/* Reads seeds, what to be new against, prompts and rules. `model` is the teacher's identity,
 * `prefers_chat` its default style. SOW_INVALID, SOW_IO or SOW_NOMEM with *err set; then
 * *setup needs no release. */
int setup_init(struct setup *s, const struct recipe *r, const char *model, bool prefers_chat,
	       struct sow_error *err);
void setup_release(struct setup *s);

#endif
