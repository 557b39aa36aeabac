/* converse_private.h - shared by converse.c and converse_begin.c, which reads a record. */
#ifndef METHOD_CONVERSE_PRIVATE_H
#define METHOD_CONVERSE_PRIVATE_H

#include "data/jinja.h"
#include "method/json_prompt.h"
#include "method/method.h"
#include "method/prompt.h"

#define TURNS_MAX 16
#define TALKS_MAX 64
#define BLOCK (MAP_TRIES_MAX + 1) /* stages of a round */
#define STAGE_JUDGING (TURNS_MAX * BLOCK + 1)

#define FIELD_ENDED "ended"
#define FIELD_REFERENCE "reference"
#define ENDED_GOAL "goal-met"
#define ENDED_TURNS "turns"

enum aspect { PERSONA, GOAL, PARTS };

struct own {
	const char *parts[PARTS];    /* fields, or texts with fields in double braces; NULL: default */
	int64_t turns, talks;
	double user_temperature;
};

struct converse {
	struct method_state run;
	const struct own *own;
	struct jinja *parts[PARTS];  /* NULL: a field */
	struct json_prompt open, next;
	struct prompt *play;         /* of messages, before the talk; NULL: raw text */
	struct prompt *answer;       /* of raw text; NULL: messages */
};

extern const char *const converse_part_names[PARTS];

/* converse_begin.c */
int converse_begin(const void *state, const struct unit *at, const struct record *input, struct outcome *o);
/* Makes the context for the next request; `why` is empty if the reply fits. `brought` is how many turns the
 * record had. */
void converse_keep(struct unit *u, const struct view parts[PARTS], int64_t brought, struct view reply,
		   struct view why, struct arena *a);
size_t converse_count(const struct turn *turns, size_t count, enum role role);

#endif
