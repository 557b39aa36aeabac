#include "teacher/asking_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/folder.h"
#include "teacher/models.h"

char asking_file[512];
const char *const asking_spec = asking_file;
void *asking_teacher;

struct teacher_options asking_options(const char *const *spec)
{
	return (struct teacher_options){ .specs = spec, .spec_count = spec != NULL,
					 .parallel = ASKING_PARALLEL,
					 .context = ASKING_CONTEXT, .threads = 1, .share_prefixes = true };
}

void *asking_open(const struct teacher_options *o)
{
	struct sow_error err = { 0 };
	void *state = NULL;
	if (teacher_llama.open(&state, o, &err) < 0)
		fail_msg("%s", err.text);
	return state;
}

static struct buf cache = BUF_INIT; /* evaluated beginnings of other runs are none of ours */

int asking_set_up(void **state)
{
	(void)state;
	struct buf path = BUF_INIT;
	if (folder_scratch(&cache, NULL) || setenv("XDG_CACHE_HOME", cache.data, 1))
		return -1;
	if (models_path(NULL, &path, NULL) == SOW_OK)
		snprintf(asking_file, sizeof(asking_file), "%s", path.data);
	buf_release(&path);
	if (!asking_file[0])
		return 0;
	struct teacher_options o = asking_options(NULL);
	asking_teacher = asking_open(&o);
	return 0;
}

int asking_tear_down(void **state)
{
	(void)state;
	teacher_llama.close(asking_teacher);
	folder_remove(cache.data);
	buf_release(&cache);
	return 0;
}

struct request *asking_request(int32_t most)
{
	struct request *r = request_new();
	assert_non_null(r);
	r->sampling = (struct sampling){ .top_p = 1, .max_tokens = most };
	return r;
}

void asking_add(struct request *r, enum role role, bool shared, const char *text)
{
	assert_int_equal(request_add(r, role, shared, view_of(text)), SOW_OK);
}

/* Demonstrations: about 150 tokens. */
void asking_add_tasks(struct request *r, enum role role, const char *first)
{
	asking_add(r, role, true, first);
	for (int i = 1; i < 9; i++) {
		char line[160];
		snprintf(line, sizeof(line), "Task %d: Write %d sentences about the weather in "
			 "a town by the sea.\n", i, i + 1);
		asking_add(r, role, true, line);
	}
}

struct request *asking_tasks(int32_t most, const char *first)
{
	struct request *r = asking_request(most);
	asking_add_tasks(r, ROLE_NONE, first);
	asking_add(r, ROLE_NONE, false, "Task 9:");
	return r;
}

static void keep(void *data, struct reply *r)
{
	struct asking_replies *a = data;
	assert_in_range(r->tag, 0, ASKING_MOST - 1);
	assert_null(a->by_tag[r->tag]);
	a->by_tag[r->tag] = r;
	a->count++;
}

void asking_step(void *state, struct asking_replies *a)
{
	struct sow_error err = { 0 };
	if (teacher_llama.step(state, keep, a, &err) < 0)
		fail_msg("%s", err.text);
}

/* Asks all, as soon as there is room, with tags from 0. */
void asking_ask(void *state, struct request **requests, size_t n, struct asking_replies *a)
{
	*a = (struct asking_replies){ 0 };
	for (size_t asked = 0; a->count < n; asking_step(state, a)) {
		while (asked < n) {
			requests[asked]->tag = (int64_t)asked;
			if (!teacher_llama.ask(state, requests[asked]))
				break;
			asked++;
		}
	}
}

struct reply *asking_one(void *state, struct request *r)
{
	struct asking_replies a;
	asking_ask(state, &r, 1, &a);
	return a.by_tag[0];
}

void asking_release(struct asking_replies *a)
{
	for (size_t i = 0; i < ASKING_MOST; i++)
		reply_free(a->by_tag[i]);
}

void asking_assert_text(const struct reply *r, const char *wanted)
{
	if (!view_eqstr(r->text, wanted))
		fail_msg("'%.*s', not '%s'", VIEW_ARG(r->text), wanted);
}
