/* xml.h - trees of HTML and XML. The only face of libxml2.
 *
 *     struct xml *x;
 *     status = xml_read(&x, text, err);
 *     for (const struct xml_node *n = xml_first(xml_root(x)); n; n = xml_next(n))
 *             ... xml_name(n): "p"; NULL of a text, which xml_text(x, n) is ...
 *     xml_free(x);
 *
 * Nothing is fetched, and no entity is expanded but those that HTML has: XML that declares any is not
 * read. No element is deeper than 256, so a function that calls itself for each goes no deeper.
 */
#ifndef DOCUMENT_XML_H
#define DOCUMENT_XML_H

#include "base/view.h"
#include "sow/sow.h"

struct xml;
struct xml_node;

/* SOW_OK, SOW_NOMEM, or SOW_INVALID with the line and what is wrong. */
int xml_read(struct xml **out, struct view source, struct sow_error *err);
/* HTML as browsers read it, with all its mistakes. SOW_INVALID if libxml2 cannot read to the end:
 * elements 256 deep, a text of 10 MB. */
int xml_read_html(struct xml **out, struct view source);
void xml_free(struct xml *x);                 /* NULL is fine */

const struct xml_node *xml_root(const struct xml *x); /* NULL: it has no element */
const struct xml_node *xml_first(const struct xml_node *n); /* its first child; NULL: none */
const struct xml_node *xml_next(const struct xml_node *n);  /* NULL: it is the last */
/* Without its prefix; NULL: it is not an element. */
const char *xml_name(const struct xml_node *n);
/* Of a node that is not an element: its text, "" for a comment; of an entity of HTML the character. Valid until
 * the next call for an entity of the same tree. */
const char *xml_text(struct xml *x, const struct xml_node *n);
/* The attribute's value, by its name without a prefix; "": it has none. Valid until the next call for
 * an attribute of the same tree. */
const char *xml_attribute(struct xml *x, const struct xml_node *n, const char *name);

#endif
