/* With a model in place of libllama whose state is a text. */
#include "teacher/prefix_store.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "io/folder.h"

static struct buf state = BUF_INIT; /* of the one sequence there is */
static const char *build = "b1";
static bool refuses;
static size_t claimed; /* bytes of a state too large to be had here; 0: `state` is it */

bool model_save(struct model *m, int sequence, struct buf *out)
{
	(void)m;
	(void)sequence;
	if (claimed)
		return buf_space(out, claimed) != NULL;
	return buf_add(out, state.data, state.len) == SOW_OK;
}

bool model_load(struct model *m, int sequence, struct view from)
{
	(void)m;
	(void)sequence;
	buf_clear(&state);
	return !refuses && buf_add(&state, from.p, from.len) == SOW_OK;
}

const char *model_build(void)
{
	return build;
}

static struct buf home = BUF_INIT;

static int set_up(void **unused)
{
	(void)unused;
	home = (struct buf)BUF_INIT;
	refuses = false;
	build = "b1";
	return folder_scratch(&home, NULL) || setenv("XDG_CACHE_HOME", home.data, 1);
}

static int clean_up(void **unused)
{
	(void)unused;
	folder_remove(home.data);
	buf_release(&home);
	buf_release(&state);
	return 0;
}

static void begin(struct prefix *p, int32_t first, size_t count)
{
	int32_t ids[1000];
	for (size_t i = 0; i < count; i++)
		ids[i] = first + (int32_t)i;
	prefix_set(p, ids, count);
}

static void remember(struct prefix_store *s, struct prefix *p, const char *text)
{
	buf_clear(&state);
	buf_addstr(&state, text);
	prefix_store_save(s, NULL, p);
	buf_clear(&state);
	p->evaluated = 0;
}

static size_t kept(struct buf *last)
{
	struct buf dir = BUF_INIT;
	size_t count = 0;
	struct dirent *e;
	buf_addf(&dir, "%s/sow/prefixes", home.data);
	DIR *d = opendir(dir.data);
	assert_non_null(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		count++;
		if (last) {
			buf_clear(last);
			buf_addf(last, "%s/%s", dir.data, e->d_name);
		}
	}
	closedir(d);
	buf_release(&dir);
	return count;
}

static void kept_for_the_next_run(void **unused)
{
	(void)unused;
	struct prefix p = { 0 };
	struct prefix_store *s = prefix_store_open("gguf:1", 0);
	begin(&p, 7, 200);
	assert_false(prefix_store_load(s, NULL, &p));
	assert_int_equal(p.evaluated, 0);
	remember(s, &p, "seven");
	prefix_store_close(s);

	s = prefix_store_open("gguf:1", 0);
	assert_true(prefix_store_load(s, NULL, &p));
	assert_int_equal(p.evaluated, 200);
	assert_string_equal(state.data, "seven");
	prefix_store_close(s);
	tokens_release(&p.tokens);
}

/* Another model, build or text is another state. */
static void of_these_alone(void **unused)
{
	(void)unused;
	struct prefix p = { 0 }, other = { 0 }, longer = { 0 };
	struct prefix_store *s = prefix_store_open("gguf:1", 0);
	struct prefix_store *t = prefix_store_open("gguf:2", 0);
	begin(&p, 7, 200);
	begin(&other, 8, 200);
	begin(&longer, 7, 201);
	remember(s, &p, "seven");
	assert_false(prefix_store_load(t, NULL, &p));
	assert_false(prefix_store_load(s, NULL, &other));
	assert_false(prefix_store_load(s, NULL, &longer));
	build = "b2";
	assert_false(prefix_store_load(s, NULL, &p));
	build = "b1";
	assert_true(prefix_store_load(s, NULL, &p));
	prefix_store_close(s);
	prefix_store_close(t);
	tokens_release(&p.tokens);
	tokens_release(&other.tokens);
	tokens_release(&longer.tokens);
}

/* A file with other bytes than were written is not taken, and goes. */
static void damaged(void **unused)
{
	(void)unused;
	struct prefix p = { 0 };
	struct prefix_store *s = prefix_store_open("gguf:1", 0);
	struct buf path = BUF_INIT;
	begin(&p, 7, 200);
	static const long wrong[] = { 0, 31, 32, 36 };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		remember(s, &p, "seven");
		assert_int_equal(kept(&path), 1);
		FILE *f = fopen(path.data, "r+");
		assert_int_equal(fseek(f, wrong[i], SEEK_SET), 0);
		int c = fgetc(f);
		assert_int_equal(fseek(f, wrong[i], SEEK_SET), 0);
		fputc(c ^ 1, f);
		fclose(f);
		assert_false(prefix_store_load(s, NULL, &p));
		assert_int_equal(kept(NULL), 0);
	}
	static const long lengths[] = { 0, 10, 32, 35 };
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		remember(s, &p, "seven");
		assert_int_equal(kept(&path), 1);
		assert_int_equal(truncate(path.data, lengths[i]), 0);
		assert_false(prefix_store_load(s, NULL, &p));
	}
	remember(s, &p, "seven");
	refuses = true;
	assert_false(prefix_store_load(s, NULL, &p));
	assert_int_equal(p.evaluated, 0);
	assert_int_equal(kept(NULL), 0);
	prefix_store_close(s);
	buf_release(&path);
	tokens_release(&p.tokens);
}

/* What was used longest ago makes room; a short one is not worth a file. */
static void bounded(void **unused)
{
	(void)unused;
	struct prefix p[4] = { 0 };
	struct prefix_store *s = prefix_store_open("gguf:1", 3 * (32 + 10));
	for (int i = 0; i < 4; i++)
		begin(&p[i], i, i == 3 ? PREFIX_STORE_TOKENS - 1 : PREFIX_STORE_TOKENS);
	for (int i = 0; i < 3; i++) {
		remember(s, &p[i], "ten bytes!");
		usleep(20000);
	}
	assert_int_equal(kept(NULL), 3);
	assert_true(prefix_store_load(s, NULL, &p[0]));
	remember(s, &p[3], "ten bytes!");
	assert_int_equal(kept(NULL), 3);
	begin(&p[3], 3, PREFIX_STORE_TOKENS);
	usleep(20000);
	remember(s, &p[3], "ten bytes!");
	assert_int_equal(kept(NULL), 3);
	assert_true(prefix_store_load(s, NULL, &p[0]));
	assert_false(prefix_store_load(s, NULL, &p[1]));
	assert_true(prefix_store_load(s, NULL, &p[2]));
	remember(s, &p[1], "more bytes than may be kept at all, so that nothing has to make room for it, "
		 "which would be of no use, and everything stays where it is, as it was before");
	assert_int_equal(kept(NULL), 3);
	prefix_store_close(s);
	s = prefix_store_open("gguf:1", 0);
	claimed = BUF_MOST + 1; /* as of a long prefix of a large model */
	remember(s, &p[1], "");
	claimed = 0;
	assert_int_equal(kept(NULL), 3);
	prefix_store_close(s);
	for (int i = 0; i < 4; i++)
		tokens_release(&p[i].tokens);
}

/* Without a folder to keep them in, nothing is kept and nothing fails. */
static void nowhere(void **unused)
{
	(void)unused;
	struct prefix p = { 0 };
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
	struct prefix_store *s = prefix_store_open("gguf:1", 0);
	assert_null(s);
	begin(&p, 7, 200);
	remember(s, &p, "seven");
	assert_false(prefix_store_load(s, NULL, &p));
	prefix_store_close(s);
	tokens_release(&p.tokens);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kept_for_the_next_run, set_up, clean_up),
		cmocka_unit_test_setup_teardown(of_these_alone, set_up, clean_up),
		cmocka_unit_test_setup_teardown(damaged, set_up, clean_up),
		cmocka_unit_test_setup_teardown(bounded, set_up, clean_up),
		cmocka_unit_test_setup_teardown(nowhere, set_up, clean_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
