#include "teacher/http/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "io/infile.h"

#define SHORTEST 4
#define SHORTEST_IN_ANSWERS 16
#define MARK "[key]"

void secrets_add(struct secrets *s, struct view text)
{
	if (text.len < SHORTEST)
		return;
	mem_grow(&s->list, &s->room, s->count + 1);
	s->list[s->count++] = text;
}

void secrets_release(struct secrets *s)
{
	mem_free(s->list);
	*s = (struct secrets){ 0 };
}

bool secrets_in(const struct secrets *s, struct view text)
{
	for (size_t i = 0; i < s->count; i++) {
		struct view key = s->list[i];
		if (key.len >= SHORTEST_IN_ANSWERS && memmem(text.p, text.len, key.p, key.len))
			return true;
	}
	return false;
}

static void hide_one(struct view key, struct buf *text)
{
	struct buf out = BUF_INIT;
	const char *from = text->data, *end = text->data + text->len, *hit;
	while ((hit = memmem(from, (size_t)(end - from), key.p, key.len))) {
		buf_add(&out, from, (size_t)(hit - from));
		buf_addstr(&out, MARK);
		from = hit + key.len;
	}
	if (from == text->data)
		return;
	buf_add(&out, from, (size_t)(end - from));
	buf_clear(text);
	buf_add(text, out.data, out.len);
	buf_release(&out);
}

void secrets_redact(const struct secrets *s, struct buf *text)
{
	for (size_t i = 0; i < s->count; i++)
		hide_one(s->list[i], text);
}

void secrets_quote(const struct secrets *s, struct view said, size_t most, struct buf *out)
{
	struct buf clean = BUF_INIT;
	buf_add(&clean, said.p, said.len);
	secrets_redact(s, &clean);
	size_t len = clean.len > most ? utf8_floor(clean.data, most) : clean.len;
	for (size_t at = 0, n; at < len; at += n ? n : 1) {
		uint32_t c;
		n = utf8_next(clean.data + at, len - at, &c);
		if (!n)
			buf_addstr(out, "\xEF\xBF\xBD");
		else if (c < ' ')
			buf_addch(out, ' ');
		else
			buf_add(out, clean.data + at, n);
	}
	buf_release(&clean);
}

/* A key that can be in a header: visible ASCII, without blanks. */
static const char *take_key(struct arena *a, struct view text, const char *from,
			    struct sow_error *err)
{
	text = view_trim(text);
	bool fits = text.len > 0;
	for (size_t i = 0; i < text.len; i++)
		fits = fits && text.p[i] > ' ' && text.p[i] < 0x7f;
	if (!fits) {
		error_set(err, SOW_INVALID,
			  "%s: expected a key: letters, digits and signs without blanks", from);
		return NULL;
	}
	return arena_copyview(a, text);
}

const char *secrets_from_file(struct arena *a, const char *path, struct sow_error *err)
{
	struct infile *in = infile_open(path, err);
	struct view line = view_of("");
	if (!in)
		return NULL;
	const char *key = infile_line(in, &line, err) < 0 ? NULL : take_key(a, line, path, err);
	infile_close(in);
	return key;
}

const char *secrets_from_env(struct arena *a, const char *name, struct sow_error *err)
{
	const char *value = getenv(name);
	if (!value || !*value) {
		error_set(err, SOW_USAGE, "the variable %s holds no key; set it, or name another by --key-env", name);
		return NULL;
	}
	return take_key(a, view_of(value), name, err);
}
