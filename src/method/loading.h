/* loading.h - adds many instructions to an index: a separate thread splits them into words while the caller
 * reads more.
 *
 *     struct loading *l = loading_new(vocabulary, index);
 *     loading_add(l, text, id);                     // for each
 *     status = loading_end(l);                      // now the index has all of them, in this order
 *
 * In between only the loading may use vocabulary and index. Up to a few thousand instructions take no thread.
 */
#ifndef METHOD_LOADING_H
#define METHOD_LOADING_H

#include <stdint.h>

#include "base/view.h"
#include "text/novelty.h"
#include "text/words.h"

struct loading;

struct loading *loading_new(struct vocabulary *v, struct novelty *nv);
/* `text` must live until loading_end. */
void loading_add(struct loading *l, struct view text, int64_t id);
/* Adds the rest and frees it; NULL is fine. SOW_OK; or SOW_NOMEM or SOW_TOOBIG: one of them was not added,
 * nor those after it. */
int loading_end(struct loading *l);

#endif
