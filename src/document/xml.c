#include "document/xml.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"

struct xml {
	xmlDoc *doc;
	xmlChar *value;              /* of the attribute that was asked for last */
	xmlChar character[8];        /* of the entity that was asked for last */
};

static const xmlNode *of(const struct xml_node *n)
{
	return (const xmlNode *)n;
}

static const struct xml_node *node(const xmlNode *n)
{
	return (const struct xml_node *)n;
}

static struct xml *keep(xmlDoc *doc)
{
	struct xml *x = mem_zalloc(sizeof(*x));
	x->doc = doc;
	return x;
}

/* An entity that is declared is never used: the reading ends here. */
static void refuse_entity(void *data, const xmlChar *name, int type, const xmlChar *public_id,
			  const xmlChar *system_id, xmlChar *content)
{
	xmlParserCtxt *parser = data;
	(void)name, (void)type, (void)public_id, (void)system_id, (void)content;
	parser->_private = parser;
	xmlStopParser(parser);
}

static int say_why(const xmlParserCtxt *parser, struct sow_error *err)
{
	const char *said = parser->lastError.message;
	size_t len = said ? strcspn(said, "\n") : 0;
	if (parser->_private)
		return error_set(err, SOW_INVALID, "XML that declares entities, which are not expanded");
	return error_set(err, SOW_INVALID, "broken XML: line %d: %.*s", parser->lastError.line, (int)len,
			 said ? said : "");
}

int xml_read(struct xml **out, struct view source, struct sow_error *err)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
	xmlParserCtxt *parser = xmlNewParserCtxt();
	*out = NULL;
	if (!parser)
		return error_nomem(err);
	parser->sax->entityDecl = refuse_entity;
	xmlDoc *doc = xmlCtxtReadMemory(parser, source.p, (int)source.len, NULL, NULL, options);
	bool no_memory = parser->lastError.code == XML_ERR_NO_MEMORY;
	int status = SOW_OK;
	if (no_memory)
		status = error_nomem(err);
	else if (!doc || parser->_private)
		status = say_why(parser, err);
	if (status)
		xmlFreeDoc(doc);
	else
		*out = keep(doc);
	xmlFreeParserCtxt(parser);
	return status;
}

/* What is declared by one name is mostly written in what grew out of it. */
static const char *successor(const xmlDoc *doc)
{
	static const char *const names[][2] = {
		{ "gb2312", "GB18030" }, { "gbk", "GB18030" }, { "shift_jis", "CP932" }, { "sjis", "CP932" },
		{ "x-sjis", "CP932" }, { "euc-kr", "CP949" }, { "big5", "BIG5-HKSCS" },
	};
	const char *declared = doc ? (const char *)doc->encoding : NULL;
	for (size_t i = 0; declared && i < sizeof(names) / sizeof(*names); i++) {
		if (strcasecmp(declared, names[i][0]) == 0)
			return names[i][1];
	}
	return NULL;
}

/* Reading just ends at bytes that an encoding does not have: the parser says so to nobody else. */
static void note_encoding(void *data, xmlError *error)
{
	if (error->code == XML_I18N_CONV_FAILED || error->code == XML_IO_ENCODER)
		*(bool *)data = true;
}

/* NULL if it could not be read to its end. */
static xmlDoc *read_html_in(struct view source, const char *encoding, const char **next, bool *no_memory)
{
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
	bool is_cut = false;
	htmlParserCtxt *parser = htmlNewParserCtxt();
	*next = NULL;
	*no_memory = !parser;
	if (!parser)
		return NULL;
	xmlSetStructuredErrorFunc(&is_cut, note_encoding);
	xmlDoc *doc = htmlCtxtReadMemory(parser, source.p, (int)source.len, NULL, encoding, options);
	xmlSetStructuredErrorFunc(NULL, NULL);
	/* it stops in the middle at what is too deep or too long for it */
	if (is_cut)
		*next = successor(doc);
	if (doc && (is_cut || parser->disableSAX)) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	htmlFreeParserCtxt(parser);
	return doc;
}

int xml_read_html(struct xml **out, struct view source)
{
	size_t bad;
	bool no_memory;
	const char *next, *none;
	bool is_utf8 = utf8_valid(source.p, source.len, &bad);
	*out = NULL;
	xmlDoc *doc = read_html_in(source, is_utf8 ? "UTF-8" : NULL, &next, &no_memory);
	if (!doc && next)
		doc = read_html_in(source, next, &none, &no_memory);
	if (doc)
		*out = keep(doc);
	return doc ? SOW_OK : no_memory ? SOW_NOMEM : SOW_INVALID;
}

void xml_free(struct xml *x)
{
	if (!x)
		return;
	if (x->value)
		xmlFree(x->value);
	xmlFreeDoc(x->doc);
	mem_free(x);
}

const struct xml_node *xml_root(const struct xml *x)
{
	return node(xmlDocGetRootElement(x->doc));
}

const struct xml_node *xml_first(const struct xml_node *n)
{
	/* an entity's children are its declaration */
	return of(n)->type == XML_ELEMENT_NODE ? node(of(n)->children) : NULL;
}

const struct xml_node *xml_next(const struct xml_node *n)
{
	return node(of(n)->next);
}

const char *xml_name(const struct xml_node *n)
{
	return of(n)->type == XML_ELEMENT_NODE ? (const char *)of(n)->name : NULL;
}

const char *xml_text(struct xml *x, const struct xml_node *n)
{
	const xmlNode *t = of(n);
	bool is_text = t->type == XML_TEXT_NODE || t->type == XML_CDATA_SECTION_NODE;
	if (is_text && t->content)
		return (const char *)t->content;
	const htmlEntityDesc *e = t->type == XML_ENTITY_REF_NODE ? htmlEntityLookup(t->name) : NULL;
	x->character[e ? xmlCopyCharMultiByte(x->character, (int)e->value) : 0] = 0;
	return (const char *)x->character;
}

const char *xml_attribute(struct xml *x, const struct xml_node *n, const char *name)
{
	const xmlAttr *a = of(n)->type == XML_ELEMENT_NODE ? of(n)->properties : NULL;
	while (a && strcmp((const char *)a->name, name) != 0)
		a = a->next;
	if (x->value)
		xmlFree(x->value);
	x->value = a ? xmlNodeListGetString(x->doc, a->children, 1) : NULL;
	return x->value ? (const char *)x->value : "";
}
