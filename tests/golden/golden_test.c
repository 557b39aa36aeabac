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
#include "base/mem.h"
#include "io/db.h"
#include "io/infile.h"
#include "io/outfile.h"
#include "run/run.h"
#include "../support/exported.h"
#include "../support/fake.h"
#include "../support/scratch.h"

static const char *script_path;
static char folder[512], method[64]; /* the script's folder, which is called as the method */
static bool write_anew;

/* One row a line, as JSON. */
static const char *const dumps[] = {
	"SELECT json_object('ticket', ticket, 'accepted', accepted, 'failed', failed,"
	" 'examples', json_array_length(examples)) FROM ticket ORDER BY step, ticket",
	"SELECT json_object('unit', ticket || '.' || item, 'stage', stage, 'state', state,"
	" 'instruction', instruction, 'is_classification', is_classification,"
	" 'nearest', json(nearest), 'mean_score', round(mean_score, 12))"
	" FROM unit ORDER BY step, ticket, item",
	"SELECT json_object('link', ticket || '.' || item, 'parent', parent, 'operation', operation,"
	" 'source', source, 'input', input, 'turns', turns) FROM unit WHERE source <> ''"
	" ORDER BY step, ticket, item",
	"SELECT json_object('instance', ticket || '.' || item || '.' || number, 'input', input,"
	" 'output', output) FROM instance ORDER BY step, ticket, item, number",
	"SELECT json_object('grade', ticket || '.' || item || '.' || stage || '.' || sample, 'score',"
	" score, 'chosen', chosen) FROM answer ORDER BY step, ticket, item, stage, sample",
	"SELECT json_object('reject', ticket || '.' || item, 'stage', stage, 'rule', rule,"
	" 'text', text, 'detail', detail, 'near', near, 'score', round(score, 12))"
	" FROM reject ORDER BY step, ticket, item, id",
	"SELECT json_object('reply', ticket || '.' || item || '.' || stage, 'sampling',"
	" json(sampling), 'finish', finish) FROM reply ORDER BY step, ticket, item, stage, sample",
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

/* A file of a script stands beside it. */
static void set_option(struct recipe *r, const char *name, const char *value)
{
	struct sow_error err;
	char path[1024];
	bool is_file = strcmp(name, "input") == 0 || strcmp(name, "seeds") == 0;
	snprintf(path, sizeof(path), "%s/%s", folder, value);
	if (recipe_set(r, recipe_option(name, r->steps[0].method), is_file ? path : value, &err))
		fail_msg("%s", err.text);
}

static void set_options(struct recipe *r, struct view rest)
{
	struct view line;
	while (view_line(&rest, &line) && view_starts(line, "# ")) {
		char name[64] = "", value[256] = "";
		size_t blank = view_find(line, 2, " ");
		snprintf(name, sizeof(name), "%.*s", VIEW_ARG(view_sub(line, 2, blank)));
		snprintf(value, sizeof(value), "%.*s", VIEW_ARG(view_sub(line, blank + 1, line.len)));
		set_option(r, name, value);
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
	assert_int_equal(recipe_add_step(recipe, method, &err), 0);
	set_options(recipe, view_from(script.data, script.len));
	bool takes_input = recipe->steps[0].method->takes_input;
	recipe->no_cache = true;
	recipe->concurrency = recipe->steps[0].lookahead = 1;
	if (!takes_input)
		recipe->steps[0].n = 1000;
	fake_script(view_from(script.data, script.len));

	char *dir = scratch_new(), *tasks = NULL;
	const struct run_hooks hooks = { .teacher = &fake_actor };
	struct run_outcome outcome;
	int status = run_recipe(recipe, dir, &hooks, &outcome, &err);
	/* a script for a pool ends when it has no more replies */
	if (status != (takes_input ? SOW_OK : SOW_MISSING))
		fail_msg("%s", err.text);
	dump(dir, &got);
	if (strcmp(method, "self-instruct") != 0)
		buf_addstr(&got, tasks = exported(dir, &(struct task_range){ 0 }));
	buf_add(&expected, script_path, strlen(script_path) - strlen("script"));
	buf_addstr(&expected, "expected");
	expect(&got, expected.data);

	mem_free(tasks);
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
	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(script_path, '/') - script_path),
		 script_path);
	snprintf(method, sizeof(method), "%s", strrchr(folder, '/') + 1);
	for (char *p = method; *p; p++)
		*p = *p == '_' ? '-' : *p;
	const struct CMUnitTest tests[] = { cmocka_unit_test(golden) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
