/* interrupt.h - Ctrl-C, once and twice.
 *
 * The first SIGINT or SIGTERM sets interrupt_flag and says so; a second one of either
 * ends the program at once, as without a handler.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>

extern volatile sig_atomic_t interrupt_flag; /* number of the signal, 0: none came */

void interrupt_listen(void);
void interrupt_restore(void);                  /* as it was before */
/* Instead of listening, for a server: a descriptor that can be read once one has come; or negative. */
int interrupt_as_file(void);

#endif
