/* prefix.h - beginnings of prompts that stay evaluated.
 *
 * Requests of one stage begin with the same demonstrations. This table says which
 * beginnings are resident, who uses them, and which to evict: the least recently used
 * one without users.
 *
 *     struct prefix *p = prefixes_find(&table, ids, count);
 *     if (!p && (p = prefixes_spare(&table)))
 *             ... drop what p->sequence holds, then prefix_set(p, ids, count) ...
 *     prefix_hold(&table, p);
 *     ...
 *     prefix_leave(p);
 */
#ifndef TEACHER_PREFIX_H
#define TEACHER_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "teacher/tokens.h"

#define PREFIXES_MAX 4
/* Shorter beginnings are not worth a slot. */
#define PREFIX_TOKENS_MIN 32

struct prefix {
	struct tokens tokens;  /* none: the slot is empty */
	size_t evaluated;      /* how many of them are */
	int sequence;          /* which holds them */
	int users;
	bool reused;           /* more than one request began so */
	bool stored;           /* it is on disk (prefix_store.h), or storing it was tried */
	uint64_t held;         /* when it was last held */
};

struct prefixes {
	struct prefix at[PREFIXES_MAX];
	uint64_t clock;
};

/* `first`: the number of the first of PREFIXES_MAX sequences to keep them in. */
void prefixes_init(struct prefixes *table, int first);
void prefixes_release(struct prefixes *table);

/* The slot with exactly these tokens, NULL if there is none. */
struct prefix *prefixes_find(struct prefixes *table, const int32_t *ids, size_t count);
/* An empty slot, else the oldest idle one, else NULL. */
struct prefix *prefixes_spare(struct prefixes *table);
/* The oldest idle slot that is not empty, NULL if there is none. */
struct prefix *prefixes_oldest(struct prefixes *table);

void prefix_set(struct prefix *p, const int32_t *ids, size_t count);
void prefix_clear(struct prefix *p);
void prefix_hold(struct prefixes *table, struct prefix *p);
void prefix_leave(struct prefix *p);
bool prefix_ready(const struct prefix *p);              /* all of it is evaluated */

#endif
