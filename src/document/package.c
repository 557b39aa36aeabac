#include "document/package.h"

#include <string.h>

#include "base/error.h"

int package_xml(struct archive *a, const char *name, struct xml **out, struct sow_error *err)
{
	struct buf text = BUF_INIT;
	*out = NULL;
	int status = archive_read(a, name, &text, err);
	if (!status) {
		status = xml_read(out, view_from(text.data, text.len), err);
		if (status == SOW_INVALID)
			error_prefix(err, "%s", name);
	}
	buf_release(&text);
	return status;
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* One step of a path: "." stays, ".." goes up, but never above the archive. */
static void add_step(struct buf *out, size_t base, const char *step, size_t len)
{
	if (!len || (len == 1 && step[0] == '.'))
		return;
	if (len == 2 && step[0] == '.' && step[1] == '.') {
		size_t at = out->len;
		while (at > base && out->data[at - 1] != '/')
			at--;
		buf_cut(out, at > base ? at - 1 : base);
		return;
	}
	if (out->len > base)
		buf_addch(out, '/');
	for (size_t i = 0; i < len; i++) {
		int high = step[i] == '%' && i + 2 < len ? hex(step[i + 1]) : -1;
		int low = high >= 0 ? hex(step[i + 2]) : -1;
		bool is_code = low >= 0 && (high || low);
		buf_addch(out, is_code ? (char)(high * 16 + low) : step[i]);
		i += is_code ? 2 : 0;
	}
}

static void add_steps(struct buf *out, size_t base, const char *path, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t step = strcspn(path + at, "/");
		step = step < len - at ? step : len - at;
		add_step(out, base, path + at, step);
		at += step + 1;
	}
}

void package_name(const char *part, const char *href, struct buf *out)
{
	const char *slash = strrchr(part, '/');
	size_t base = out->len;
	if (slash && href[0] != '/')
		buf_add(out, part, (size_t)(slash - part));
	add_steps(out, base, href, strcspn(href, "#?"));
}
