/* talk.h - all that the program says: data on standard output, the rest on standard error.
 *
 *     talk_live("12/20 tasks");                  // one line that is drawn again and again
 *     talk_line("%s: already finished", dir);    // above it
 *     return talk_error(&err);
 *
 * Every message is one line that begins with "sow: ". The live line is drawn on a terminal
 * only, never wider than it, and gone before anything else appears. With a log, messages
 * go there too, each with its time.
 */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "sow/sow.h"

/* To be called first: without it a file could be opened as descriptor 0, 1 or 2 and
 * get what is meant for a person; and a closed pipe would end the program where it stands. */
void talk_start(void);
/* To be called last, with the exit status, which it returns. Where the reader of standard output
 * has gone, it ends the program as that would have: by SIGPIPE, without a word, but after runs
 * were stored and files closed. */
int talk_end(int status);

/* From now on nothing is said: another process of the same command says it. */
void talk_mute(void);

/* Data: EXIT_DONE, or EXIT_FAILED after a line that says why it could not be written. */
int talk_data(const struct buf *text);

void talk_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Text as it is, for the lines below a message. */
void talk_text(const char *text);
/* Says what went wrong, unless that was SOW_CLOSED; the exit status that fits. */
int talk_error(const struct sow_error *err);
int talk_nomem(void);
/* "sow NAME: …": EXIT_WRONG_USAGE. */
int talk_wrong(const struct command *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The line as it is: for who hands messages to a function. */
void talk_message(void *unused, const char *line);
/* Draws the live line; "" takes it away. Nothing if standard error is no terminal. */
void talk_live(const char *line);
bool talk_can_live(void);
/* For a signal handler: takes the live line away and says `line` as it is. */
void talk_from_signal(const char *line);

/* From now on messages are appended to this file as well. */
int talk_log_open(const char *path, struct sow_error *err);
/* A line for the log only. */
void talk_log(const char *line);
/* SOW_IO if something could not be written to it. */
int talk_log_close(struct sow_error *err);

#endif
