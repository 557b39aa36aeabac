/* EPUB: a ZIP archive of XHTML pages, whose package document says in what order they are read. */
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/map.h"
#include "document/document.h"
#include "document/package.h"

#define CONTAINER "META-INF/container.xml"

struct book {
	struct document *d;
	struct archive *archive;
	struct buf package;          /* the name of the package document */
	struct xml *xml;             /* that document */
	struct map items;            /* an id of its manifest: the item, by its number in `nodes` */
	const struct xml_node **nodes;
	struct map locked;           /* the names of encrypted parts */
	size_t pages;
};

static bool is_named(const struct xml_node *n, const char *name)
{
	const char *mine = xml_name(n);
	return mine && strcmp(mine, name) == 0;
}

/* The first element of that name below `n`, at any depth. */
static const struct xml_node *find(const struct xml_node *n, const char *name)
{
	for (n = n ? xml_first(n) : NULL; n; n = xml_next(n)) {
		const struct xml_node *found = is_named(n, name) ? n : find(n, name);
		if (found)
			return found;
	}
	return NULL;
}

static int no_book(struct sow_error *err)
{
	return error_set(err, SOW_INVALID, "not an EPUB: " CONTAINER " names no package document");
}

static int find_package(struct book *b, struct sow_error *err)
{
	struct xml *x;
	int status = package_xml(b->archive, CONTAINER, &x, err);
	if (status)
		return status == SOW_MISSING ? error_set(err, SOW_INVALID, "not an EPUB: it has no " CONTAINER)
					     : status;
	const struct xml_node *root = xml_root(x), *file = root ? find(root, "rootfile") : NULL;
	const char *path = file ? xml_attribute(x, file, "full-path") : "";
	if (*path)
		package_name("", path, &b->package);
	else
		status = no_book(err);
	xml_free(x);
	return status;
}

/* Fonts are often scrambled, which the same file says; pages of a book that is sold are encrypted. */
static void lock(struct book *b, struct xml *x, const struct xml_node *n)
{
	for (n = n ? xml_first(n) : NULL; n; n = xml_next(n)) {
		struct buf name = BUF_INIT;
		if (is_named(n, "CipherReference"))
			package_name("", xml_attribute(x, n, "URI"), &name);
		if (name.len)
			map_put(&b->locked, name.data, name.len, 1);
		buf_release(&name);
		lock(b, x, n);
	}
}

static int find_locked(struct book *b, struct sow_error *err)
{
	struct xml *x;
	int status = package_xml(b->archive, "META-INF/encryption.xml", &x, err);
	if (status)
		return status == SOW_MISSING ? SOW_OK : status;
	lock(b, x, xml_root(x));
	xml_free(x);
	return SOW_OK;
}

static void read_manifest(struct book *b)
{
	const struct xml_node *root = xml_root(b->xml), *manifest = root ? find(root, "manifest") : NULL;
	size_t count = 0;
	for (const struct xml_node *n = manifest ? xml_first(manifest) : NULL; n; n = xml_next(n))
		count += is_named(n, "item");
	b->nodes = arena_array(b->d->arena, count + 1, sizeof(const struct xml_node *));
	count = 0;
	for (const struct xml_node *n = manifest ? xml_first(manifest) : NULL; n; n = xml_next(n)) {
		const char *id = xml_attribute(b->xml, n, "id");
		if (!is_named(n, "item"))
			continue;
		b->nodes[count] = n;
		map_put(&b->items, id, strlen(id), count++);
	}
}

/* "text/html; charset=utf-8", too. */
static bool is_of(const char *type, const char *wanted)
{
	size_t len = strcspn(type, "; ");
	return len == strlen(wanted) && strncasecmp(type, wanted, len) == 0;
}

static bool is_page(const char *type)
{
	static const char *const types[] = {
		"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document",
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (is_of(type, types[i]))
			return true;
	}
	return false;
}

static int read_page(struct book *b, const char *name, struct sow_error *err)
{
	struct buf text = BUF_INIT;
	if (map_get(&b->locked, name, strlen(name)))
		return error_set(err, SOW_INVALID, "encrypted");
	int status = archive_read(b->archive, name, &text, err);
	if (status == SOW_MISSING)
		status = error_set(err, SOW_INVALID, "broken: its page %s is missing", name);
	if (!status)
		status = document_read_xhtml(b->d, view_from(text.data, text.len));
	if (status == SOW_INVALID && text.len)
		error_set(err, SOW_INVALID, "%s: nested too deep, has a text of more than 10 MB, or bytes that "
			  "its encoding does not have", name);
	buf_release(&text);
	b->pages++;
	return status;
}

static int read_item(struct book *b, const char *id, struct sow_error *err)
{
	const uint64_t *at = map_get(&b->items, id, strlen(id));
	struct buf name = BUF_INIT;
	if (!at)
		return error_set(err, SOW_INVALID, "broken: its spine names '%s', which is not in its manifest",
				 id);
	const struct xml_node *item = b->nodes[*at];
	const char *type = xml_attribute(b->xml, item, "media-type");
	if (strncasecmp(type, "image/", strlen("image/")) == 0)
		return SOW_OK;
	if (!is_page(type))
		return error_set(err, SOW_INVALID, "its page '%s' is of the kind '%.60s', which is not read", id, type);
	package_name(b->package.data, xml_attribute(b->xml, item, "href"), &name);
	int status = read_page(b, name.data, err);
	buf_release(&name);
	return status;
}

static int read_spine(struct book *b, struct sow_error *err)
{
	const struct xml_node *root = xml_root(b->xml), *spine = root ? find(root, "spine") : NULL;
	int status = SOW_OK;
	for (const struct xml_node *n = spine ? xml_first(spine) : NULL; n && !status; n = xml_next(n)) {
		if (!is_named(n, "itemref"))
			continue;
		const char *id = arena_copystr(b->d->arena, xml_attribute(b->xml, n, "idref"));
		status = read_item(b, id, err);
	}
	if (!status && !b->pages)
		status = error_set(err, SOW_INVALID, "broken: no page in its spine");
	return status;
}

int document_read_epub(struct document *d, struct archive *a, struct sow_error *err)
{
	struct book b = { .d = d, .archive = a, .package = BUF_INIT };
	int status = find_package(&b, err);
	if (!status)
		status = find_locked(&b, err);
	if (!status)
		status = package_xml(a, b.package.data, &b.xml, err);
	if (status == SOW_MISSING)
		status = no_book(err);
	if (!status) {
		read_manifest(&b);
		status = read_spine(&b, err);
	}
	xml_free(b.xml);
	map_release(&b.items);
	map_release(&b.locked);
	buf_release(&b.package);
	return status;
}
