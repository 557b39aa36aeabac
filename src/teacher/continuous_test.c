/* What the embedded teacher does when the model's memory is smaller than it reckoned:
 * it is given less than it asks for. Skipped where the default model is not installed. */
#include "teacher/model.h"

static int small_start(struct model *m, const struct model_room *room, struct sow_error *err);
#define model_start small_start
#include "teacher/continuous.c"
#undef model_start

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static int small_cells;

static int small_start(struct model *m, const struct model_room *room, struct sow_error *err)
{
	struct model_room small = *room;
	small.cells = small_cells;
	return model_start(m, &small, err);
}

#define MANY 6

static struct reply *replies[MANY];
static size_t reply_count;

static void keep(void *data, struct reply *r)
{
	(void)data;
	assert_in_range(r->tag, 0, MANY - 1);
	assert_null(replies[r->tag]);
	replies[r->tag] = r;
	reply_count++;
}

/* A list of `lines` lines, 17 tokens each; with `shared`, they are a beginning. */
static struct request *new_request(int64_t tag, int lines, bool shared)
{
	struct request *r = request_new();
	assert_non_null(r);
	struct buf text = BUF_INIT;
	for (int i = 0; i < lines; i++)
		buf_addf(&text, "Item %d of list %d: a short text about towns by the sea.\n", i % 9,
			 (int)tag);
	assert_int_equal(request_add(r, ROLE_NONE, shared, view_from(text.data, text.len)), SOW_OK);
	assert_int_equal(request_add(r, ROLE_NONE, false, view_of("Item")), SOW_OK);
	buf_release(&text);
	r->sampling.max_tokens = 24;
	r->tag = tag;
	return r;
}

static void *open_small(int cells)
{
	struct teacher_options o = { .parallel = 4, .context = 512, .threads = 1,
				     .share_prefixes = true };
	struct sow_error err = { 0 };
	void *state = NULL;
	small_cells = cells;
	if (continuous_open(&state, &o, &err) < 0 && err.status != SOW_MISSING)
		fail_msg("%s", err.text);
	if (!state)
		skip();
	return state;
}

static void ask_all(void *state, bool shared)
{
	struct sow_error err = { 0 };
	int64_t asked = 0;
	memset(replies, 0, sizeof(replies));
	for (reply_count = 0; reply_count < MANY;) {
		while (asked < MANY) {
			struct request *r = new_request(asked, 9, shared);
			if (!continuous_ask(state, r)) {
				request_free(r);
				break;
			}
			asked++;
		}
		if (continuous_step(state, keep, NULL, &err) < 0)
			fail_msg("%s", err.text);
	}
}

static void requests_back_out_and_come_again(void **state)
{
	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		struct continuous *c = open_small(512);
		size_t reckoned = c->cells;
		ask_all(c, shared);
		assert_true(c->cells < reckoned);
		for (size_t i = 0; i < MANY; i++) {
			assert_int_equal(replies[i]->finish, FINISH_LENGTH);
			assert_int_equal(replies[i]->usage.completion_tokens, 24);
			assert_non_null(memmem(replies[i]->text.p, replies[i]->text.len,
					       "of list", 7));
			reply_free(replies[i]);
		}
		continuous_close(c);
	}
}

/* Room for less than one batch. */
static void the_smallest_context_works(void **state)
{
	(void)state;
	struct teacher_options o = { .parallel = 1, .context = 8, .threads = 1 };
	struct sow_error err = { 0 };
	void *t = open_small(256);
	continuous_close(t);
	small_cells = 24;
	assert_int_equal(continuous_open(&t, &o, &err), SOW_OK);
	memset(replies, 0, sizeof(replies));
	struct request *r = request_new();
	assert_int_equal(request_add(r, ROLE_NONE, false, view_of("One, two, three,")), SOW_OK);
	assert_int_equal(continuous_ask(t, r), 1);
	while (continuous_step(t, keep, NULL, &err) > 0)
		continue;
	assert_int_equal(replies[0]->finish, FINISH_LENGTH);
	assert_int_equal(replies[0]->usage.prompt_tokens + replies[0]->usage.completion_tokens, 8);
	reply_free(replies[0]);
	continuous_close(t);
}

static void one_that_never_fits_is_refused(void **state)
{
	(void)state;
	struct continuous *c = open_small(256);
	struct sow_error err = { 0 };
	memset(replies, 0, sizeof(replies));
	assert_int_equal(continuous_ask(c, new_request(0, 20, false)), 1);
	assert_int_equal(continuous_ask(c, new_request(1, 2, false)), 1);
	for (reply_count = 0; reply_count < 2;) {
		if (continuous_step(c, keep, NULL, &err) < 0)
			fail_msg("%s", err.text);
	}
	assert_int_equal(replies[0]->finish, FINISH_ERROR);
	assert_non_null(memmem(replies[0]->text.p, replies[0]->text.len, "memory", 6));
	assert_int_equal(replies[1]->finish, FINISH_LENGTH);
	reply_free(replies[0]);
	reply_free(replies[1]);
	continuous_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_back_out_and_come_again),
		cmocka_unit_test(the_smallest_context_works),
		cmocka_unit_test(one_that_never_fits_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
