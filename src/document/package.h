/* package.h - XML in a ZIP archive whose parts name each other, as in DOCX and EPUB. */
#ifndef DOCUMENT_PACKAGE_H
#define DOCUMENT_PACKAGE_H

#include "base/buf.h"
#include "document/xml.h"
#include "io/archive.h"

/* Reads a part as XML. SOW_MISSING if there is none; else as archive_read and xml_read, with the part's
 * name before the message. */
int package_xml(struct archive *a, const char *name, struct xml **out, struct sow_error *err);
/* The name of the part that `part` calls `href`, appended: a path from its folder, with %20 for a
 * blank, and up to a #. */
void package_name(const char *part, const char *href, struct buf *out);

#endif
