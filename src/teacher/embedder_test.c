/* The embedding model: skipped where it is not installed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "teacher/embed.h"
#include "teacher/models.h"
#include "teacher/teacher.h"

#define DIMS 384
#define MANY 60

static const char *const spec[] = { MODEL_EMBEDDER };

static struct teacher *open_with(int64_t threads)
{
	struct teacher_options o;
	struct sow_error err = { 0 };
	if (models_missing(MODEL_EMBEDDER))
		return NULL;
	teacher_options_default(&o);
	o.specs = spec;
	o.spec_count = 1;
	o.threads = threads;
	struct teacher *t = teacher_open(&o, &err);
	if (!t)
		fail_msg("%s", err.text);
	return t;
}

static struct request *ask_for(const char *text, int64_t tag)
{
	struct request *r = request_new();
	assert_non_null(r);
	r->kind = REQUEST_EMBED;
	r->tag = tag;
	assert_int_equal(request_add(r, ROLE_NONE, false, view_of(text)), SOW_OK);
	return r;
}

static struct reply *collect(struct teacher *t)
{
	struct sow_error err = { 0 };
	struct reply *r = NULL;
	while (!r && !err.status)
		r = teacher_collect(t, CLOCK_SECOND, &err);
	if (!r)
		fail_msg("%s", err.text);
	return r;
}

static struct reply *embed(struct teacher *t, const char *text)
{
	assert_int_equal(teacher_submit(t, ask_for(text, 7)), SOW_OK);
	struct reply *r = collect(t);
	assert_int_equal(r->tag, 7);
	return r;
}

static double dot(const float *a, const float *b)
{
	double sum = 0;
	for (size_t i = 0; i < DIMS; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

/* Numbers by a forward pass in 64-bit floating point over the published weights (bench/embed). */
static void test_vector(void **state)
{
	struct teacher *t = open_with(1);
	(void)state;
	if (!t)
		skip();
	assert_true(teacher_can(t, REQUEST_EMBED));
	assert_false(teacher_can(t, REQUEST_GENERATE) || teacher_can(t, REQUEST_SCORE));
	struct reply *a = embed(t, "This is an example sentence");
	struct reply *b = embed(t, "Each sentence is converted");
	assert_int_equal(a->number_count, DIMS);
	assert_int_equal(a->finish, FINISH_STOP);
	assert_int_equal(a->usage.prompt_tokens, 7);
	assert_true(fabs(dot(a->numbers, a->numbers) - 1) < 1e-5);
	assert_true(fabs((double)a->numbers[0] - 0.067657) < 2e-4);
	assert_true(fabs((double)a->numbers[1] - 0.063496) < 2e-4);
	assert_true(fabs((double)a->numbers[2] - 0.048713) < 2e-4);
	assert_true(fabs((double)b->numbers[0] - 0.086439) < 2e-4);
	reply_free(a);
	reply_free(b);
	teacher_close(t);
}

static void make_text(int i, struct buf *out)
{
	buf_clear(out);
	buf_addf(out, "Sentence %d", i);
	for (int k = 0; k < i % 23; k++)
		buf_addf(out, " about %d trees and rivers", k);
}

/* The same bytes alone, and among others on two threads. */
static void test_batches(void **state)
{
	struct teacher *t = open_with(2);
	struct reply *alone[MANY] = { NULL };
	struct buf text = BUF_INIT;
	(void)state;
	if (!t)
		skip();
	for (int i = 0; i < MANY; i++) {
		make_text(i, &text);
		alone[i] = embed(t, text.data);
	}
	for (int i = 0; i < MANY; i++) {
		make_text(i, &text);
		assert_int_equal(teacher_submit(t, ask_for(text.data, i)), SOW_OK);
	}
	for (int i = 0; i < MANY; i++) {
		struct reply *r = collect(t), *other = alone[r->tag];
		assert_memory_equal(r->numbers, other->numbers, DIMS * sizeof(float));
		reply_free(r);
	}
	for (int i = 0; i < MANY; i++)
		reply_free(alone[i]);
	buf_release(&text);
	teacher_close(t);
}

struct list {
	float *rows;
	size_t count;
};

static int keep(void *data, size_t i, const struct reply *vector)
{
	struct list *l = data;
	assert_int_equal(i, l->count++);
	if (vector->number_count)
		memcpy(l->rows + i * DIMS, vector->numbers, DIMS * sizeof(float));
	else
		assert_int_equal(vector->finish, FINISH_ERROR);
	return SOW_OK;
}

/* In the order of the texts, more of them than a teacher has in hand. */
static void test_texts(void **state)
{
	static const char *const some[] = { "A river.", "", "A much longer text about a river and its banks." };
	enum { ALL = 600 };
	struct view texts[ALL];
	struct list l = { .rows = mem_zalloc(ALL * DIMS * sizeof(float)) };
	struct sow_error err = { 0 };
	(void)state;
	if (models_missing(MODEL_EMBEDDER))
		skip();
	for (size_t i = 0; i < ALL; i++)
		texts[i] = view_of(some[i % 3]);
	if (embed_texts(NULL, texts, ALL, keep, &l, &err))
		fail_msg("%s", err.text);
	assert_int_equal(l.count, ALL);
	for (size_t i = 3; i < ALL; i++)
		assert_memory_equal(l.rows + i * DIMS, l.rows + i % 3 * DIMS, DIMS * sizeof(float));
	assert_true(dot(l.rows, l.rows + 2 * DIMS) < 0.99);
	mem_free(l.rows);
}

/* What is behind 256 tokens does not count, which is said once; nothing has no vector. */
static void test_long_and_empty(void **state)
{
	struct teacher *t = open_with(1);
	struct buf text = BUF_INIT, line = BUF_INIT;
	(void)state;
	if (!t)
		skip();
	for (int i = 0; i < 254; i++)
		buf_addstr(&text, "tree ");
	struct reply *a = embed(t, text.data);
	assert_false(teacher_notice(t, &line));
	buf_addstr(&text, "and something else");
	struct reply *b = embed(t, text.data);
	assert_int_equal(a->usage.prompt_tokens, 256);
	assert_int_equal(b->usage.prompt_tokens, 256);
	assert_true(dot(a->numbers, b->numbers) > 0.999999);
	reply_free(a);
	reply_free(b);
	a = embed(t, " \n");
	assert_int_equal(a->finish, FINISH_ERROR);
	assert_true(view_eqstr(a->text, "there is no text to embed"));
	reply_free(a);
	bool told = teacher_notice(t, &line);
	assert_true(told && strstr(line.data, "256"));
	assert_false(teacher_notice(t, &line));
	buf_release(&text);
	buf_release(&line);
	teacher_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_long_and_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
