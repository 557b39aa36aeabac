#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "method/rules.h"

static const char *broken(const struct rules *r, const char *instruction)
{
	struct view detail;
	enum rule_id id = rules_check(r, view_of(instruction), &detail);
	return id == RULE_COUNT ? "" : rule_table[id].name;
}

static const char *broken_words(const struct rules *r, int count)
{
	struct buf b = BUF_INIT;
	for (int i = 0; i < count; i++)
		buf_addstr(&b, i ? " w" : "W");
	const char *name = broken(r, b.data);
	buf_release(&b);
	return name;
}

static void paper(void **state)
{
	(void)state;
	struct rules *r = rules_new();
	assert_string_equal(broken(r, "Name the largest lake."), "");
	assert_string_equal(broken(r, ""), "empty");
	assert_string_equal(broken(r, "Name a lake"), "too-short");
	assert_string_equal(broken_words(r, 3), "too-short");
	assert_string_equal(broken_words(r, 4), "");
	assert_string_equal(broken_words(r, 150), "");
	assert_string_equal(broken_words(r, 151), "too-long");
	assert_string_equal(broken(r, "Write a program that counts words."), "program");
	assert_string_equal(broken(r, "write a PROGRAM that counts words."), "program");
	assert_string_equal(broken(r, "Write the program that counts words."), "");
	assert_string_equal(broken(r, "(a) Say hello to everybody"), "punctuation");
	assert_string_equal(broken(r, "_ is what in Python code?"), "punctuation");
	assert_string_equal(broken(r, "\xC3\x89" "crivez un petit texte."), "non-ascii");
	assert_string_equal(broken(r, "R\xC3\xA9sumez ce petit texte."), "");
	/* four Han letters are four words, unless the paper is taken at its word */
	rules_set(r, "non-ascii=off", NULL);
	assert_string_equal(broken(r, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE5\xAD\xA6"), "");
	rules_count_spaced(r);
	assert_string_equal(broken(r, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE5\xAD\xA6"),
			    "too-short");
	rules_free(r);
}

static void keywords(void **state)
{
	(void)state;
	static const char *const all[] = { "image", "images", "graph", "graphs", "picture",
		"pictures", "file", "files", "map", "maps", "draw", "plot", "go to" };
	struct rules *r = rules_new();
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct buf b = BUF_INIT;
		buf_addf(&b, "Now look at the %s here", all[i]);
		assert_string_equal(broken(r, b.data), "keyword");
		buf_release(&b);
	}
	assert_string_equal(broken(r, "DRAW me a big sheep"), "keyword");
	assert_string_equal(broken(r, "What is in report-file.txt today?"), "keyword");
	assert_string_equal(broken(r, "Say what \xE2\x80\x9Cplot\xE2\x80\x9D means here"), "keyword");
	/* whole words only */
	assert_string_equal(broken(r, "Write a paragraph for my profile"), "");
	assert_string_equal(broken(r, "Explain the mapping my_file has"), "");
	assert_string_equal(broken(r, "Which drawing suits the \xC3\xA9" "file?"), "");
	assert_string_equal(broken(r, "Ergo to what end is this?"), "");
	rules_free(r);
}

static void settings(void **state)
{
	(void)state;
	struct sow_error err;
	struct rules *r = rules_new();
	assert_int_equal(rules_set(r, "too-short=1", &err), 0);
	assert_string_equal(broken(r, "Sing loudly"), "");
	assert_int_equal(rules_set(r, "keyword=sing, dance", &err), 0);
	assert_string_equal(broken(r, "Sing loudly"), "keyword");
	assert_string_equal(broken(r, "Draw loudly"), "");
	assert_int_equal(rules_set(r, "keyword=+draw,video", &err), 0);
	assert_string_equal(broken(r, "Sing loudly"), "keyword");
	assert_string_equal(broken(r, "Draw loudly"), "keyword");
	assert_string_equal(broken(r, "A video, loudly"), "keyword");
	assert_int_equal(rules_set(r, "keyword=off", &err), 0);
	assert_string_equal(broken(r, "Sing loudly"), "");
	assert_int_equal(rules_set(r, "near-duplicate=0.5", &err), 0);
	assert_true(rules_number(r, RULE_NEAR_DUPLICATE) == 0.5);

	assert_int_equal(rules_set(r, "to-long=4", &err), SOW_USAGE);
	assert_string_equal(err.text, "rule 'to-long' is unknown; did you mean too-long?");
	assert_int_equal(rules_set(r, "too-long", &err), SOW_USAGE);
	assert_string_equal(err.text, "rule 'too-long': expected NAME=VALUE");
	assert_int_equal(rules_set(r, "too-long=many", &err), SOW_USAGE);
	assert_string_equal(err.text, "rule too-long: expected on, off or a whole number, not 'many'");
	assert_int_equal(rules_set(r, "near-duplicate=7", &err), SOW_USAGE);
	assert_int_equal(rules_set(r, "near-duplicate=nan", &err), SOW_USAGE);
	assert_int_equal(rules_set(r, "program=3", &err), SOW_USAGE);
	assert_int_equal(rules_set(r, "no-instance=off", &err), SOW_USAGE);
	rules_free(r);
}

static void every_rule_has_a_reason(void **state)
{
	(void)state;
	for (int i = 0; i < RULE_COUNT; i++) {
		assert_non_null(rule_table[i].name);
		assert_non_null(rule_why(rule_table[i].name));
	}
	assert_null(rule_why("unheard-of"));
}

/* What a run records: the rules that its method knows, as they are now, with every word. */
static void in_force(void **state)
{
	(void)state;
	struct rules *r = rules_new();
	struct buf out = BUF_INIT;
	rules_text(r, "self", &out);
	assert_int_equal(out.len, 0);
	rules_text(r, "alpaca", &out);
	assert_string_equal(out.data,
		"too-short=3\ntoo-long=150\nkeyword=image,images,graph,graphs,picture,pictures,file,"
		"files,map,maps,draw,plot,go to\nprogram=on\npunctuation=on\nnon-ascii=on\n"
		"too-many=7\nnear-duplicate=0.7\ncut-instance=on\nsame-as-input=on\n"
		"ends-with-colon=on\n");
	buf_clear(&out);
	rules_set(r, "refusal=off", NULL);
	rules_set(r, "cut-reply=off", NULL);
	rules_text(r, "evol", &out);
	assert_string_equal(out.data, "cut-reply=off\nscaffold=on\nrepeats-prompt=6\nrefusal-opening=on\n"
				      "self-naming=on\nasks-back=80\nholds-answer=on\nequal-to-parent=on\n"
				      "refusal=off\nempty-answer=on\n");
	for (int i = 0; i < RULE_COUNT; i++)
		assert_true(rule_table[i].fixed != (rule_table[i].methods != NULL));
	buf_release(&out);
	rules_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paper), cmocka_unit_test(keywords), cmocka_unit_test(settings),
		cmocka_unit_test(every_rule_has_a_reason), cmocka_unit_test(in_force),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
