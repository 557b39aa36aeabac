#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"
#include "data/jinja.h"

static const char record[] =
	"{\"title\":\"Rain\",\"n\":3,\"price\":1.50,\"ok\":true,\"off\":false,\"nil\":null,\"empty\":\"\","
	"\"tags\":[\"a\",\"b\",\"c\"],\"nothing\":[],\"deep\":{\"a\":[{\"b\":\"x\"},{\"b\":\"y\"}]},"
	"\"with blank\":\"w\",\"für\":\"u\",\"people\":[{\"name\":\"Ann\",\"age\":30},{\"name\":\"Bo\"}]}";

/* The text, or "!" and why there is none. */
static void fill(const char *template, struct buf *out)
{
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	struct buf why = BUF_INIT;
	struct json *doc = json_parse_lenient(view_of(record), a, NULL, NULL, &err);
	struct jinja *t = jinja_read(a, "p", view_of(template), &err);
	buf_clear(out);
	int status = t ? jinja_fill(t, json_root(doc), out, &why) : (int)err.status;
	if (status) {
		buf_clear(out);
		buf_addf(out, "!%s", t ? why.data : err.text);
	}
	if (t && !status)
		assert_true(jinja_fixed(t) <= out->len || !out->len);
	buf_release(&why);
	arena_free(a);
}

static const struct { const char *template, *expected; } cases[] = {
	{ "plain { text } } {", "plain { text } } {" },
	{ "{{title}} {{ n }} {{price}} {{ok}} {{off}}", "Rain 3 1.50 true false" },
	{ "{{ tags }} {{deep.a[0]}}", "[\"a\",\"b\",\"c\"] {\"b\":\"x\"}" },
	{ "{{tags[0]}}{{tags[-1]}} {{ deep.a[1].b }} {{deep[\"a\"][0]['b']}}", "ac y x" },
	{ "{{für}}", "u" },
	{ "{{ gone | default(\"a \\\"}} b\") }}", "a \"}} b" },
	{ "{{empty}}.", "." },
	{ "{{ missing }}", "!there is no field 'missing'" },
	{ "{{ nil }}", "!there is no field 'nil'" },
	{ "{{ deep.b.c }}", "!there is no field 'deep.b.c'" },
	{ "{{ tags[3] }}", "!there is no field 'tags[3]'" },
	{ "{{ tags[-4] }}", "!there is no field 'tags[-4]'" },
	{ "[{{ missing? }}{{ nil? }}]", "[]" },
	{ "{{ missing | default('d') }} {{ title | default('d') }}", "d Rain" },
	{ "{{ missing? | trim }}.", "." },
	{ "{{ missing | trim }}", "!there is no field 'missing'" },
	{ "{{ tags | join(', ') }} {{tags|join}} {{ tags | length }} {{ title|length }}", "a, b, c abc 3 4" },
	{ "{{ tags | first }} {{ tags | last }} {{ title | upper }} {{title|lower}}", "a c RAIN rain" },
	{ "{{ title | tojson }} {{ ' a\\n' | tojson }} {{ '  a ' | trim }}", "\"Rain\" \" a\\n\" a" },
	{ "{{ nothing | first }}", "!there is no field 'nothing'" },
	{ "{% if ok %}yes{% endif %}{% if off %}no{% endif %}", "yes" },
	{ "{% if missing %}1{% elif n == 3 %}2{% else %}3{% endif %}", "2" },
	{ "{% if missing %}1{% elif n == 4 %}2{% else %}3{% endif %}", "3" },
	{ "{% if n > 2 and n < 4 %}a{% endif %}{% if n >= 3 and n <= 3 %}b{% endif %}", "ab" },
	{ "{% if n > 3 or n < 3 or n != 3 %}a{% else %}b{% endif %}", "b" },
	{ "{% if not (off or missing) %}a{% endif %}{% if not off and ok %}b{% endif %}", "ab" },
	{ "{% if 'b' in tags %}a{% endif %}{% if 'd' not in tags %}b{% endif %}{% if 'ai' in title %}c{% endif %}", "abc" },
	{ "{% if 'a' in deep %}a{% endif %}{% if 3 in nothing %}b{% endif %}", "a" },
	{ "{% if title is defined and missing is not defined %}a{% endif %}", "a" },
	{ "{% if nil is none and title is not none %}a{% endif %}", "a" },
	{ "{% if title == \"Rain\" and price == 1.5 and ok == true %}a{% endif %}", "a" },
	{ "{% if title == 3 or n == '3' %}a{% else %}b{% endif %}", "b" },
	{ "{% if title > 'Pain' and title < 'Rains' %}a{% endif %}", "a" },
	{ "{% if title < 3 or tags < 3 or missing < 3 or missing >= 3 %}a{% endif %}.", "." },
	{ "{% if nothing %}a{% endif %}{% if tags %}b{% endif %}{% if empty %}c{% endif %}", "b" },
	{ "{% for t in tags %}{{ loop.index }}{{ t }}{% if not loop.last %},{% endif %}{% endfor %}", "1a,2b,3c" },
	{ "{% for p in people %}{{ p.name }} {{ p.age? }};{% endfor %}", "Ann 30;Bo ;" },
	{ "{% for p in people %}{{ p.age }}{% endfor %}", "!there is no field 'p.age'" },
	{ "{% for p in people %}{% for t in tags %}{{p.name}}{{t}} {% endfor %}{% endfor %}",
	  "Anna Annb Annc Boa Bob Boc " },
	{ "{% for x in nothing %}a{% endfor %}{% for x in missing? %}a{% endfor %}.", "." },
	{ "{% for x in title %}{% endfor %}", "!there is no list 'title'" },
	{ "{% for x in missing %}{% endfor %}", "!there is no list 'missing'" },
	{ "{% for x in none %}{% endfor %}", "!a list's value is missing" },
	{ "{{ none }}", "!a field's value is missing" },
	{ "a\n{% if ok %}\nb\n{% endif %}\nc", "a\nb\nc" },
	{ "a {# x }} {% #}\nb{# #} c", "a b c" },
	{ "a  {{- title -}}  b {%- if ok -%} c {%- endif %} d", "aRainbc d" },
	{ "{% raw %}{{ x }}{% if %}{% endraw %}!", "{{ x }}{% if %}!" },
	{ "{{ '}}' }}{{ \"%}\" }}", "}}%}" },
	{ "a\n{{", "!p:2: expected }}" },
	{ "{{ }}", "!p:1: expected the name of a field" },
	{ "{{ a b }}", "!p:1: expected the end of the expression, not 'b'" },
	{ "\n{{ a | shout }}", "!p:2: expected a filter: trim, length, tojson, first, last, join, default, lower or upper, not 'shout'" },
	{ "{{ a | default }}", "!p:1: expected default(VALUE)" },
	{ "{{ a | trim(3) }}", "!p:1: expected ')', not '3'" },
	{ "{{ a[ }}", "!p:1: expected a number" },
	{ "{{ tags[1.5] }}", "!p:1: expected a whole number, not '1.5'" },
	{ "{{ tags[99999999999999999999] }}", "!p:1: expected a whole number, not '99999999999999999999'" },
	{ "{{ tags[-1.0] }}", "c" },
	{ "{{ a['x }}", "!p:1: expected }}" },
	{ "{% if a %}x", "!p:1: expected the end of this block: {% endif %} or {% endfor %}" },
	{ "{% if a %}x{% endfor %}", "!p:1: expected {% endif %}, not 'endfor'" },
	{ "{% for a in b %}x{% else %}", "!p:1: expected {% endfor %}, not 'else'" },
	{ "{% endif %}", "!p:1: expected an open block before this, not 'endif'" },
	{ "{% set x = 1 %}", "!p:1: expected if, elif, else, endif, for, endfor, raw or endraw, not 'set'" },
	{ "{% for x tags %}", "!p:1: expected in, not 'tags'" },
	{ "{{ a is odd }}", "!p:1: expected defined or none, not 'odd'" },
	{ "{{ (a }}", "!p:1: expected ')'" },
	{ "{% raw %}x", "!p:1: expected {% endraw %}" },
};

static void fills(void **state)
{
	struct buf out = BUF_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fill(cases[i].template, &out);
		if (!view_eqstr(view_from(out.data, out.len), cases[i].expected))
			fail_msg("%s: expected '%s', got '%s'", cases[i].template, cases[i].expected,
				 out.data);
	}
	buf_release(&out);
}

static void begins_alike(void **state)
{
	static const struct { const char *template; size_t fixed; } shared[] = {
		{ "abc", 3 }, { "abc {{n}} d", 4 }, { "{{n}} d", 0 }, { "a{# x #}b{% if n %}c{% endif %}", 2 },
	};
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	(void)state;
	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
		struct jinja *t = jinja_read(a, "p", view_of(shared[i].template), &err);
		assert_non_null(t);
		assert_int_equal(jinja_fixed(t), shared[i].fixed);
	}
	arena_free(a);
}

static void nests_to_a_bound(void **state)
{
	struct sow_error err = { 0 };
	(void)state;
	for (size_t depth = 60; depth <= 5000; depth += 4940) {
		static const char *const open[] = { "{% if n %}", "{{ (" }, *const close[] = { "{% endif %}", "" };
		for (int k = 0; k < 2; k++) {
			struct buf text = BUF_INIT;
			struct arena *a = arena_new();
			for (size_t i = 0; i < depth; i++)
				buf_addstr(&text, i && k ? "(" : open[k]);
			buf_addstr(&text, k ? "n" : "x");
			for (size_t i = 0; i < depth; i++)
				buf_addstr(&text, k ? ")" : close[k]);
			buf_addstr(&text, k ? "}}" : "");
			struct jinja *t = jinja_read(a, "p", view_from(text.data, text.len), &err);
			assert_true((t != NULL) == (depth == 60));
			buf_release(&text);
			arena_free(a);
		}
	}
}

static void holds(void **state)
{
	static const struct { const char *condition; bool holds; } conditions[] = {
		{ "ok", true }, { "off", false }, { "missing", false }, { "n > 2 and title", true },
		{ "n > 3", false }, { "tags | length >= 3", true }, { "tags|length > 3", false },
	};
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	struct json *doc = json_parse(record, sizeof(record) - 1, &err);
	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		struct jinja *t = jinja_read_condition(a, "when", view_of(conditions[i].condition), &err);
		assert_non_null(t);
		assert_int_equal(jinja_holds(t, json_root(doc)), conditions[i].holds);
	}
	assert_null(jinja_read_condition(a, "when", view_of("n >"), &err));
	assert_string_equal(err.text, "when:1: expected the name of a field");
	assert_null(jinja_read_condition(a, "when", view_of("n 3"), &err));
	json_free(doc);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills), cmocka_unit_test(begins_alike),
		cmocka_unit_test(nests_to_a_bound), cmocka_unit_test(holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
