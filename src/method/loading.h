/* loading.h - many instructions for an index, cut into words by a thread of its own while others are
 * read.
 *
 *     struct loading *l = loading_new(vocabulary, index);
 *     loading_add(l, text, id);                     // again and again
 *     status = loading_end(l);                      // now the index has all of them, in this order
 *
 * In between nobody else touches vocabulary and index. A few thousand are done without a thread.
 */
#ifndef METHOD_LOADING_H
#define METHOD_LOADING_H

#include <stdint.h>

#include "base/view.h"
#include "text/novelty.h"
#include "text/words.h"

struct loading;

struct loading *loading_new(struct vocabulary *v, struct novelty *nv);
/* `text` lives until the end. */
void loading_add(struct loading *l, struct view text, int64_t id);
/* Ends it and frees it; NULL is fine. SOW_OK, or why one of them was not added, nor those behind it:
 * SOW_NOMEM, SOW_TOOBIG. */
int loading_end(struct loading *l);

#endif
