/* asker.h - a conversation with the teacher "http" in a test: options, questions, and all that
 * was heard. */
#ifndef TESTS_ASKER_H
#define TESTS_ASKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"
#include "puppet.h"
#include "teacher/teacher.h"

#define PATIENCE (60 * CLOCK_SECOND)
#define LATER "retry-after-ms: 1\r\n"       /* a header that asks for no more */

/* What a teacher said, until it was closed. */
struct heard {
	struct reply *replies[4096];
	size_t count;
	struct sow_error err;
	struct buf notices;
};

/* Takes keys and proxies out of the environment; with an argument, runs only the tests whose
 * name fits (as in *redirects*). */
void asker_start(int argc, char **argv);

struct teacher_options asker_options(const char *const *specs, size_t count);
struct teacher *asker_open(const struct teacher_options *o);
/* "Is I a number?", with tag I. */
struct request *asker_question(const struct teacher *t, int i);
void asker_ask(struct teacher *t, int from, int count);

/* Until `count` replies are there, or it has ended. `h` is used further. */
void heard_wait(struct heard *h, struct teacher *t, size_t count);
void heard_notices(struct heard *h, struct teacher *t);
void heard_release(struct heard *h);
bool heard_notice(const struct heard *h, const char *what);
/* Replies with tags 0 to count - 1, each once, none failed. */
void heard_all_once(const struct heard *h, size_t count);

/* Asks `count` questions and waits for the answers, or for the end. */
void asker_converse(const struct teacher_options *o, int count, struct heard *h);
/* One question to a server of those acts, which is the caller's to stop. */
void asker_play(const struct act *acts, size_t count, struct heard *h, struct puppet **server);
/* The same with several, one after the other. */
void asker_play_in_turn(const struct act *acts, size_t count, int questions, struct heard *h, struct puppet **server);

bool says(struct view text, const char *what);
void nap(int ms);

#endif
