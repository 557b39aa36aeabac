/* workers.h - a group of threads that share the items of a loop.
 *
 *     struct workers *crew = workers_new(0);      // as many as cpu_cores()
 *     workers_run(crew, count, work, data);       // work(data, 0) … work(data, count - 1)
 *     workers_free(crew);
 *
 * Items go one by one, in order, to the next free thread; the caller works as well.
 * Which thread does an item is chance: `work` must write only to the item's own
 * place, so that the result does not depend on the number of threads.
 */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#include <stddef.h>

#define WORKERS_MAX 256

struct workers;

/* `threads` counts the caller: 1 starts none. 0 is cpu_cores(). If the system refuses a thread
 * there are fewer. */
struct workers *workers_new(size_t threads);
void workers_free(struct workers *crew);        /* NULL is fine */
size_t workers_count(const struct workers *crew); /* NULL counts as 1 */

/* Returns when all items are done. NULL for `crew`: the caller does them alone. */
void workers_run(struct workers *crew, size_t items, void (*work)(void *data, size_t item),
		 void *data);

#endif
