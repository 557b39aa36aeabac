#include "method/prompt.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"

/* Literal text, or a slot that each request fills. */
struct piece {
	enum role role;
	bool shared;
	struct view text;
	const char *slot; /* NULL: literal */
};

struct prompt {
	struct view name;
	struct piece pieces[REQUEST_PARTS_MAX];
	size_t count;
};

struct maker {
	struct arena *arena;
	const char *name;
	struct view whole;
	const struct slot *statics;
	const char *const *names;
	struct prompt *prompt;
	struct buf literal;
	bool slot_seen;   /* the text from here on is not shared */
	struct sow_error *err;
};

static int push(struct maker *m, struct piece piece)
{
	if (m->prompt->count == REQUEST_PARTS_MAX)
		return error_set(m->err, SOW_TOOBIG, "%s: more than %d pieces", m->name,
				 REQUEST_PARTS_MAX);
	piece.shared = !m->slot_seen && !piece.slot;
	m->slot_seen = m->slot_seen || piece.slot;
	m->prompt->pieces[m->prompt->count++] = piece;
	return SOW_OK;
}

static int push_text(struct maker *m, enum role role, const char *text, size_t len)
{
	if (!len)
		return SOW_OK;
	return push(m, (struct piece){ .role = role, .text = view_from(arena_copy(m->arena, text, len), len) });
}

static int flush(struct maker *m, enum role role)
{
	int status = push_text(m, role, m->literal.data, m->literal.len);
	buf_clear(&m->literal);
	return status;
}

/* Shared text ends with a line: a model tokenizes "Task: " and a word together differently than apart, and
 * shared text is computed apart. */
static int flush_before_slot(struct maker *m, enum role role)
{
	const char *newline = m->slot_seen ? NULL : memrchr(m->literal.data, '\n', m->literal.len);
	if (!newline)
		return flush(m, role);
	size_t upto = (size_t)(newline + 1 - m->literal.data);
	int status = push_text(m, role, m->literal.data, upto);
	m->slot_seen = true;
	if (!status)
		status = push_text(m, role, newline + 1, m->literal.len - upto);
	buf_clear(&m->literal);
	return status;
}

static size_t line_of(struct view text, const char *at)
{
	size_t line = 1;
	for (const char *p = text.p; p < at; p++)
		line += *p == '\n';
	return line;
}

/* A prompt is UTF-8 without zero bytes, like all that is sent and stored. `slot` is the slot of the text,
 * NULL for the prompt itself. */
static int check_text(const struct maker *m, const char *slot, struct view text)
{
	size_t bad;
	bool valid = utf8_valid(text.p, text.len, &bad);
	const char *at = valid ? memchr(text.p, '\0', text.len) : text.p + bad;
	if (!at)
		return SOW_OK;
	char place[64] = "";
	if (slot)
		snprintf(place, sizeof(place), ": {{%s}}", slot);
	return error_set(m->err, SOW_INVALID, "%s%s:%zu: expected UTF-8 text, not the byte 0x%02X",
			 m->name, place, line_of(text, at), (unsigned char)*at);
}

static int add_slot(struct maker *m, enum role role, struct view name)
{
	for (const struct slot *s = m->statics; s->name; s++) {
		if (view_eqstr(name, s->name)) {
			buf_add(&m->literal, s->text.p, s->text.len);
			return check_text(m, s->name, s->text);
		}
	}
	for (const char *const *n = m->names; *n; n++) {
		if (view_eqstr(name, *n)) {
			int status = flush_before_slot(m, role);
			return status ? status : push(m, (struct piece){ .role = role, .slot = *n });
		}
	}
	return error_set(m->err, SOW_INVALID, "%s:%zu: unknown slot {{%.*s}}", m->name,
			 line_of(m->whole, name.p), VIEW_ARG(name));
}

/* One message, or the whole of a raw prompt. */
static int add_section(struct maker *m, enum role role, struct view text)
{
	for (size_t at = 0;;) {
		size_t open = view_find(text, at, "{{");
		size_t close = open == VIEW_NONE ? VIEW_NONE : view_find(text, open, "}}");
		if (close == VIEW_NONE) {
			buf_add(&m->literal, text.p + at, text.len - at);
			return flush(m, role);
		}
		buf_add(&m->literal, text.p + at, open - at);
		int status = add_slot(m, role, view_sub(text, open + 2, close));
		if (status)
			return status;
		at = close + 2;
	}
}

static enum role role_line(struct view line)
{
	static const struct { const char *line; enum role role; } heads[] = {
		{ "[system]", ROLE_SYSTEM }, { "[user]", ROLE_USER }, { "[assistant]", ROLE_ASSISTANT },
	};
	line = view_trim(line);
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (view_eqstr(line, heads[i].line))
			return heads[i].role;
	}
	return ROLE_NONE;
}

/* The newline before the next head, and the last one of the file, do not belong to a message. */
static struct view without_last_newline(struct view text)
{
	if (view_ends(text, "\n"))
		text.len--;
	return text;
}

static int add_all(struct maker *m)
{
	struct view rest = m->whole, line;
	enum role role = ROLE_NONE;
	const char *start = m->whole.p;
	bool first = true;
	while (view_line(&rest, &line)) {
		enum role next = role_line(line);
		if (first && next == ROLE_NONE)
			return add_section(m, ROLE_NONE, m->whole);
		if (next != ROLE_NONE && !first) {
			struct view text = view_from(start, (size_t)(line.p - start));
			int status = add_section(m, role, without_last_newline(text));
			if (status)
				return status;
		}
		if (next != ROLE_NONE) {
			role = next;
			start = rest.p;
		}
		first = false;
	}
	struct view last = view_from(start, (size_t)(m->whole.p + m->whole.len - start));
	return add_section(m, role, without_last_newline(last));
}

struct prompt *prompt_new(struct arena *a, const char *name, struct view text,
			  const struct slot *statics, const char *const *names,
			  struct sow_error *err)
{
	struct maker m = { .arena = a, .name = name, .whole = text, .statics = statics,
			   .names = names, .prompt = arena_alloc(a, sizeof(struct prompt)),
			   .literal = BUF_INIT, .err = err };
	m.prompt->name = view_of(name);
	int status = check_text(&m, NULL, text);
	if (!status)
		status = add_all(&m);
	if (!status && !m.prompt->count)
		status = error_set(err, SOW_INVALID, "%s: the prompt is empty", name);
	buf_release(&m.literal);
	return status ? NULL : m.prompt;
}

struct prompt *prompt_load(struct arena *a, const struct prompt_shelf *shelf, const char *name,
			   const struct slot *statics, const char *const *names,
			   struct sow_error *err)
{
	char full[128];
	struct view text;
	snprintf(full, sizeof(full), "%s%s.txt", name, shelf->chat ? ".chat" : "");
	const char *path = arena_copystr(a, full);
	if (shelf->find(shelf->data, path, &text, err))
		return NULL;
	return prompt_new(a, path, text, statics, names, err);
}

int prompt_sentence(struct arena *a, const struct prompt_shelf *shelf, const char *name,
		    const char *slot, const char *value, struct buf *out, struct sow_error *err)
{
	static const char *const none[] = { NULL };
	const struct slot statics[] = { { slot, view_of(value) }, { 0 } };
	struct view text;
	int status = value ? shelf->find(shelf->data, name, &text, err) : SOW_OK;
	if (status || !value)
		return status;
	struct prompt *p = prompt_new(a, name, view_trim(text), statics, none, err);
	if (!p)
		return err && err->status ? (int)err->status : SOW_INVALID;
	buf_addch(out, ' ');
	for (size_t i = 0; i < p->count; i++)
		buf_add(out, p->pieces[i].text.p, p->pieces[i].text.len);
	return SOW_OK;
}

static struct view slot_text(const struct slot *slots, const char *name)
{
	for (; slots->name; slots++) {
		if (strcmp(slots->name, name) == 0)
			return slots->text;
	}
	return view_of("");
}

bool prompt_text(const struct prompt *p, size_t i, struct view *text)
{
	for (size_t at = 0; at < p->count; at++) {
		if (p->pieces[at].slot || i--)
			continue;
		*text = p->pieces[at].text;
		return true;
	}
	return false;
}

int prompt_fill(const struct prompt *p, const struct slot *slots, struct request *r)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct piece *piece = &p->pieces[i];
		struct view text = piece->slot ? slot_text(slots, piece->slot) : piece->text;
		int status = request_add(r, piece->role, piece->shared, text);
		if (status)
			return status;
	}
	request_set_prompt(r, p->name, slot_text(slots, "instruction"));
	return SOW_OK;
}
