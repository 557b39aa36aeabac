/* DOCX: Office Open XML (ECMA-376), whose elements are known by their names without a prefix, so that
 * the strict and the transitional kind read alike. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "document/flow.h"
#include "document/package.h"

#define LEVEL_MAX 6
#define NORMAL LEVEL_MAX + 1     /* no heading */
#define BASED_MAX 16             /* styles that are based on one another */

struct style {
	const char *id, *based;      /* based: the id of another; "": none */
	int level;                   /* 1 to 6: a heading; 0: not said */
	bool is_title, is_list;
};

struct reading {
	struct flow flow;
	struct archive *archive;
	struct xml *xml;             /* the part under way */
	struct style *styles;
	size_t style_count;
	struct map by_id;            /* of styles, their numbers */
	bool has_foreign;            /* a part of another format stands in it */
	bool has_title;              /* one above all others, so that headings go a level down */
};

/* Small things */

static bool is_named(const struct xml_node *n, const char *name)
{
	const char *mine = xml_name(n);
	return mine && strcmp(mine, name) == 0;
}

static const struct xml_node *child(const struct xml_node *n, const char *name)
{
	for (n = n ? xml_first(n) : NULL; n && !is_named(n, name); n = xml_next(n))
		;
	return n;
}

/* The attribute "val" of a child; "": none. */
static const char *value(struct xml *x, const struct xml_node *n, const char *name)
{
	n = child(n, name);
	return n ? xml_attribute(x, n, "val") : "";
}

/* 0: it is none. */
static int level_from(const char *digits, int first)
{
	char *end;
	long n = strtol(digits, &end, 10);
	if (end == digits || *end || n < first || n > 8 + first)
		return 0;
	n = n - first + 1;
	return n > LEVEL_MAX ? LEVEL_MAX : (int)n;
}

static bool is_list(struct xml *x, const struct xml_node *properties)
{
	const struct xml_node *numbering = child(properties, "numPr");
	return numbering && strcmp(value(x, numbering, "numId"), "0") != 0;
}

/* An outline level counts from 0; 9 is body text. */
static int outline_of(struct xml *x, const struct xml_node *properties)
{
	const char *said = value(x, properties, "outlineLvl");
	return *said ? strcmp(said, "9") == 0 ? NORMAL : level_from(said, 0) : 0;
}

/* Styles */

/* In all languages the names of headings are "heading 1" and so on; their ids are not. */
static void read_name(struct style *s, const char *name)
{
	if (strncmp(name, "heading ", 8) == 0 || strncmp(name, "Heading ", 8) == 0)
		s->level = s->level ? s->level : level_from(name + 8, 1);
	s->is_title = strcmp(name, "Title") == 0 || strcmp(name, "title") == 0;
}

static void read_style(struct reading *r, struct xml *x, const struct xml_node *n, struct style *s)
{
	struct arena *a = r->flow.d->arena;
	const struct xml_node *properties = child(n, "pPr");
	s->id = arena_copystr(a, xml_attribute(x, n, "styleId"));
	s->based = arena_copystr(a, value(x, n, "basedOn"));
	s->level = outline_of(x, properties);
	read_name(s, value(x, n, "name"));
	s->is_list = is_list(x, properties);
	map_put(&r->by_id, s->id, strlen(s->id), r->style_count - 1);
}

static int read_styles(struct reading *r, const char *name, struct sow_error *err)
{
	struct xml *x;
	size_t count = 0;
	int status = package_xml(r->archive, name, &x, err);
	if (status)
		return status == SOW_MISSING ? SOW_OK : status;
	const struct xml_node *root = xml_root(x), *first = root ? xml_first(root) : NULL;
	for (const struct xml_node *n = first; n; n = xml_next(n))
		count += is_named(n, "style");
	r->styles = arena_array(r->flow.d->arena, count + 1, sizeof(*r->styles));
	for (const struct xml_node *n = first; n; n = xml_next(n)) {
		if (is_named(n, "style"))
			read_style(r, x, n, &r->styles[r->style_count++]);
	}
	xml_free(x);
	return SOW_OK;
}

/* What the style with that id and those that it is based on come to. */
static struct style style_of(const struct reading *r, const char *id)
{
	struct style all = { 0 };
	for (int i = 0; i < BASED_MAX && *id; i++) {
		const uint64_t *at = map_get(&r->by_id, id, strlen(id));
		if (!at)
			break;
		const struct style *s = &r->styles[*at];
		all.level = all.level ? all.level : s->level;
		all.is_title |= s->is_title && !i;
		all.is_list |= s->is_list;
		id = s->based;
	}
	return all;
}

/* Paragraphs and tables */

static void visit(struct reading *r, const struct xml_node *n);

/* Deleted text is in elements of another name. What was moved stands where it went to, and what old
 * programs shall see instead of something stands beside it. */
static bool is_hidden(const char *name)
{
	return strcmp(name, "moveFrom") == 0 || strcmp(name, "Fallback") == 0 ||
	       strcmp(name, "pPr") == 0 || strcmp(name, "rPr") == 0 || strcmp(name, "tblPr") == 0 ||
	       strcmp(name, "sectPr") == 0;
}

static void read_paragraph(struct reading *r, const struct xml_node *n)
{
	const struct xml_node *properties = child(n, "pPr");
	struct style s = style_of(r, value(r->xml, properties, "pStyle"));
	int outline = outline_of(r->xml, properties);
	int level = outline ? outline : s.level;
	enum flow_part part = FLOW_BLOCK;
	if (s.is_title) {
		part = FLOW_HEADING;
		level = 1;
		r->has_title = true;
	} else if (level && level < NORMAL) {
		part = FLOW_HEADING;
		level += r->has_title && level < LEVEL_MAX;
	} else if (s.is_list || is_list(r->xml, properties)) {
		part = FLOW_ITEM;
	}
	flow_enter(&r->flow, part);
	visit(r, xml_first(n));
	flow_leave(&r->flow, part, level);
}

static void read_texts(struct reading *r, const struct xml_node *n)
{
	for (; n; n = xml_next(n)) {
		if (!xml_name(n))
			flow_text(&r->flow, xml_text(r->xml, n));
	}
}

static void enclose(struct reading *r, enum flow_part part, const struct xml_node *n)
{
	flow_enter(&r->flow, part);
	visit(r, xml_first(n));
	flow_leave(&r->flow, part, 0);
}

static void visit(struct reading *r, const struct xml_node *n)
{
	for (; n; n = xml_next(n)) {
		const char *name = xml_name(n);
		if (!name || is_hidden(name))
			continue;
		if (strcmp(name, "t") == 0)
			read_texts(r, xml_first(n));
		else if (strcmp(name, "p") == 0)
			read_paragraph(r, n);
		else if (strcmp(name, "tbl") == 0)
			enclose(r, FLOW_TABLE, n);
		else if (strcmp(name, "tr") == 0)
			enclose(r, FLOW_ROW, n);
		else if (strcmp(name, "tc") == 0)
			enclose(r, FLOW_CELL, n);
		else if (strcmp(name, "br") == 0 || strcmp(name, "cr") == 0)
			enclose(r, FLOW_BREAK, n);
		else if (strcmp(name, "tab") == 0)
			flow_text(&r->flow, " ");
		else if (strcmp(name, "noBreakHyphen") == 0)
			flow_text(&r->flow, "-");
		else if (strcmp(name, "altChunk") == 0 || strcmp(name, "subDoc") == 0)
			r->has_foreign = true;
		else
			visit(r, xml_first(n));
	}
}

/* Parts */

static int read_body(struct reading *r, const char *name, struct sow_error *err)
{
	int status = package_xml(r->archive, name, &r->xml, err);
	if (status)
		return status;
	const struct xml_node *root = xml_root(r->xml), *body = child(root, "body");
	if (!body)
		status = error_set(err, SOW_INVALID, "%s: not a text document", name);
	else
		visit(r, xml_first(body));
	if (!status && r->has_foreign)
		status = error_set(err, SOW_INVALID, "%s: another document is embedded in it, which is not read", name);
	xml_free(r->xml);
	return status;
}

/* Notes that are no more than the line above them have a type. */
static int read_notes(struct reading *r, const char *name, struct sow_error *err)
{
	int status = package_xml(r->archive, name, &r->xml, err);
	if (status)
		return status == SOW_MISSING ? SOW_OK : status;
	const struct xml_node *root = xml_root(r->xml);
	for (const struct xml_node *n = root ? xml_first(root) : NULL; n; n = xml_next(n)) {
		const char *type = xml_attribute(r->xml, n, "type");
		if (!*type || strcmp(type, "normal") == 0)
			visit(r, xml_first(n));
	}
	xml_free(r->xml);
	return SOW_OK;
}

/* The part that another has a relation of such a kind to; "" if there is none, or a fallback. */
static int find_part(struct reading *r, const char *of, const char *kind, const char *fallback,
		     struct buf *out, struct sow_error *err)
{
	struct buf relations = BUF_INIT;
	struct xml *x = NULL;
	const char *slash = strrchr(of, '/');
	size_t folder = slash ? (size_t)(slash - of) + 1 : 0;
	buf_addf(&relations, "%.*s_rels/%s.rels", (int)folder, of, of + folder);
	int status = package_xml(r->archive, relations.data, &x, err);
	const struct xml_node *root = x ? xml_root(x) : NULL;
	for (const struct xml_node *n = root ? xml_first(root) : NULL; n && !out->len; n = xml_next(n)) {
		if (view_ends(view_of(xml_attribute(x, n, "Type")), kind))
			package_name(of, xml_attribute(x, n, "Target"), out);
	}
	if (status == SOW_MISSING)
		status = SOW_OK;
	if (!out->len)
		buf_addstr(out, fallback);
	xml_free(x);
	buf_release(&relations);
	return status;
}

static int read_all(struct reading *r, const char *body, struct sow_error *err)
{
	static const char *const notes[] = { "/footnotes", "/endnotes" };
	struct buf name = BUF_INIT;
	int status = find_part(r, body, "/styles", "", &name, err);
	if (!status)
		status = read_styles(r, name.data, err);
	if (!status)
		status = read_body(r, body, err);
	for (int i = 0; i < 2 && !status; i++) {
		buf_clear(&name);
		status = find_part(r, body, notes[i], "", &name, err);
		if (!status)
			status = read_notes(r, name.data, err);
	}
	buf_release(&name);
	return status;
}

int document_read_docx(struct document *d, struct archive *a, struct sow_error *err)
{
	struct reading r = { .flow = FLOW_OF(d), .archive = a };
	struct buf body = BUF_INIT;
	int status = find_part(&r, "", "/officeDocument", "word/document.xml", &body, err);
	if (!status)
		status = read_all(&r, body.data, err);
	if (status == SOW_MISSING)
		status = error_set(err, SOW_INVALID, "not a DOCX: it has no %s", body.data);
	int finished = flow_finish(&r.flow);
	map_release(&r.by_id);
	buf_release(&body);
	return status ? status : finished;
}
