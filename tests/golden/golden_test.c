/* Runs a script of replies through the whole loop and compares every row of run.db that
 * does not tell the time with a file: tests/golden/METHOD/CASE.script and CASE.expected.
 *
 *     golden_test CASE.script            compare
 *     golden_test --write CASE.script    write CASE.expected anew, to be read with care
 *
 * Lines at the top of a script, "# option value", are recipe fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/db.h"
#include "io/infile.h"
#include "io/outfile.h"
#include "run/run.h"
#include "../support/fake.h"
#include "../support/scratch.h"

static const char *script_path;
static bool write_anew;

/* One row a line, as JSON. */
static const char *const dumps[] = {
	"SELECT json_object('ticket', ticket, 'accepted', accepted, 'failed', failed,"
	" 'examples', json_array_length(examples)) FROM ticket ORDER BY step, ticket",
	"SELECT json_object('unit', ticket || '.' || item, 'stage', stage, 'state', state,"
	" 'instruction', instruction, 'is_classification', is_classification,"
	" 'nearest', json(nearest), 'mean_score', round(mean_score, 12))"
	" FROM unit ORDER BY step, ticket, item",
	"SELECT json_object('instance', ticket || '.' || item || '.' || number, 'input', input,"
	" 'output', output) FROM instance ORDER BY step, ticket, item, number",
	"SELECT json_object('reject', ticket || '.' || item, 'stage', stage, 'rule', rule,"
	" 'text', text, 'detail', detail, 'near', near, 'score', round(score, 12))"
	" FROM reject ORDER BY step, ticket, item, id",
	"SELECT json_object('reply', ticket || '.' || item || '.' || stage, 'sampling',"
	" json(sampling), 'finish', finish) FROM reply ORDER BY step, ticket, item, stage",
};

static void dump(const char *dir, struct buf *out)
{
	struct sow_error err;
	char path[512];
	snprintf(path, sizeof(path), "%s/run.db", dir);
	struct db *db = db_open(path, DB_READ, &err);
	assert_non_null(db);
	for (size_t i = 0; i < sizeof(dumps) / sizeof(*dumps); i++) {
		struct db_query *q = db_query(db, dumps[i], &err);
		assert_non_null(q);
		while (db_step(q, &err) > 0)
			buf_addf(out, "%.*s\n", VIEW_ARG(db_text(q, 0)));
		db_query_free(q);
	}
	db_close(db);
}

static void set_options(struct recipe *r, struct view rest)
{
	struct view line;
	while (view_line(&rest, &line) && view_starts(line, "# ")) {
		char name[64] = "", value[256] = "";
		size_t blank = view_find(line, 2, " ");
		snprintf(name, sizeof(name), "%.*s", VIEW_ARG(view_sub(line, 2, blank)));
		snprintf(value, sizeof(value), "%.*s", VIEW_ARG(view_sub(line, blank + 1, line.len)));
		struct sow_error err;
		if (recipe_set(r, recipe_field(name, NULL), value, &err))
			fail_msg("%s", err.text);
	}
}

static void expect(const struct buf *got, const char *path)
{
	struct sow_error err;
	if (write_anew) {
		struct outfile *out = outfile_open(path, &err);
		outfile_write(out, got->data, got->len);
		assert_int_equal(outfile_finish(out, &err), 0);
		return;
	}
	struct buf expected = BUF_INIT;
	if (infile_whole(path, &expected, &err))
		fail_msg("%s", err.text);
	struct view a = view_from(expected.data, expected.len), b = view_from(got->data, got->len);
	struct view x, y;
	for (size_t n = 1; a.len || b.len; n++) {
		x = y = view_of("(nothing)");
		(void)view_line(&a, &x);
		(void)view_line(&b, &y);
		if (!view_eq(x, y))
			fail_msg("%s:%zu: expected\n%.*s\nand got\n%.*s", path, n, VIEW_ARG(x),
				 VIEW_ARG(y));
	}
	buf_release(&expected);
}

static void golden(void **state)
{
	(void)state;
	struct buf script = BUF_INIT, got = BUF_INIT, expected = BUF_INIT;
	struct sow_error err = { 0 };
	assert_int_equal(infile_whole(script_path, &script, &err), 0);
	struct recipe *recipe = recipe_new();
	assert_int_equal(recipe_add_step(recipe, "self-instruct", &err), 0);
	set_options(recipe, view_from(script.data, script.len));
	recipe->no_cache = true;
	recipe->steps[0].n = 1000;
	recipe->concurrency = recipe->steps[0].lookahead = 1;
	fake_script(view_from(script.data, script.len));

	char *dir = scratch_new();
	const struct run_hooks hooks = { .teacher = &fake_actor };
	struct run_outcome outcome;
	int status = run_recipe(recipe, dir, &hooks, &outcome, &err);
	if (status != SOW_MISSING) /* a script ends when it has no more replies */
		fail_msg("%s", err.text);
	dump(dir, &got);
	buf_add(&expected, script_path, strlen(script_path) - strlen("script"));
	buf_addstr(&expected, "expected");
	expect(&got, expected.data);

	scratch_free(dir);
	recipe_free(recipe);
	buf_release(&script);
	buf_release(&got);
	buf_release(&expected);
}

int main(int argc, char **argv)
{
	write_anew = argc > 2 && strcmp(argv[1], "--write") == 0;
	script_path = argv[argc - 1];
	const struct CMUnitTest tests[] = { cmocka_unit_test(golden) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
