/* console.h - what the program prints: data on standard output, messages on standard error.
 *
 *     console_live("12/20 tasks");                  // one line that is redrawn in place
 *     console_line("%s: already finished", dir);    // appears above it
 *     return console_error(&err);
 *
 * Every message is one line that begins with "sow: ". The live line appears on a terminal only,
 * never wider than the terminal, and is cleared before anything else is printed. With a log,
 * messages are appended to it as well, each with its time.
 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "sow/sow.h"

/* Call it first. It keeps descriptors 0, 1 and 2 open, so that no file gets messages that are meant for
 * a person, and it ignores SIGPIPE, so that a closed pipe does not kill the program at once. */
void console_start(void);
/* Call it last, with the exit status, which it returns. If the reader of standard output has gone, it
 * raises SIGPIPE: the program dies as if it had not ignored that, but with runs stored and files closed. */
int console_end(int status);

/* From now on nothing is printed: another process of the same command prints it. */
void console_mute(void);

/* Data: EXIT_DONE, or EXIT_FAILED after a line that says why it could not be written. */
int console_data(const struct buf *text);

void console_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints text unchanged, for the lines below a message. */
void console_text(const char *text);
/* Prints the error, unless it is SOW_CLOSED. Returns the exit status for it. */
int console_error(const struct sow_error *err);
int console_nomem(void);
/* Prints "sow NAME: …". Returns EXIT_WRONG_USAGE. */
int usage_error(const struct command *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints the line. A callback for functions that report messages. */
void console_message(void *unused, const char *line);
/* Draws the live line; "" clears it. Does nothing if standard error is not a terminal. */
void console_live(const char *line);
bool console_can_live(void);
/* For a signal handler: clears the live line and prints `line` unchanged. */
void console_from_signal(const char *line);

/* From now on messages are appended to this file as well. SOW_OK, SOW_IO. */
int console_log_open(const char *path, struct sow_error *err);
/* A line for the log only. */
void console_log(const char *line);
/* SOW_IO if a line could not be written to it. */
int console_log_close(struct sow_error *err);

#endif
