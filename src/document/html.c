/* HTML through libxml2: what a reader sees of it. */
#include <stdbool.h>
#include <string.h>

#include <libxml/HTMLparser.h>

#include "base/error.h"
#include "base/utf8.h"
#include "document/document.h"

enum part {
	PART_NONE,                   /* within a line */
	PART_HIDDEN, PART_BREAK, PART_BLOCK, PART_ITEM, PART_HEADING, PART_CODE, PART_TABLE, PART_ROW,
	PART_CELL
};

static const struct {
	const char *name;
	enum part part;
} parts[] = {
	{ "address", PART_BLOCK }, { "article", PART_BLOCK }, { "aside", PART_BLOCK },
	{ "blockquote", PART_BLOCK }, { "body", PART_BLOCK }, { "br", PART_BREAK },
	{ "button", PART_HIDDEN }, { "caption", PART_ROW }, { "dd", PART_BLOCK },
	{ "details", PART_BLOCK }, { "div", PART_BLOCK }, { "dl", PART_BLOCK }, { "dt", PART_BLOCK },
	{ "fieldset", PART_BLOCK }, { "figcaption", PART_BLOCK }, { "figure", PART_BLOCK },
	{ "footer", PART_BLOCK }, { "form", PART_BLOCK }, { "h1", PART_HEADING }, { "h2", PART_HEADING },
	{ "h3", PART_HEADING }, { "h4", PART_HEADING }, { "h5", PART_HEADING }, { "h6", PART_HEADING },
	{ "head", PART_HIDDEN }, { "header", PART_BLOCK }, { "hr", PART_BLOCK },
	{ "iframe", PART_HIDDEN }, { "li", PART_ITEM }, { "main", PART_BLOCK }, { "nav", PART_HIDDEN },
	{ "noscript", PART_HIDDEN }, { "object", PART_HIDDEN }, { "ol", PART_BLOCK }, { "p", PART_BLOCK },
	{ "pre", PART_CODE }, { "script", PART_HIDDEN }, { "section", PART_BLOCK },
	{ "select", PART_HIDDEN }, { "style", PART_HIDDEN }, { "summary", PART_BLOCK },
	{ "svg", PART_HIDDEN }, { "table", PART_TABLE }, { "td", PART_CELL }, { "template", PART_HIDDEN },
	{ "textarea", PART_HIDDEN }, { "th", PART_CELL }, { "tr", PART_ROW }, { "ul", PART_BLOCK },
};

struct reading {
	struct document *d;
	size_t start;                /* of the block under way */
	int tables, codes;           /* depth in them */
	bool needs_blank;            /* there was white space */
	int status;
};

static enum part part_of(const xmlNode *n)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (strcmp((const char *)n->name, parts[i].name) == 0)
			return parts[i].part;
	}
	return PART_NONE;
}

static void add_text(struct reading *r, const char *text)
{
	struct buf *out = &r->d->text;
	for (const char *c = text; *c; c++) {
		if (r->codes) {
			buf_addch(out, *c);
			continue;
		}
		if (ascii_space(*c)) {
			r->needs_blank = true;
			continue;
		}
		bool at_start = out->len == r->start || out->data[out->len - 1] == '\n';
		if (r->needs_blank && !at_start)
			buf_addch(out, ' ');
		r->needs_blank = false;
		buf_addch(out, *c);
	}
}

/* Ends the block under way, if something is in it. */
static void end_block(struct reading *r, enum block_kind kind, int level, const char *between)
{
	struct document *d = r->d;
	struct block b = { .kind = kind, .level = level, .start = r->start, .end = d->text.len };
	struct view text = view_trim(view_from(d->text.data + b.start, b.end - b.start));
	r->needs_blank = false;
	if (r->status || buf_failed(&d->text))
		return;
	if (!text.len) {
		buf_cut(&d->text, b.start);
		return;
	}
	if (kind == BLOCK_HEADING) {
		const char *copy = arena_copyview(d->arena, text);
		b.title = view_from(copy, text.len);
		r->status = copy ? SOW_OK : SOW_NOMEM;
	}
	if (!r->status)
		r->status = document_add(d, &b);
	buf_addstr(&d->text, between);
	r->start = d->text.len;
}

static void enter(struct reading *r, enum part part)
{
	struct buf *out = &r->d->text;
	bool is_table = r->tables > 0;
	if (part == PART_CODE || part == PART_TABLE) {
		if (!is_table && !r->codes)
			end_block(r, BLOCK_PARAGRAPH, 0, "\n\n");
		r->codes += part == PART_CODE;
		r->tables += part == PART_TABLE;
	} else if (part == PART_CELL && is_table) {
		if (out->len > r->start && out->data[out->len - 1] != '\n')
			buf_addstr(out, " | ");
		r->needs_blank = false;
	} else if (is_table || r->codes) {
		r->needs_blank = true;
	} else if (part != PART_BREAK) {
		end_block(r, BLOCK_PARAGRAPH, 0, "\n\n");
		if (part == PART_ITEM)
			buf_addstr(out, "- ");
	}
}

static void leave(struct reading *r, const xmlNode *n, enum part part)
{
	struct buf *out = &r->d->text;
	r->codes -= part == PART_CODE;
	r->tables -= part == PART_TABLE;
	bool is_inside = r->tables || r->codes;
	if ((part == PART_ROW && r->tables) || (part == PART_BREAK && !r->tables)) {
		if (out->len > r->start && (out->data[out->len - 1] != '\n' || r->codes))
			buf_addch(out, '\n');
		r->needs_blank = false;
	} else if (is_inside) {
		r->needs_blank = true;
	} else if (part == PART_HEADING) {
		end_block(r, BLOCK_HEADING, n->name[1] - '0', "\n\n");
	} else {
		end_block(r, part == PART_CODE || part == PART_TABLE ? BLOCK_WHOLE : BLOCK_PARAGRAPH, 0,
			  part == PART_ITEM ? "\n" : "\n\n");
	}
}

/* libxml2 lets no element be deeper than 256, so this goes no deeper. */
static void visit(struct reading *r, const xmlNode *n)
{
	for (; n && !r->status; n = n->next) {
		if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) {
			if (n->content)
				add_text(r, (const char *)n->content);
			continue;
		}
		if (n->type != XML_ELEMENT_NODE)
			continue;
		enum part part = part_of(n);
		if (part == PART_HIDDEN)
			continue;
		if (part)
			enter(r, part);
		visit(r, n->children);
		if (part)
			leave(r, n, part);
	}
}

int document_read_html(struct document *d, struct view source)
{
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
			    HTML_PARSE_NONET;
	struct reading r = { .d = d, .start = d->text.len };
	size_t bad;
	bool is_utf8 = utf8_valid(source.p, source.len, &bad);
	htmlParserCtxt *parser = htmlNewParserCtxt();
	xmlDoc *doc = parser ? htmlCtxtReadMemory(parser, source.p, (int)source.len, NULL,
						  is_utf8 ? "UTF-8" : NULL, options) : NULL;
	/* it stops in the middle at what is too deep or too long for it */
	bool is_whole = doc && !parser->disableSAX;
	if (is_whole) {
		visit(&r, xmlDocGetRootElement(doc));
		end_block(&r, BLOCK_PARAGRAPH, 0, "");
	}
	xmlFreeDoc(doc);
	htmlFreeParserCtxt(parser);
	return !parser ? SOW_NOMEM : !is_whole ? SOW_INVALID : r.status ? r.status : d->text.status;
}
