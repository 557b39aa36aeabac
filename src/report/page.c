#include "report/page.h"

#include <string.h>

#include "base/embedded.h"
#include "base/utf8.h"
#include "io/hash.h"

#define HTML "src/report/html/"

/* The parts of the page whose hashes its policy names. */
static const struct piece {
	const char *slot, *file;
	const char *directive;
} pieces[] = {
	{ "style", HTML "style.css", "style-src" },
	{ "echarts", "echarts-6.1.0/echarts.min.js", "script-src" },
	{ "base", HTML "base.js", "script-src" },
	{ "charts", HTML "charts.js", "script-src" },
	{ "records", HTML "records.js", "script-src" },
	{ "page", HTML "page.js", "script-src" },
	{ "notice", "echarts-6.1.0/NOTICE", NULL },
};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

/* Escaping texts */

/* Bytes of the line separator at text[0]; 0: none. */
static size_t separator(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xE2\x80", 2) == 0 && (text[2] & ~1) == (char)0xA8 ? 3 : 0;
}

void page_escape(struct buf *out, struct view json)
{
	size_t plain = 0; /* start of the text that is not copied yet */
	for (size_t i = 0; i < json.len; i++) {
		char c = json.p[i];
		size_t more = c == '\xE2' ? separator(json.p + i, json.len - i) : 0;
		if (!more && c != '<' && c != '>' && c != '&')
			continue;
		buf_add(out, json.p + plain, i - plain);
		if (more)
			buf_addf(out, "\\u202%c", json.p[i + 2] == '\xA8' ? '8' : '9');
		else
			buf_addf(out, "\\u%04x", (unsigned)c);
		i += more ? more - 1 : 0;
		plain = i + 1;
	}
	buf_add(out, json.p + plain, json.len - plain);
}

static size_t cost(const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];
	if (c == '<' || c == '>' || c == '&' || (c < ' ' && !strchr("\b\f\n\r\t", c)))
		return 6;
	if (c < ' ' || c == '"' || c == '\\')
		return 2;
	return separator(text, len) ? 4 : 1; /* and 1 for each of its other two bytes */
}

struct view page_clip(struct view text, size_t most, bool *cut)
{
	size_t i = 0, used = 0;
	for (; i < text.len; i++) {
		used += cost(text.p + i, text.len - i);
		if (used > most)
			break;
	}
	if (i == text.len)
		return text;
	*cut = true;
	return view_from(text.p, utf8_floor(text.p, i));
}

/* The page */

static void add_hashes(struct buf *out, const char *directive)
{
	buf_addf(out, "; %s", directive);
	for (size_t i = 0; i < PIECES; i++) {
		const struct embedded_file *f = embedded_find(pieces[i].file);
		struct hash hash;
		char text[HASH_BASE64_SIZE];
		if (!pieces[i].directive || strcmp(pieces[i].directive, directive) != 0)
			continue;
		hash_bytes(f->text, f->len, &hash);
		hash_base64(&hash, text);
		buf_addf(out, " 'sha256-%s'", text);
	}
}

static void write_policy(struct outfile *out)
{
	struct buf text = BUF_INIT;
	buf_addstr(&text, "default-src 'none'; base-uri 'none'; form-action 'none'");
	add_hashes(&text, "script-src");
	add_hashes(&text, "style-src");
	outfile_write(out, text.data, text.len);
	buf_release(&text);
}

static void write_parts(struct outfile *out, const struct page_part *parts, size_t count)
{
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		buf_clear(&text);
		buf_addf(&text, "<script type=\"application/json\" id=\"%s\">", parts[i].id);
		page_escape(&text, parts[i].json);
		buf_addstr(&text, "</script>\n");
		outfile_write(out, text.data, text.len);
	}
	buf_release(&text);
}

static void write_slot(struct outfile *out, struct view name, const struct page_part *parts,
		       size_t count)
{
	if (view_eqstr(name, "policy"))
		write_policy(out);
	if (view_eqstr(name, "parts"))
		write_parts(out, parts, count);
	for (size_t i = 0; i < PIECES; i++) {
		if (!view_eqstr(name, pieces[i].slot))
			continue;
		const struct embedded_file *f = embedded_find(pieces[i].file);
		outfile_write(out, f->text, f->len);
	}
}

void page_write(struct outfile *out, const struct page_part *parts, size_t count)
{
	const struct embedded_file *f = embedded_find(HTML "page.html");
	struct view rest = view_from(f->text, f->len);
	size_t open;
	while ((open = view_find(rest, 0, "{{")) != VIEW_NONE) {
		size_t close = view_find(rest, open, "}}");
		outfile_write(out, rest.p, open);
		write_slot(out, view_sub(rest, open + 2, close), parts, count);
		rest = view_sub(rest, close + 2, rest.len);
	}
	outfile_write(out, rest.p, rest.len);
}
