/* Prose as arbitrary bytes: its first sentence, its clauses, what a parser sees of them; and
 * what an answer looks like. */
#include <string.h>

#include "check.h"
#include "report/output_kind.h"
#include "text/language.h"
#include "text/prose.h"
#include "text/script.h"

static void check_plain(struct view clause)
{
	struct buf out = BUF_INIT;
	prose_plain(clause, &out);
	CHECK(!memchr(out.data, '\n', out.len) && !strstr(out.data, "  "));
	CHECK(out.len <= 3 * clause.len + 1); /* a bad byte may become U+FFFD, a mark is added */
	buf_release(&out);
}

static void check_kind(struct view text)
{
	size_t opening = refusal_opening_count;
	enum output_kind kind = output_kind(text, &opening);
	CHECK(kind < OUTPUT_KINDS);
	CHECK(kind != OUTPUT_REFUSED || opening < refusal_opening_count);
	CHECK((kind == OUTPUT_EMPTY) == !view_trim(text).len);
	struct script_counts letters = { 0 };
	script_count(&letters, text.p, text.len);
	CHECK(script_most(&letters) < LETTER_SCRIPTS);
	CHECK(letter_script_name(script_most(&letters)));
	if (utf8_valid(text.p, text.len, NULL))
		CHECK(language_of(text.p, text.len) < LANGUAGE_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_from((const char *)data, size), rest;
	struct view first = prose_first(text);
	CHECK(!first.len || is_inside(first, text));
	CHECK(is_trimmed(first));
	CHECK(view_eq(prose_first(first), first));
	struct view clause = prose_split(first, &rest);
	CHECK(clause.len + rest.len <= first.len);
	CHECK(!clause.len || is_inside(clause, first));
	check_plain(clause);
	check_plain(rest);
	check_kind(text);
	return 0;
}
