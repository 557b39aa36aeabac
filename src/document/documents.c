#include "document/documents.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "document/chunk.h"
#include "document/child.h"
#include "document/document.h"
#include "io/archive.h"
#include "io/folder.h"
#include "io/hash.h"
#include "io/infile.h"
#include "io/json.h"
#include "text/language.h"

#define DEPTH_MAX 64         /* of folders in folders */
#define BAD_SHARE 100        /* one byte in so many that is not UTF-8, and it is not text */
#define SECONDS 120          /* for the making of one document's text */
#define PDF_MEMORY ((size_t)2 << 30) /* bytes that pdftotext may take: a page keeps all its letters */

enum kind { KIND_PLAIN, KIND_MARKDOWN, KIND_HTML, KIND_PDF, KIND_DOCX, KIND_EPUB, KIND_OTHER };

static const struct {
	const char *ending;
	enum kind kind;
} endings[] = {
	{ ".txt", KIND_PLAIN }, { ".text", KIND_PLAIN }, { ".rst", KIND_PLAIN }, { ".org", KIND_PLAIN },
	{ ".adoc", KIND_PLAIN }, { ".tex", KIND_PLAIN }, { ".md", KIND_MARKDOWN },
	{ ".markdown", KIND_MARKDOWN }, { ".html", KIND_HTML }, { ".htm", KIND_HTML },
	{ ".xhtml", KIND_HTML }, { ".pdf", KIND_PDF }, { ".docx", KIND_DOCX }, { ".epub", KIND_EPUB },
};

struct file {
	char *path;
	bool is_named;               /* by the user, and not found in a folder */
};

struct documents {
	const struct documents_options *o;
	struct documents_report *report, own;
	struct arena *paths;
	struct file *files;
	size_t count, room, at;
	const char *language;        /* its code; NULL: any */
	struct map folders;          /* device and number of those that are walked */
	struct map seen;             /* hashes of the texts read: the file of each */
	/* the document under way */
	struct arena *arena;
	struct document document;
	struct chunks chunks;
	size_t next_chunk;
	size_t before;               /* characters of the file before its text: a byte order mark */
};

/* The files */

static void add_file(struct documents *d, const char *path, bool is_named)
{
	mem_grow(&d->files, &d->room, d->count + 1);
	d->files[d->count++] = (struct file){ arena_copystr(d->paths, path), is_named };
}

/* Counted in one of the members of `report`. */
static void leave_out(struct documents *d, const char *path, const char *why, int64_t *count)
{
	if (count == &d->report->bad && !*count)
		d->report->first_bad = d->report->lines.len;
	++*count;
	buf_addf(&d->report->lines, "%s: %s" DOCUMENTS_LEFT_OUT "\n", path, why);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int add_path(struct documents *d, const char *path, int depth, struct sow_error *err);

static int walk(struct documents *d, const char *folder, int depth, struct sow_error *err)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_shown, by_bytes), status = SOW_OK;
	size_t len = strlen(folder);
	if (count < 0 && !depth)
		return error_set(err, SOW_IO, "%s: %s", folder, strerror(errno));
	if (count < 0)
		leave_out(d, folder, strerror(errno), &d->report->bad);
	for (int i = 0; i < count; i++) {
		struct buf path = BUF_INIT;
		buf_addf(&path, "%s%s%s", folder, len && folder[len - 1] == '/' ? "" : "/",
			 entries[i]->d_name);
		if (!status)
			status = add_path(d, path.data, depth + 1, err);
		buf_release(&path);
		free(entries[i]); /* scandir's */
	}
	free(entries);
	return status;
}

/* Each folder once: links may lead in circles. */
static int walk_once(struct documents *d, const char *path, const struct stat *st, int depth,
		     struct sow_error *err)
{
	const uint64_t key[2] = { (uint64_t)st->st_dev, (uint64_t)st->st_ino };
	if (map_get(&d->folders, (const char *)key, sizeof(key))) {
		leave_out(d, path, "a folder that is read already", &d->report->same);
		return SOW_OK;
	}
	map_put(&d->folders, (const char *)key, sizeof(key), 1);
	return walk(d, path, depth, err);
}

static int add_path(struct documents *d, const char *path, int depth, struct sow_error *err)
{
	struct stat st;
	const char *why = NULL;
	if (stat(path, &st))
		why = strerror(errno);
	else if (S_ISDIR(st.st_mode) && depth > DEPTH_MAX)
		why = "too deep";
	else if (S_ISDIR(st.st_mode))
		return walk_once(d, path, &st, depth, err);
	else if (!S_ISREG(st.st_mode))
		why = "not a file";
	if (why && !depth)
		return error_set(err, SOW_IO, "%s: %s", path, why);
	if (why)
		leave_out(d, path, why, &d->report->bad);
	else
		add_file(d, path, !depth);
	return SOW_OK;
}

/* The text */

/* By its ending, or the one before that of a compressed file. */
static enum kind kind_of(const struct file *f)
{
	struct view name = view_of(folder_base_name(f->path));
	if (view_ends(name, ".gz") || view_ends(name, ".zst"))
		name.len -= strlen(view_ends(name, ".gz") ? ".gz" : ".zst");
	size_t dot = name.len;
	while (dot > 0 && name.p[dot - 1] != '.')
		dot--;
	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(*endings); i++) {
		if (view_eqfold(view_sub(name, dot - 1, name.len), view_of(endings[i].ending)))
			return endings[i].kind;
	}
	return dot > 1 ? KIND_OTHER : KIND_PLAIN;
}

/* Bytes that are not UTF-8 become U+FFFD. False if the text has a zero byte, or too many of them. */
static bool repair(struct buf *text)
{
	size_t bad = 0;
	if (memchr(text->data, 0, text->len))
		return false;
	if (utf8_valid(text->data, text->len, &bad))
		return true;
	struct buf whole = { .data = buf_empty, .cap = text->cap };
	size_t count = 0;
	uint32_t c;
	for (size_t at = 0, len; at < text->len; at += len ? len : 1) {
		len = utf8_next(text->data + at, text->len - at, &c);
		count += !len;
		if (len)
			buf_add(&whole, text->data + at, len);
		else
			buf_addstr(&whole, "\xEF\xBF\xBD");
	}
	bool is_text = count <= text->len / BAD_SHARE && !buf_failed(&whole);
	if (is_text) {
		buf_release(text);
		*text = whole;
	} else {
		buf_release(&whole);
	}
	return is_text;
}

static int read_html(struct document *d, struct view source, struct sow_error *why)
{
	int status = document_read_html(d, source);
	return status == SOW_INVALID ? error_set(why, status, "HTML that is nested too deep, has a text of "
						 "more than 10 MB, or bytes that its encoding does not have") : status;
}

/* Office programs encrypt a whole DOCX, and what they make of it is as an old .doc is. */
static bool is_compound(const char *path)
{
	static const char magic[8] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
	char first[sizeof(magic)] = { 0 };
	FILE *f = fopen(path, "rbe");
	bool is_whole = f && fread(first, sizeof(first), 1, f) == 1;
	if (f)
		fclose(f);
	return is_whole && memcmp(first, magic, sizeof(magic)) == 0;
}

static int too_large(struct sow_error *why)
{
	return error_set(why, SOW_TOOBIG, "larger than %zu MiB", DOCUMENT_BYTES_MAX >> 20);
}

static int read_packed(struct documents *d, const char *path, enum kind kind, struct sow_error *why)
{
	struct stat st;
	if (!stat(path, &st) && !st.st_size)
		return SOW_OK;
	struct archive *a = archive_open(path, why);
	d->document.text.cap = DOCUMENT_BYTES_MAX;
	if (!a && why->status == SOW_INVALID && is_compound(path))
		return error_set(why, SOW_INVALID, "encrypted, or a file of an old Word");
	if (!a)
		return (int)why->status;
	int status = (kind == KIND_DOCX ? document_read_docx : document_read_epub)(&d->document, a, why);
	archive_close(a);
	return status == SOW_TOOBIG && !why->text[0] ? too_large(why) : status;
}

#define MARK "\xEF\xBB\xBF"

/* A byte order mark is not text, but a program that reads the file as UTF-8 counts it. */
static int read_plain(struct documents *d, const char *path, struct buf *raw, struct sow_error *why)
{
	struct infile *in = infile_open(path, why);
	if (!in)
		return why->status;
	int status = infile_rest(in, raw, why);
	d->before = infile_marked(in);
	infile_close(in);
	return status;
}

/* The file by its path: of standard input pdftotext keeps all in memory, and takes twice as long. That is for
 * names which it would take for an option or an address. */
static const char *pdf_argument(const char *path)
{
	return path[0] == '-' || strchr(path, ':') ? "-" : path;
}

/* The file as it is, or what a program makes of it. */
static int read_raw(struct documents *d, const struct file *f, enum kind kind, struct buf *raw,
		    struct sow_error *why)
{
	const char *const pdf[] = { "pdftotext", "-enc", "UTF-8", pdf_argument(f->path), "-", NULL };
	const char *const shell[] = { "/bin/sh", "-c", d->o->convert, NULL };
	bool by_child = kind == KIND_PDF || (kind == KIND_OTHER && d->o->convert);
	int status;
	if (kind == KIND_OTHER && !by_child && !f->is_named)
		return error_set(why, SOW_INVALID, "of a kind that is not known; --convert can make text of it");
	if (by_child) {
		const struct child_limits most = { SECONDS, kind == KIND_PDF ? PDF_MEMORY : 0 };
		status = child_text(kind == KIND_PDF ? pdf : shell, f->path, most, raw, why);
		if (!status && view_starts(view_from(raw->data, raw->len), MARK)) {
			d->before = 1;
			memmove(raw->data, raw->data + strlen(MARK), raw->len - strlen(MARK));
			buf_cut(raw, raw->len - strlen(MARK));
		}
	} else {
		status = read_plain(d, f->path, raw, why);
	}
	return status == SOW_TOOBIG ? too_large(why) : status;
}

/* The file's text into the document, and its blocks: none, if there is none. SOW_OK, SOW_NOMEM, or another
 * with why the document can't be read. */
static int read_text(struct documents *d, const struct file *f, enum kind kind, struct sow_error *why)
{
	struct buf raw = { .data = buf_empty, .cap = DOCUMENT_BYTES_MAX };
	if (kind == KIND_DOCX || kind == KIND_EPUB)
		return read_packed(d, f->path, kind, why);
	int status = read_raw(d, f, kind, &raw, why);
	bool is_text = kind == KIND_HTML ? !memchr(raw.data, 0, raw.len) : status || repair(&raw);
	if (!status && !is_text)
		status = error_set(why, SOW_INVALID, "not text, or not UTF-8");
	else if (!status && kind == KIND_HTML && view_trim(view_from(raw.data, raw.len)).len)
		status = read_html(&d->document, view_from(raw.data, raw.len), why);
	if (status || kind == KIND_HTML) {
		d->before = 0; /* places count in what a reader sees */
		buf_release(&raw);
		return status;
	}
	d->document.text = raw;
	return (kind == KIND_MARKDOWN ? document_read_markdown : document_read_plain)(&d->document);
}

/* Why it failed, without the path, which stands before it anyway. */
static const char *reason(const struct sow_error *why, const char *path)
{
	size_t len = strlen(path);
	bool has_path = strncmp(why->text, path, len) == 0 && why->text[len] == ':';
	return has_path ? why->text + len + 1 + strspn(why->text + len + 1, " ") : why->text;
}

/* The number of the file that had the same text; `count` if none had, and it is remembered. */
static size_t find_same(struct documents *d)
{
	struct hash h;
	hash_bytes(d->document.text.data, d->document.text.len, &h);
	const uint64_t *before = map_get(&d->seen, (const char *)h.bytes, sizeof(h.bytes));
	if (before)
		return (size_t)*before;
	map_put(&d->seen, (const char *)h.bytes, sizeof(h.bytes), d->at);
	return d->count;
}

static void forget(struct documents *d)
{
	document_release(&d->document);
	chunks_release(&d->chunks);
	arena_clear(d->arena);
	d->next_chunk = d->before = 0;
}

/* An empty document loses nothing; a scan holds text that was not read. */
static void tell_empty(struct documents *d, const struct file *f, enum kind kind)
{
	struct stat st;
	bool is_blank = kind == KIND_PLAIN || kind == KIND_MARKDOWN || (!stat(f->path, &st) && !st.st_size);
	const char *why = is_blank ? "empty" : kind == KIND_PDF ? "no text in it (scanned?)" : "no text in it";
	leave_out(d, f->path, why, is_blank ? &d->report->empty : &d->report->bad);
}

/* Takes out the chunks in other languages than the one that is wanted. Those too short to tell stay. */
static void keep_language(struct documents *d, const struct file *f)
{
	size_t kept = 0, all = d->chunks.count;
	unsigned other = 0;
	for (size_t i = 0; d->language && i < all; i++) {
		struct view text = d->chunks.list[i].text;
		unsigned id = language_of(text.p, text.len);
		const char *code = language_code(id);
		bool is_wanted = strcmp(code, d->language) == 0 || strcmp(code, "un") == 0;
		other = is_wanted ? other : id;
		if (is_wanted)
			d->chunks.list[kept++] = d->chunks.list[i];
	}
	if (!d->language || kept == all)
		return;
	d->chunks.count = kept;
	d->report->foreign_chunks += (int64_t)(all - kept);
	struct buf line = BUF_INIT;
	int64_t none = 0;
	if (kept)
		buf_addf(&line, "%zu of its %zu chunks are in another language (%s)", all - kept, all,
			 language_code(other));
	else
		buf_addf(&line, "in another language (%s)", language_code(other));
	leave_out(d, f->path, line.data, kept ? &none : &d->report->foreign);
	buf_release(&line);
}

static void tell_same(struct documents *d, const struct file *f, size_t same)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "the same text as %s", d->files[same].path);
	leave_out(d, f->path, line.data, &d->report->same);
	buf_release(&line);
}

/* Of a document that was read: its chunks, or a line for why there are none. */
static void take_chunks(struct documents *d, const struct file *f, enum kind kind)
{
	if (!d->document.count) {
		tell_empty(d, f, kind);
		return;
	}
	size_t same = find_same(d);
	if (same < d->count) {
		tell_same(d, f, same);
		return;
	}
	chunks_of(&d->document, (size_t)d->o->chunk, (size_t)d->o->overlap, &d->chunks);
	keep_language(d, f);
	d->report->read += d->chunks.count > 0;
}

/* Reads the next file: its chunks, or a line for why there are none. */
static int read_file(struct documents *d, struct sow_error *err)
{
	const struct file *f = &d->files[d->at];
	struct sow_error why = { 0 };
	enum kind kind = kind_of(f);
	forget(d);
	document_init(&d->document, d->arena);
	int status = read_text(d, f, kind, &why);
	if (!status)
		take_chunks(d, f, kind);
	else if (status != SOW_NOMEM)
		leave_out(d, f->path, why.text[0] ? reason(&why, f->path) : "cannot be read",
			  &d->report->bad);
	d->at++;
	return status == SOW_NOMEM ? error_nomem(err) : SOW_OK;
}

/* The stream */

static void give(const struct documents *d, const struct chunk *chunk, struct arena *a,
		 struct record *record)
{
	struct buf json = BUF_INIT;
	const char *path = d->files[d->at - 1].path;
	size_t bad;
	bool is_utf8 = utf8_valid(path, strlen(path), &bad);
	buf_addstr(&json, "{\"document\":");
	json_add_text(&json, is_utf8 ? view_of(path) : view_from(path, bad));
	buf_addstr(&json, ",\"heading\":");
	json_add_text(&json, chunk->heading);
	buf_addf(&json, ",\"start\":%zu,\"end\":%zu,\"chunk\":", d->before + chunk->start,
		 d->before + chunk->end);
	json_add_text(&json, chunk->text);
	buf_addch(&json, '}');
	*record = (struct record)RECORD_INIT;
	record->object = arena_takebuf(a, &json);
}

static int next(void *data, struct arena *a, struct record *record, struct sow_error *err)
{
	struct documents *d = data;
	int status = SOW_OK;
	while (!status && d->next_chunk == d->chunks.count && d->at < d->count)
		status = read_file(d, err);
	if (status)
		return status;
	if (d->next_chunk < d->chunks.count) {
		d->report->chunks++;
		give(d, &d->chunks.list[d->next_chunk++], a, record);
		return 1;
	}
	if (d->report->chunks)
		return 0;
	if (!d->count && !d->report->bad)
		return error_set(err, SOW_INVALID, "%s: no documents in it", d->o->paths.items[0]);
	size_t line = strcspn(d->report->lines.data, "\n");
	return error_set(err, SOW_INVALID, "no document can be used; the first: %.*s", (int)line,
			 d->report->lines.data);
}

static void close_documents(void *data)
{
	struct documents *d = data;
	if (!d)
		return;
	document_release(&d->document);
	chunks_release(&d->chunks);
	buf_release(&d->own.lines);
	arena_free(d->arena);
	arena_free(d->paths);
	mem_free(d->files);
	map_release(&d->seen);
	map_release(&d->folders);
	mem_free(d);
}

/* By its code or its name: "de", "German". */
static int find_language(struct documents *d, struct sow_error *err)
{
	struct view wanted = view_of(d->o->language);
	for (unsigned id = 0; d->o->language && id < LANGUAGE_COUNT && !d->language; id++) {
		const char *code = language_code(id);
		if (strcmp(code, "un") != 0 && (view_eqfold(wanted, view_of(code)) ||
						view_eqfold(wanted, view_of(language_name(id)))))
			d->language = code;
	}
	return !d->o->language || d->language
		       ? SOW_OK
		       : error_set(err, SOW_USAGE, "--language %s: expected a language such as en, de or German",
				   d->o->language);
}

struct records *documents_records(const struct documents_options *o, struct documents_report *report,
				  struct sow_error *err)
{
	int status = SOW_OK;
	if (2 * o->overlap >= o->chunk) {
		error_set(err, SOW_USAGE, "--overlap %" PRId64 ": expected less than half of --chunk, "
			  "which is %" PRId64, o->overlap, o->chunk);
		return NULL;
	}
	struct documents *d = mem_zalloc(sizeof(*d));
	d->paths = arena_new();
	d->arena = arena_new();
	d->o = o;
	d->own = (struct documents_report)DOCUMENTS_REPORT_INIT;
	d->report = report ? report : &d->own;
	document_init(&d->document, d->arena);
	status = find_language(d, err);
	for (size_t i = 0; i < o->paths.count && !status; i++)
		status = add_path(d, o->paths.items[i], 0, err);
	if (status) {
		close_documents(d);
		return NULL;
	}
	const struct records_source source = { d, next, close_documents };
	return records_of(o->paths.items[0], &source, err);
}
