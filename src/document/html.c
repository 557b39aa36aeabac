/* HTML: what a reader sees of it. */
#include <string.h>

#include "document/flow.h"
#include "document/xml.h"

static const struct {
	const char *name;
	enum flow_part part;
} parts[] = {
	{ "address", FLOW_BLOCK }, { "article", FLOW_BLOCK }, { "aside", FLOW_BLOCK },
	{ "blockquote", FLOW_BLOCK }, { "body", FLOW_BLOCK }, { "br", FLOW_BREAK },
	{ "button", FLOW_HIDDEN }, { "caption", FLOW_ROW }, { "dd", FLOW_BLOCK },
	{ "details", FLOW_BLOCK }, { "div", FLOW_BLOCK }, { "dl", FLOW_BLOCK }, { "dt", FLOW_BLOCK },
	{ "fieldset", FLOW_BLOCK }, { "figcaption", FLOW_BLOCK }, { "figure", FLOW_BLOCK },
	{ "footer", FLOW_BLOCK }, { "form", FLOW_BLOCK }, { "h1", FLOW_HEADING }, { "h2", FLOW_HEADING },
	{ "h3", FLOW_HEADING }, { "h4", FLOW_HEADING }, { "h5", FLOW_HEADING }, { "h6", FLOW_HEADING },
	{ "head", FLOW_HIDDEN }, { "header", FLOW_BLOCK }, { "hr", FLOW_BLOCK },
	{ "iframe", FLOW_HIDDEN }, { "li", FLOW_ITEM }, { "main", FLOW_BLOCK }, { "nav", FLOW_HIDDEN },
	{ "noscript", FLOW_HIDDEN }, { "object", FLOW_HIDDEN }, { "ol", FLOW_BLOCK }, { "p", FLOW_BLOCK },
	{ "pre", FLOW_CODE }, { "script", FLOW_HIDDEN }, { "section", FLOW_BLOCK },
	{ "select", FLOW_HIDDEN }, { "style", FLOW_HIDDEN }, { "summary", FLOW_BLOCK },
	{ "svg", FLOW_HIDDEN }, { "table", FLOW_TABLE }, { "td", FLOW_CELL }, { "template", FLOW_HIDDEN },
	{ "textarea", FLOW_HIDDEN }, { "th", FLOW_CELL }, { "tr", FLOW_ROW }, { "ul", FLOW_BLOCK },
};

static enum flow_part part_of(const char *name)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (strcmp(name, parts[i].name) == 0)
			return parts[i].part;
	}
	return FLOW_NONE;
}

static void visit(struct flow *f, struct xml *x, const struct xml_node *n)
{
	for (; n; n = xml_next(n)) {
		const char *name = xml_name(n);
		if (!name) {
			flow_text(f, xml_text(x, n));
			continue;
		}
		enum flow_part part = part_of(name);
		if (part == FLOW_HIDDEN)
			continue;
		if (part)
			flow_enter(f, part);
		visit(f, x, xml_first(n));
		if (part)
			flow_leave(f, part, part == FLOW_HEADING ? name[1] - '0' : 0);
	}
}

static int read_tree(struct document *d, struct xml *x)
{
	struct flow f = FLOW_OF(d);
	visit(&f, x, xml_root(x));
	return flow_finish(&f);
}

int document_read_html(struct document *d, struct view source)
{
	struct xml *x;
	int status = xml_read_html(&x, source);
	if (!status)
		status = read_tree(d, x);
	xml_free(x);
	return status;
}

/* As XML, where "<script/>" is over at once; what is none, as browsers read HTML. */
int document_read_xhtml(struct document *d, struct view source)
{
	struct xml *x;
	int status = xml_read(&x, source, NULL);
	if (status == SOW_INVALID)
		return document_read_html(d, source);
	if (!status)
		status = read_tree(d, x);
	xml_free(x);
	return status;
}
