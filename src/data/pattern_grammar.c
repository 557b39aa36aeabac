/* Writes a pattern as an expression of GBNF. */
#include "data/pattern_private.h"

#include <stdio.h>

#include "base/utf8.h"

static bool may_be_empty(const struct pattern_node *n)
{
	switch (n->kind) {
	case NODE_SET:
		return false;
	case NODE_REPEAT:
		return !n->least || may_be_empty(n->first);
	case NODE_ROW:
		for (const struct pattern_node *part = n->first; part; part = part->next) {
			if (!may_be_empty(part))
				return false;
		}
		return true;
	case NODE_EITHER:
		for (const struct pattern_node *part = n->first; part; part = part->next) {
			if (may_be_empty(part))
				return true;
		}
		return false;
	}
	return false;
}

/* A grammar that repeats something that may be empty would never end. */
static bool can_be_said(const struct pattern_node *n)
{
	if (n->kind == NODE_REPEAT && n->most > 1 && may_be_empty(n->first))
		return false;
	for (const struct pattern_node *part = n->first; part; part = part->next) {
		if (!can_be_said(part))
			return false;
	}
	return true;
}

/* A character in a literal or a class of GBNF. */
static void say_character(struct buf *out, uint32_t c)
{
	bool plain = c == ' ' || c == '_' || (c < 0x80 && (ascii_alpha((char)c) || ascii_digit((char)c)));
	if (plain)
		buf_addch(out, (char)c);
	else if (c < 0x100)
		buf_addf(out, "\\x%02X", (unsigned)c);
	else if (c < 0x10000)
		buf_addf(out, "\\u%04X", (unsigned)c);
	else
		buf_addf(out, "\\U%08X", (unsigned)c);
}

void gbnf_add_literal(struct buf *out, struct view text)
{
	buf_addch(out, '"');
	for (size_t at = 0; at < text.len;) {
		uint32_t c = 0xFFFD;
		size_t n = utf8_next(text.p + at, text.len - at, &c);
		say_character(out, c);
		at += n ? n : 1;
	}
	buf_addch(out, '"');
}

/* Writes the ranges of a set that a JSON text holds unescaped. */
static size_t say_plain(struct buf *out, struct pattern_set s)
{
	static const struct pattern_range plain[] = {
		{ ' ', '!' }, { '#', '[' }, { ']', 0x7E }, { 0x80, 0xD7FF }, { 0xE000, PATTERN_LAST }
	};
	size_t said = 0;
	for (size_t i = 0; i < s.count; i++) {
		for (size_t k = 0; k < sizeof(plain) / sizeof(plain[0]); k++) {
			uint32_t first = s.ranges[i].first, last = s.ranges[i].last;
			if (first < plain[k].first)
				first = plain[k].first;
			if (last > plain[k].last)
				last = plain[k].last;
			if (first > last)
				continue;
			buf_addstr(out, said++ ? "" : "[");
			say_character(out, first);
			if (last > first) {
				buf_addch(out, '-');
				say_character(out, last);
			}
		}
	}
	buf_addstr(out, said ? "]" : "");
	return said;
}

/* Writes those that it holds after a backslash. A class with many control characters is not meant to produce
 * them: newline and tab suffice. */
static size_t say_escaped(struct buf *out, struct pattern_set s, size_t said)
{
	static const struct {
		char c;
		const char *escape;
	} escapes[] = { { '"', "\\\"" }, { '\\', "\\\\" }, { '\n', "\\n" }, { '\t', "\\t" } };
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (!pattern_set_has(s, (uint32_t)escapes[i].c))
			continue;
		buf_addstr(out, said++ ? " | " : "");
		gbnf_add_literal(out, view_of(escapes[i].escape));
	}
	for (uint32_t c = 0; !said && c < ' '; c++) {
		char escape[8];
		if (!pattern_set_has(s, c))
			continue;
		snprintf(escape, sizeof(escape), "\\u%04X", (unsigned)c);
		gbnf_add_literal(out, view_of(escape));
		said++;
	}
	return said;
}

static void say_set(struct buf *out, struct pattern_set s)
{
	buf_addch(out, '(');
	if (!say_escaped(out, s, say_plain(out, s)))
		buf_addstr(out, "\"\"");
	buf_addch(out, ')');
}

static void say(struct buf *out, const struct pattern_node *n)
{
	if (n->kind == NODE_SET) {
		say_set(out, n->set);
		return;
	}
	buf_addch(out, '(');
	if (!n->first)
		buf_addstr(out, "\"\"");
	for (const struct pattern_node *part = n->first; part; part = part->next) {
		say(out, part);
		if (part->next)
			buf_addstr(out, n->kind == NODE_EITHER ? " | " : " ");
	}
	buf_addch(out, ')');
	if (n->kind == NODE_REPEAT && n->most == PATTERN_NO_END)
		buf_addf(out, "{%zu,}", n->least);
	else if (n->kind == NODE_REPEAT)
		buf_addf(out, "{%zu,%zu}", n->least, n->most);
}

int pattern_grammar(const struct pattern *p, struct buf *out)
{
	if (!can_be_said(p->root))
		return SOW_MISSING;
	say(out, p->root);
	return out->status;
}
