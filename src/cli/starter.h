/* starter.h - a recipe to start from: every option there is, those that need not be given as
 * remarks. Made from the table of options, so that it is always true. */
#ifndef CLI_STARTER_H
#define CLI_STARTER_H

#include "base/buf.h"
#include "method/method.h"

/* Of one step with this method. Returns out->status. */
int starter_print(const struct method *m, struct buf *out);

#endif
