#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "run/unread.h"

/* A ticket with rejects by these rules, up to an empty one, and so many accepted. */
static void note(struct unread *u, enum finish finish, const char *text, size_t accepted,
		 const enum rule_id *rules, size_t count)
{
	const struct unit at = { .step = 1 };
	const struct accepted one = { .unit = at };
	const struct reply reply = { .finish = finish, .text = view_of(text) };
	struct outcome o;
	outcome_init(&o);
	for (size_t i = 0; i < accepted; i++)
		outcome_accept(&o, &one);
	for (size_t i = 0; i < count; i++)
		outcome_reject(&o, &at, rule_table[rules[i]].name, view_of(text), view_of(""));
	unread_note(u, &o, &reply);
	outcome_release(&o);
}

static void note_one(struct unread *u, enum rule_id rule)
{
	note(u, FINISH_STOP, "no\n list", 0, &rule, 1);
}

static void all_unread(void **state)
{
	(void)state;
	struct unread u = { .from = 7 };
	for (int i = 0; i < UNREAD_MOST; i++) {
		assert_false(u.is_hopeless);
		note_one(&u, i % 2 ? RULE_NO_LIST : RULE_MALFORMED);
	}
	assert_true(u.is_hopeless);
	assert_string_equal(u.example, "no list");
	assert_true(unread_allows(&u, 27));
	assert_false(unread_allows(&u, 28));
}

/* One that could be read ends it, even if all of it was dropped. */
static void one_read(void **state)
{
	(void)state;
	struct unread u = { 0 };
	for (int i = 1; i < UNREAD_MOST; i++)
		note_one(&u, RULE_NO_LIST);
	note_one(&u, RULE_TOO_SHORT);
	for (int i = 0; i < UNREAD_MOST; i++)
		note_one(&u, RULE_NO_LIST);
	assert_false(u.is_hopeless);
	assert_true(unread_allows(&u, 1000));

	u = (struct unread){ 0 };
	const enum rule_id both[] = { RULE_MALFORMED, RULE_NO_OUTPUT };
	note(&u, FINISH_STOP, "", 0, both, 2);
	assert_true(u.is_over);
	u = (struct unread){ 0 };
	note(&u, FINISH_STOP, "", 1, both, 1);
	assert_true(u.is_over);
}

/* What was refused or cut tells nothing, and as many more may be asked. */
static void uncounted(void **state)
{
	(void)state;
	struct unread u = { 0 };
	const enum rule_id refused = RULE_REFUSED, cut = RULE_CUT_REPLY;
	note(&u, FINISH_ERROR, "", 0, &refused, 1);
	note(&u, FINISH_LENGTH, "", 0, &cut, 1);
	for (int i = 0; i < UNREAD_MOST; i++) {
		assert_false(u.is_hopeless);
		note_one(&u, RULE_NO_LIST);
	}
	assert_true(u.is_hopeless);
	assert_true(unread_allows(&u, 22));
	assert_false(unread_allows(&u, 23));
}

static void long_examples(void **state)
{
	(void)state;
	struct unread u = { 0 };
	char text[600];
	const enum rule_id rule = RULE_NO_LIST;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xC3\xA9", 3);
	note(&u, FINISH_STOP, text, 0, &rule, 1);
	assert_true(strlen(u.example) < sizeof(u.example));
	assert_string_equal(u.example + strlen(u.example) - 3, "…");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_unread), cmocka_unit_test(one_read), cmocka_unit_test(uncounted),
		cmocka_unit_test(long_examples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
