/* asking_test.h - the embedded teacher with the default model, for tests that ask it.
 *
 *     NEEDS_MODEL();                        // skips the test where that is not installed
 *     struct reply *r = asking_one(asking_teacher, asking_tasks(24, "Come up with tasks:\n"));
 *
 * One thread, so that it is quick beside other tests too.
 */
#ifndef TEACHER_ASKING_TEST_H
#define TEACHER_ASKING_TEST_H

#include "teacher/teacher.h"

#define ASKING_MOST 12
#define ASKING_PARALLEL 3
#define ASKING_CONTEXT 512

extern char asking_file[];             /* the model's path; "": there is none */
extern const char *const asking_spec;
extern void *asking_teacher;           /* as asking_options has it */

#define NEEDS_MODEL() do { if (!asking_file[0]) skip(); } while (0)

int asking_set_up(void **state);
int asking_tear_down(void **state);

struct teacher_options asking_options(const char *const *spec);
void *asking_open(const struct teacher_options *o);

struct request *asking_request(int32_t most);
void asking_add(struct request *r, enum role role, bool shared, const char *text);
/* Demonstrations: about 150 tokens. */
void asking_add_tasks(struct request *r, enum role role, const char *first);
struct request *asking_tasks(int32_t most, const char *first);

struct asking_replies {
	struct reply *by_tag[ASKING_MOST];
	size_t count;
};

void asking_step(void *state, struct asking_replies *a);
/* Asks all, as soon as there is room, with tags from 0. */
void asking_ask(void *state, struct request **requests, size_t n, struct asking_replies *a);
struct reply *asking_one(void *state, struct request *r);
void asking_release(struct asking_replies *a);
void asking_assert_text(const struct reply *r, const char *wanted);

#endif
