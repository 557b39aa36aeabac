/* problems.h - every problem in a file, each with its place.
 *
 *     struct problems p;
 *     problems_init(&p);
 *     problems_add(&p, place, "unknown '%s'", name);
 *     problems_sort(&p);
 *     ... p.list[i].place.line, p.list[i].text ...
 *     problems_release(&p);
 *
 * At most PROBLEMS_MAX are kept; further ones set `more`.
 */
#ifndef RUN_PROBLEMS_H
#define RUN_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "io/yaml.h"

#define PROBLEMS_MAX 100

struct problem {
	struct yaml_place place;
	const char *text;            /* one line */
};

struct problems {
	struct arena *arena;
	struct problem list[PROBLEMS_MAX];
	size_t count;
	bool more;
};

void problems_init(struct problems *p);
void problems_release(struct problems *p);

void problems_add(struct problems *p, struct yaml_place place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* There are too many: the caller may stop looking. */
bool problems_full(const struct problems *p);
void problems_sort(struct problems *p);       /* by place */

#endif
