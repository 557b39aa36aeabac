/* Blocks and chunks: of what kinds, and that each is found at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"
#include "base/utf8.h"
#include "document/child.h"
#include "document/chunk.h"
#include "document/document.h"
#include "text/words.h"

typedef int reader(struct document *d);

static int read_html(struct document *d)
{
	struct buf source = d->text;
	d->text = (struct buf)BUF_INIT;
	int status = document_read_html(d, view_from(source.data, source.len));
	buf_release(&source);
	return status;
}

static struct document read_as(reader *read, const char *text, size_t len, struct arena *a)
{
	struct document d;
	document_init(&d, a);
	assert_int_equal(buf_add(&d.text, text, len), 0);
	assert_int_equal(read(&d), 0);
	return d;
}

/* The blocks as "P:text|H2:title|W:text". */
static void assert_blocks(reader *read, const char *text, const char *expected)
{
	struct arena *a = arena_new();
	struct document d = read_as(read, text, strlen(text), a);
	struct buf got = BUF_INIT;
	for (size_t i = 0; i < d.count; i++) {
		const struct block *b = &d.blocks[i];
		buf_addstr(&got, i ? "|" : "");
		if (b->kind == BLOCK_HEADING)
			buf_addf(&got, "H%d:%.*s", b->level, VIEW_ARG(b->title));
		else
			buf_addf(&got, "%c:%.*s", b->kind == BLOCK_WHOLE ? 'W' : 'P',
				 (int)(b->end - b->start), d.text.data + b->start);
	}
	assert_string_equal(got.data, expected);
	buf_release(&got);
	document_release(&d);
	arena_free(a);
}

static void plain_text_is_paragraphs(void **state)
{
	(void)state;
	assert_blocks(document_read_plain, "One\ntwo.\n\n  \nThree.\n", "P:One\ntwo.|P:Three.");
	assert_blocks(document_read_plain, "A\r\n\r\nB\fC", "P:A|P:B|P:C");
	assert_blocks(document_read_plain, "", "");
	assert_blocks(document_read_plain, " \n\n", "");
}

static void markdown_has_its_blocks(void **state)
{
	(void)state;
	assert_blocks(document_read_markdown, "# Tea *green*\n\nA leaf.\nIt is dried.\n\nSetext\n======\nB\n",
		      "H1:Tea green|P:A leaf.\nIt is dried.|H1:Setext|P:B");
	assert_blocks(document_read_markdown, "- one\n- two\n  - three\n\n> said\n",
		      "P:- one|P:- two|P:- three|P:> said");
	assert_blocks(document_read_markdown, "a\n\n```c\nint x;\n\n# no heading\n```\n\nb\n",
		      "P:a|W:```c\nint x;\n\n# no heading\n```|P:b");
	assert_blocks(document_read_markdown, "| a | b |\n|---|---|\n| 1 | 2 |\n\nend\n",
		      "W:| a | b |\n|---|---|\n| 1 | 2 ||P:end");
	assert_blocks(document_read_markdown, "---\ntitle: T\n---\n# H\n", "H1:H");
	assert_blocks(document_read_markdown, "", "");
}

static void html_is_what_a_reader_sees(void **state)
{
	(void)state;
	assert_blocks(read_html, "<html><head><title>x</title><style>p{}</style></head><body><nav>menu</nav>"
		      "<h1>Tea &amp;\n leaf</h1><p>One <b>two</b>\n three.<p>Four<br>five"
		      "<script>alert(1)</script></body></html>",
		      "H1:Tea & leaf|P:One two three.|P:Four\nfive");
	assert_blocks(read_html, "<ul><li>a<li>b</ul><pre>x\n  y</pre>tail",
		      "P:- a|P:- b|W:x\n  y|P:tail");
	assert_blocks(read_html, "<table><tr><th>a</th><th>b</th></tr><tr><td><p>1</p></td><td>2</td></tr>"
		      "</table><p>after", "W:a | b\n1 | 2|P:after");
	assert_blocks(read_html, "just text", "P:just text");
}

static size_t weight(struct view text)
{
	return words_count(text.p, text.len);
}

/* Of a text: each chunk is at its place, no larger than it may be, and no word is in none. */
static void assert_chunks(const struct document *d, size_t size, size_t overlap, const struct chunks *c)
{
	size_t covered = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct chunk *k = &c->list[i];
		size_t at = (size_t)(k->text.p - d->text.data);
		assert_true(k->text.len > 0 && at + k->text.len <= d->text.len);
		assert_int_equal(k->start, utf8_count(d->text.data, at));
		assert_int_equal(k->end, utf8_count(d->text.data, at + k->text.len));
		assert_true(weight(k->text) <= size + size / 4 + 8);
		if (i) {
			assert_true(k->start > c->list[i - 1].start);
			assert_true(k->end > c->list[i - 1].end);
		}
		if (!overlap)
			assert_true(at >= covered);
		covered = at + k->text.len;
	}
	/* what is in a block is in a chunk */
	for (size_t i = 0; i < d->count; i++) {
		size_t start = d->blocks[i].start, end = d->blocks[i].end;
		for (size_t k = 0; k < c->count && start < end; k++) {
			size_t from = (size_t)(c->list[k].text.p - d->text.data);
			size_t to = from + c->list[k].text.len;
			while (start < end && ascii_space(d->text.data[start]))
				start++;
			if (from <= start && start < to)
				start = to;
		}
		while (start < end && ascii_space(d->text.data[start]))
			start++;
		assert_true(start >= end);
	}
}

static const char article[] =
	"Intro without heading.\n\n# Tea\n\nTea is a drink. It is made of leaves by e.g. Mr. Smith. "
	"Is it hot? Yes!\n\n## Green\n\nGreen tea is not oxidized. It is steamed. It is green.\n\n"
	"## Black\n\nBlack tea is oxidized. \xE8\x8C\xB6\xE6\x98\xAF\xE7\x83\xAD\xE7\x9A\x84\xE3\x80\x82"
	"\xE5\xA5\xBD\xE5\x96\x9D\xE3\x80\x82 It is black.\n\n```\nbrew(3)\nbrew(4)\nbrew(5)\nbrew(6)\n```\n\n"
	"| leaf | time |\n|---|---|\n| green | 2 |\n| black | 4 |\n\n# Coffee\n\nAnother drink.\n";

static void chunks_are_at_their_places(void **state)
{
	(void)state;
	for (size_t size = 1; size < 120; size++) {
		for (size_t overlap = 0; 2 * overlap < size; overlap += 3) {
			struct arena *a = arena_new();
			struct document d = read_as(document_read_markdown, article, strlen(article), a);
			struct chunks c = CHUNKS_INIT;
			chunks_of(&d, size, overlap, &c);
			assert_true(c.count > 0);
			assert_chunks(&d, size, overlap, &c);
			chunks_release(&c);
			document_release(&d);
			arena_free(a);
		}
	}
}

static void assert_cut(const char *text, size_t size, size_t overlap, const char *expected)
{
	struct arena *a = arena_new();
	struct document d = read_as(document_read_markdown, text, strlen(text), a);
	struct chunks c = CHUNKS_INIT;
	struct buf got = BUF_INIT;
	chunks_of(&d, size, overlap, &c);
	for (size_t i = 0; i < c.count; i++)
		buf_addf(&got, "%s[%.*s] %.*s", i ? "|" : "", VIEW_ARG(c.list[i].heading),
			 VIEW_ARG(c.list[i].text));
	assert_string_equal(got.data, expected);
	buf_release(&got);
	chunks_release(&c);
	document_release(&d);
	arena_free(a);
}

static void chunks_end_where_sections_do(void **state)
{
	(void)state;
	assert_cut("# A\n\nOne two three.\n\n## B\n\nFour five six.\n", 5, 0,
		   "[A] # A\n\nOne two three.|[A > B] ## B\n\nFour five six.");
	assert_cut("# A\n\nOne.\n\n## B\n\nTwo.\n", 40, 0, "[A] # A\n\nOne.\n\n## B\n\nTwo.");
	/* a heading is not the end of a chunk */
	assert_cut("One two three four.\n\n# A\n\nFive. Six seven eight nine.\n", 7, 0,
		   "[] One two three four.|[A] # A\n\nFive. Six seven eight nine.");
}

static void sentences_are_whole_where_they_fit(void **state)
{
	(void)state;
	assert_cut("Mr. Ho ate. Was it e.g. rice? \"Yes.\" It was.", 5, 0,
		   "[] Mr. Ho ate.|[] Was it e.g. rice? \"Yes.\"|[] It was.");
	assert_cut("One two. Three four. Five six. Seven.", 5, 2,
		   "[] One two. Three four.|[] Three four. Five six. Seven.");
	assert_cut("One two three four five six.", 2, 0, "[] One two|[] three four|[] five six.");
}

static void code_and_tables_are_whole_where_they_fit(void **state)
{
	(void)state;
	assert_cut("One two three.\n\n```\na b\nc d\n```\n", 6, 0,
		   "[] One two three.|[] ```\na b\nc d\n```");
	assert_cut("```\na b\nc d\ne f\n```\n", 3, 0, "[] ```\na b|[] c d|[] e f\n```");
}

/* A word without an end does not make a chunk without one. */
static void long_words_are_cut(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf text = BUF_INIT;
	for (int i = 0; i < 20000; i++)
		buf_addstr(&text, "\xC3\xA4");
	struct document d = read_as(document_read_plain, text.data, text.len, a);
	struct chunks c = CHUNKS_INIT;
	chunks_of(&d, 100, 0, &c);
	assert_true(c.count > 10);
	for (size_t i = 0; i < c.count; i++) {
		size_t bad;
		assert_true(utf8_valid(c.list[i].text.p, c.list[i].text.len, &bad));
	}
	assert_chunks(&d, 100, 0, &c);
	chunks_release(&c);
	document_release(&d);
	arena_free(a);
	buf_release(&text);
}

static void mutate(struct buf *text, uint64_t number)
{
	static const char *const pieces[] = { "#", "\n", "```", "|", "<", ">", "</p>", "<table>", "- ", "*",
					      "---\n", "\xC3", "\xE2\x80\xA6", "&amp", "<!--", "\r", "\t" };
	struct draw d = draw_start(7, 1, number);
	for (int i = 0; i < 8; i++) {
		struct buf whole = BUF_INIT;
		size_t at = draw_below(&d, text->len + 1), len = draw_below(&d, 12);
		const char *piece = pieces[draw_below(&d, sizeof(pieces) / sizeof(*pieces))];
		buf_add(&whole, text->data, at);
		for (size_t k = draw_below(&d, 20); k > 0; k--)
			buf_addstr(&whole, piece);
		at = at + len < text->len ? at + len : text->len;
		buf_add(&whole, text->data + at, text->len - at);
		buf_release(text);
		*text = whole;
	}
}

static void mutations_crash_nothing(void **state)
{
	(void)state;
	static const char page[] = "<html><body><h1>Tea</h1><p>One <b>two</b> three. Four.<ul><li>a<li>b"
				   "</ul><table><tr><td>1<td>2</table><pre>x\n y</pre></body></html>";
	static const struct { reader *read; const char *text; } formats[] = {
		{ document_read_plain, article }, { document_read_markdown, article },
		{ read_html, page },
	};
	for (size_t f = 0; f < sizeof(formats) / sizeof(*formats); f++) {
		for (uint64_t i = 0; i < 200; i++) {
			struct arena *a = arena_new();
			struct buf text = BUF_INIT;
			struct chunks c = CHUNKS_INIT;
			buf_addstr(&text, formats[f].text);
			mutate(&text, i);
			struct document d = read_as(formats[f].read, text.data, text.len, a);
			chunks_of(&d, 5 + (size_t)i % 40, (size_t)i % 3, &c);
			assert_chunks(&d, 5 + (size_t)i % 40, (size_t)i % 3, &c);
			chunks_release(&c);
			document_release(&d);
			buf_release(&text);
			arena_free(a);
		}
	}
}

static void assert_html(const char *piece, int times, int expected)
{
	struct arena *a = arena_new();
	struct buf text = BUF_INIT;
	struct document d;
	for (int i = 0; i < times; i++)
		buf_addstr(&text, piece);
	buf_addstr(&text, "<p>the end");
	document_init(&d, a);
	assert_int_equal(document_read_html(&d, view_from(text.data, text.len)), expected);
	if (!expected)
		assert_true(view_ends(view_from(d.text.data, d.text.len), "the end\n\n"));
	document_release(&d);
	buf_release(&text);
	arena_free(a);
}

/* What libxml2 does not read to its end is not read at all. */
static void html_is_read_whole_or_not(void **state)
{
	(void)state;
	assert_html("<div><b>", 50, SOW_OK);
	assert_html("<div><b>", 100000, SOW_INVALID);
	assert_html("<div>", 300, SOW_INVALID);
	assert_html("<p>a short text</p>", 300000, SOW_OK);
	assert_html("a text without an end ", 600000, SOW_INVALID);
}

static void assert_child(const char *command, size_t cap, int status, const char *said)
{
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };
	struct buf out = { .data = buf_empty, .cap = cap };
	struct sow_error err = { 0 };
	assert_int_equal(child_text(argv, "/etc/passwd", (struct child_limits){ 1, 0 }, &out, &err), status);
	assert_string_equal(status ? err.text : out.data, said);
	buf_release(&out);
}

static void children_end_in_time(void **state)
{
	(void)state;
	assert_child("head -c 4", 100, SOW_OK, "root");
	assert_child("echo no >&2; exit 3", 100, SOW_INVALID, "--convert failed with status 3: no");
	assert_child("kill -9 $$", 100, SOW_INVALID, "--convert was ended by signal 9");
	assert_child("sleep 60 & sleep 60", 100, SOW_INVALID, "--convert took longer than 1 seconds");
	assert_child("yes", 100000, SOW_TOOBIG, "--convert: too much text");
	assert_child("yes >&2", 100000, SOW_INVALID, "--convert took longer than 1 seconds");
	assert_child("exec >&- 2>&-; sleep 60", 100, SOW_INVALID, "--convert took longer than 1 seconds");

	const char *const missing[] = { "sow-has-no-such-program", NULL };
	struct buf out = BUF_INIT;
	struct sow_error err = { 0 };
	assert_int_equal(child_text(missing, "/etc/passwd", (struct child_limits){ 1, 0 }, &out, &err), SOW_MISSING);
	assert_string_equal(err.text, "sow-has-no-such-program is not installed");
	assert_int_equal(child_text(missing, "/no/such/file", (struct child_limits){ 1, 0 }, &out, &err), SOW_IO);
}

/* It waits for its limit, which it gets when it has begun. */
static void children_have_so_much_memory(void **state)
{
	(void)state;
	const char *const argv[] = { "/bin/sh", "-c", "until ulimit -v | grep -q '^[0-9]'; do :; done; "
				     "exec dd bs=300M count=1 if=/dev/zero 2>&1 >/dev/null", NULL };
	struct buf out = BUF_INIT;
	struct sow_error err = { 0 };
	assert_int_equal(child_text(argv, "/dev/null", (struct child_limits){ 60, (size_t)100 << 20 }, &out, &err),
			 SOW_INVALID);
	assert_non_null(strstr(out.data, "memory"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_is_paragraphs),
		cmocka_unit_test(markdown_has_its_blocks),
		cmocka_unit_test(html_is_what_a_reader_sees),
		cmocka_unit_test(chunks_are_at_their_places),
		cmocka_unit_test(chunks_end_where_sections_do),
		cmocka_unit_test(sentences_are_whole_where_they_fit),
		cmocka_unit_test(code_and_tables_are_whole_where_they_fit),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(mutations_crash_nothing),
		cmocka_unit_test(html_is_read_whole_or_not),
		cmocka_unit_test(children_end_in_time),
		cmocka_unit_test(children_have_so_much_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
