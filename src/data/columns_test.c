#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "data/columns.h"
#include "io/infile.h"

static struct sow_error err;

static void names(void **state)
{
	(void)state;
	assert_int_equal(column_find(view_of("response"))->column, COLUMN_ANSWER);
	assert_int_equal(column_find(view_of("text"))->column, COLUMN_INSTRUCTION);
	assert_null(column_find(view_of("category")));
	assert_null(column_find(view_of("")));
	assert_null(column_find(view_of("respons")));
	assert_null(column_find(view_from("system\0\0name", 12)));
	assert_int_equal(column_find(view_of("Response"))->column, COLUMN_ANSWER);
	/* of several the first is preferred */
	assert_true(column_find(view_of("instruction")) < column_find(view_of("prompt")));
	assert_true(column_find(view_of("prompt")) < column_find(view_of("text")));
}

static void every_meaning_has_a_name(void **state)
{
	(void)state;
	bool seen[COLUMNS] = { [COLUMN_FIELD] = true };
	for (const struct column_row *row = column_rows; row->name; row++) {
		assert_ptr_equal(column_find(view_of(row->name)), row); /* and no name comes twice */
		seen[row->column] = true;
	}
	for (int c = 0; c < COLUMNS; c++) {
		assert_true(seen[c]);
		assert_non_null(column_names[c]);
	}
}

/* docs/guide/data.md has a row for each meaning, and each name in it. */
static void documented(void **state)
{
	(void)state;
	char path[512];
	struct view line;
	snprintf(path, sizeof(path), "%s/docs/guide/data.md", getenv("SOW_SOURCE_ROOT"));
	for (const struct column_row *row = column_rows; row->name; row++) {
		char meaning[64], name[64];
		bool found = false;
		snprintf(meaning, sizeof(meaning), "`%s`", column_names[row->column]);
		snprintf(name, sizeof(name), "`%s`", row->name);
		struct infile *in = infile_open(path, &err);
		assert_non_null(in);
		while (infile_line(in, &line, &err) > 0) {
			size_t first = view_find(line, 0, " | ");
			found = found || (view_starts(line, "| `") && first != VIEW_NONE &&
					  view_find(view_sub(line, 0, first), 0, meaning) != VIEW_NONE &&
					  (view_find(line, first, name) != VIEW_NONE ||
					   strcmp(meaning, name) == 0));
		}
		infile_close(in);
		if (!found)
			fail_msg("docs/guide/data.md does not say that %s is %s", name, meaning);
	}
}

static void mapping(void **state)
{
	(void)state;
	struct columns c = { 0 };
	struct arena *a = arena_new();
	assert_int_equal(columns_map(&c, a, "answer=reply.0.text", &err), SOW_OK);
	assert_int_equal(columns_map(&c, a, "instruction=a=b", &err), SOW_OK);
	assert_string_equal(c.path[COLUMN_ANSWER], "reply.0.text");
	assert_string_equal(c.path[COLUMN_INSTRUCTION], "a=b");
	static const char *const wrong[] = { "answer", "answer=", "=x", "field=x", "clown=x", "" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(columns_map(&c, a, wrong[i], &err), SOW_USAGE);
		assert_true(strncmp(err.text, "--map: expected WHAT=COLUMN, WHAT one of id, name, ", 51) == 0);
	}
	arena_free(a);
}

static void found(const char *path, const char *want)
{
	static const char text[] = "{\"a\":{\"b\":[1,{\"c\":2}],\"x.y\":3},\"a.b\":4,\"n\":null,\"0\":5,"
				   "\"\":{\"\":6}}";
	struct json *doc = json_parse(text, strlen(text), &err);
	struct arena *a = arena_new();
	const json_value *v = path_find(json_root(doc), path);
	if (want)
		assert_true(view_eqstr(json_compact(v, a), want));
	else
		assert_null(v);
	arena_free(a);
	json_free(doc);
}

static void paths(void **state)
{
	(void)state;
	found("a.b", "4"); /* a name with the dot itself comes first */
	found("a.b.0", "1");
	found("a.x.y", "3");
	found("0", "5");
	found("n", "null");
	found("a.c", NULL);
	found("a.b.1.c.d", NULL);
	found("n.a", NULL);
}

struct list {
	struct buf text;
	size_t most;
};

static int add(void *data, const json_value *v)
{
	struct list *l = data;
	json_add_value(&l->text, v);
	buf_addch(&l->text, ' ');
	return l->most && --l->most == 0 ? 7 : 0;
}

static void each(const char *path, size_t most, int status, const char *want)
{
	static const char text[] = "{\"m\":[{\"t\":1,\"l\":[[2,3],4]},{\"t\":5},6,{\"t\":{\"u\":7}}],"
				   "\"m.t\":8,\"e\":[]}";
	struct json *doc = json_parse(text, strlen(text), &err);
	struct list l = { BUF_INIT, most };
	assert_int_equal(path_each(json_root(doc), path, add, &l), status);
	assert_string_equal(l.text.data, want);
	buf_release(&l.text);
	json_free(doc);
}

static void each_of_a_list(void **state)
{
	(void)state;
	each("m.t", 0, 0, "8 ");
	each("m.l", 0, 0, "2 3 4 ");
	each("m.0.t", 0, 0, "1 ");
	each("m.9.t", 0, 0, "");
	each("m.t.u", 0, 0, "7 ");
	each("e", 0, 0, "");
	each("m.l", 2, 7, "2 3 ");
}

static void shapes(void **state)
{
	(void)state;
	struct shape s = { 0 }, t = { 0 };
	struct buf out = BUF_INIT;
	shape_add(&s, view_of("instruction"), COLUMN_INSTRUCTION);
	shape_add(&s, view_of("output"), COLUMN_ANSWER);
	shape_add(&s, view_of(""), COLUMN_FIELD);
	assert_false(shape_print(&s, &out));
	shape_add(&t, view_of("response"), COLUMN_ANSWER);
	shape_add(&t, view_of("a\nb"), COLUMN_FIELD);
	shape_add(&t, view_of("instruction"), COLUMN_INSTRUCTION);
	shape_merge(&s, &t);
	assert_true(shape_print(&s, &out));
	assert_string_equal(out.data, "response → answer; kept as fields: a\\nb");
	assert_int_equal(s.rows[0].count, 2);
	for (int i = 0; i < 2 * SHAPE_ROWS; i++) { /* a name of any length, any number of them */
		char name[200];
		memset(name, 'n', sizeof(name));
		name[0] = (char)i;
		shape_add(&s, view_from(name, sizeof(name)), COLUMN_FIELD);
	}
	assert_int_equal(s.count, SHAPE_ROWS);
	assert_true(s.more > 0);
	buf_clear(&out);
	assert_true(shape_print(&s, &out));
	assert_non_null(strstr(out.data, ", and more"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(every_meaning_has_a_name),
		cmocka_unit_test(documented), cmocka_unit_test(mapping), cmocka_unit_test(paths), cmocka_unit_test(each_of_a_list),
		cmocka_unit_test(shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
