#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/yaml.h"

/* A node as line:column and its text, in [] or {}; a name that comes again has a "!". */
static void show(const struct yaml_node *node, struct buf *out)
{
	buf_addf(out, "%zu:%zu", node->place.line, node->place.column);
	if (node->kind == YAML_TEXT) {
		buf_addf(out, node->quoted ? "'%.*s'" : " %.*s", VIEW_ARG(node->text));
		return;
	}
	buf_addch(out, node->kind == YAML_LIST ? '[' : '{');
	for (const struct yaml_item *i = node->first; i; i = i->next) {
		if (i != node->first)
			buf_addstr(out, ", ");
		if (i->key) {
			show(i->key, out);
			buf_addf(out, "%s: ", i->again ? "!" : "");
		}
		show(i->value, out);
	}
	buf_addch(out, node->kind == YAML_LIST ? ']' : '}');
}

/* The tree, or "line:column: what was wrong". */
static void read_as(struct view text, struct buf *out)
{
	struct sow_error err = { 0 };
	struct yaml_place place = { 0, 0 };
	const struct yaml_node *root = NULL;
	struct arena *a = arena_new();
	int status = yaml_parse(text, a, &root, &place, &err);
	if (status)
		buf_addf(out, "%zu:%zu: %s", place.line, place.column, err.text);
	else if (root)
		show(root, out);
	else
		buf_addstr(out, "nothing");
	assert_true((status == 0) == (err.text[0] == '\0'));
	assert_true(!status || !root);
	arena_free(a);
}

struct example {
	const char *text, *shown;
};

static void check(const struct example *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf out = BUF_INIT;
		read_as(view_of(list[i].text), &out);
		assert_string_equal(out.data, list[i].shown);
		buf_release(&out);
	}
}
#define CHECK(list) check(list, sizeof(list) / sizeof(*(list)))

static void trees(void **state)
{
	static const struct example list[] = {
		{ "", "nothing" },
		{ "# only a remark\n", "nothing" },
		{ "x", "1:1 x" },
		{ "seed: 1\n", "1:1{1:1 seed: 1:7 1}" },
		{ "a: 'b: c'\nd: \"e\\n\"\n", "1:1{1:1 a: 1:4'b: c', 2:1 d: 2:4'e\n'}" },
		{ "a:\n  - b\n  - {c: d}\n", "1:1{1:1 a: 2:3[2:5 b, 3:5{3:6 c: 3:9 d}]}" },
		{ "a: [b, c]", "1:1{1:1 a: 1:4[1:5 b, 1:8 c]}" },
		{ "a: |\n  one\n  two\n", "1:1{1:1 a: 2:1'one\ntwo\n'}" },
		{ "- >\n  one\n  two\n- x\n", "1:1[2:1'one two\n', 4:3 x]" },
		{ ">", "1:1''" },
		{ "\xC3\xA9: [\"\xC3\xBC\", x]", "1:1{1:1 \xC3\xA9: 1:4[1:5'\xC3\xBC', 1:10 x]}" },
		{ "a:\tb", "1:1{1:1 a: 1:4 b}" },
		{ "a: 1\r\nb: 2\r\n", "1:1{1:1 a: 1:4 1, 2:1 b: 2:4 2}" },
		{ "\xEF\xBB\xBF" "a: 1", "1:1{1:1 a: 1:4 1}" },
		{ "%YAML 1.2\n---\na: 1\n...\n", "3:1{3:1 a: 3:4 1}" },
		{ "a: []\nb: {}\n", "1:1{1:1 a: 1:4[], 2:1 b: 2:4{}}" },
		/* nothing stands where its name does */
		{ "a: 1\nb:\nc: 2\n", "1:1{1:1 a: 1:4 1, 2:1 b: 2:1 , 3:1 c: 3:4 2}" },
		{ "a: 1\nb: 2\na: 3\n", "1:1{1:1 a: 1:4 1, 2:1 b: 2:4 2, 3:1 a!: 3:4 3}" },
	};
	(void)state;
	CHECK(list);
}

static void aliases_and_merges(void **state)
{
	static const struct example list[] = {
		{ "a: &x [1]\nb: *x\n", "1:1{1:1 a: 1:7[1:8 1], 2:1 b: 1:7[1:8 1]}" },
		{ "a: &x 1\nb: &x 2\nc: *x\n", "1:1{1:1 a: 1:7 1, 2:1 b: 2:7 2, 3:1 c: 2:7 2}" },
		{ "a: *x\n", "1:4: expected an anchor \"&x\" before this alias" },
		/* itself is not yet there */
		{ "a: &x\n  b: *x\n", "2:6: expected an anchor \"&x\" before this alias" },
		{ "&x a: *x\n", "1:1{1:4 a: 1:4 a}" },
		{ "a: &x {m: 1, n: 2}\nb:\n  <<: *x\n  n: 3\n",
		  "1:1{1:1 a: 1:7{1:8 m: 1:11 1, 1:14 n: 1:17 2}, "
		  "2:1 b: 3:3{4:3 n: 4:6 3, 1:8 m: 1:11 1}}" },
		/* of several the first has the say */
		{ "<<: [{a: 1}, {a: 2, b: 3}]\n", "1:1{1:7 a: 1:10 1, 1:21 b: 1:24 3}" },
		{ "<<: 1\n", "1:5: expected a mapping after \"<<\", or a list of them" },
		{ "<<: [{}, x]\n", "1:10: expected a mapping after \"<<\", or a list of them" },
		{ "'<<': 1\n", "1:1{1:1'<<': 1:7 1}" },
	};
	(void)state;
	CHECK(list);
}

static void refused(void **state)
{
	static const struct example list[] = {
		{ "a: [1, 2\nb: 3\n", "3:1: flow sequence without a closing bracket" },
		{ "a:\n\t- b\n", "2:1: tab character may not be used as indentation" },
		{ "a: b: c\n", "1:5: invalid nested block mapping on the same line" },
		{ "a: \"x\n", "1:5: double-quoted scalar without closing quote" },
		{ "a: 1\n  b: 2\n", "1:4: invalid multiline plain key" },
		{ "a: 1\n---\nb: 2\n", "2:1: expected one document, not a second" },
		{ "? [a]\n: b\n", "1:3: expected a name before the \":\"" },
		{ "a: !!int 1\n", "1:10: expected no tag (\"!\"): a text is a text here" },
		{ "a: !x [1]\n", "1:7: expected no tag (\"!\"): a text is a text here" },
		{ "a: 1\nb: \xFF\n", "2:4: expected UTF-8" },
		{ "\xC3\xA9: \x01", "1:4: expected text, not the control character U+0001" },
		{ "a: \x7F", "1:4: expected text, not the control character U+007F" },
		{ "a\xEF\xBF\xBE", "1:2: expected text, not the control character U+FFFE" },
		{ "a: @x\n", "1:4: plain scalar cannot start with '@'" },
	};
	(void)state;
	CHECK(list);
	struct buf out = BUF_INIT;
	read_as(view_from("a: b\0c: d\n", 10), &out);
	assert_string_equal(out.data, "1:5: expected text, not the control character U+0000");
	buf_release(&out);
}

static void is_refused(const struct buf *text, const char *why)
{
	struct buf out = BUF_INIT;
	read_as(view_from(text->data, text->len), &out);
	if (!strstr(out.data, why))
		fail_msg("%.200s", out.data);
	buf_release(&out);
}

static void bounds(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	for (int i = 0; i < YAML_DEPTH_MAX; i++)
		buf_addch(&text, '[');
	for (int i = 0; i < YAML_DEPTH_MAX; i++)
		buf_addch(&text, ']');
	is_refused(&text, "1:32[]]");
	buf_clear(&text);
	for (int i = 0; i <= YAML_DEPTH_MAX; i++)
		buf_addch(&text, '[');
	is_refused(&text, "1:33: expected less: this is nested too deep");

	/* each ten times as much as the one before: nine lines are a billion, and are shared */
	buf_clear(&text);
	buf_addstr(&text, "l0: &l0 [x]\n");
	for (int i = 1; i < 10; i++) {
		buf_addf(&text, "l%d: &l%d [", i, i);
		for (int j = 0; j < 10; j++)
			buf_addf(&text, "%s*l%d", j ? ", " : "", i - 1);
		buf_addstr(&text, "]\n");
	}
	struct arena *a = arena_new();
	struct yaml_place place;
	const struct yaml_node *root;
	assert_int_equal(yaml_parse(view_from(text.data, text.len), a, &root, &place, NULL), 0);
	arena_free(a);

	/* merges are copies */
	buf_clear(&text);
	buf_addstr(&text, "a: &a {");
	for (int i = 0; i < 2000; i++)
		buf_addf(&text, "k%d: 1, ", i);
	buf_addstr(&text, "}\nb:\n");
	for (int i = 0; i < 100; i++)
		buf_addstr(&text, "- {<<: *a}\n");
	is_refused(&text, "1:");
	is_refused(&text, "more than 100000 items");

	buf_clear(&text);
	for (size_t i = 0; i <= YAML_BYTES_MAX / 8; i++)
		buf_addstr(&text, "#234567\n");
	is_refused(&text, "1:1: longer than 1024 KiB");
	buf_release(&text);
}

static void nothing(void **state)
{
	static const char *const yes[] = { "a:", "a: ~", "a: null", "[~]" };
	static const char *const no[] = { "a: ''", "a: 0", "a: 'null'", "a: []", "a: no" };
	(void)state;
	for (size_t i = 0; i < 9; i++) {
		struct arena *a = arena_new();
		struct yaml_place place;
		const struct yaml_node *root;
		assert_int_equal(yaml_parse(view_of(i < 4 ? yes[i] : no[i - 4]), a, &root, &place, NULL), 0);
		assert_int_equal(yaml_is_nothing(root->first->value), i < 4);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees),
		cmocka_unit_test(aliases_and_merges),
		cmocka_unit_test(refused),
		cmocka_unit_test(bounds),
		cmocka_unit_test(nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
