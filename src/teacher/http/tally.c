#include "teacher/http/tally.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/mem.h"

#define TEXTS 32

struct said {
	struct view text;
	int64_t count;
};

struct tally {
	pthread_mutex_t lock;
	struct arena *arena;
	struct said said[TALLY_KINDS][TEXTS];
	size_t count[TALLY_KINDS];
};

struct tally *tally_new(void)
{
	struct tally *t = mem_zalloc(sizeof(*t));
	t->arena = arena_new();
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	arena_free(t->arena);
	mem_free(t);
}

static size_t past_number(struct view v, size_t at)
{
	while (at < v.len && (ascii_digit(v.p[at]) || v.p[at] == '.'))
		at++;
	return at;
}

/* Equal except for their numbers. */
static bool is_alike(struct view a, struct view b)
{
	size_t i = 0, k = 0;
	while (i < a.len && k < b.len) {
		if (ascii_digit(a.p[i]) && ascii_digit(b.p[k])) {
			i = past_number(a, i);
			k = past_number(b, k);
		} else if (a.p[i++] != b.p[k++]) {
			return false;
		}
	}
	return i == a.len && k == b.len;
}

static bool add(struct tally *t, enum tally_kind kind, struct view text)
{
	struct said *list = t->said[kind];
	for (size_t i = 0; i < t->count[kind]; i++) {
		if (is_alike(list[i].text, text)) {
			list[i].count++;
			return false;
		}
	}
	if (t->count[kind] == TEXTS)
		return false;
	const char *copy = arena_copyview(t->arena, text);
	list[t->count[kind]++] = (struct said){ view_from(copy, text.len), 1 };
	return true;
}

bool tally_note(struct tally *t, enum tally_kind kind, struct view text)
{
	pthread_mutex_lock(&t->lock);
	bool is_new = add(t, kind, text);
	pthread_mutex_unlock(&t->lock);
	return is_new;
}

void tally_write(struct tally *t, enum tally_kind kind, struct buf *out)
{
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->count[kind]; i++) {
		const struct said *s = &t->said[kind][i];
		if (kind == TALLY_TROUBLE && s->count == 1)
			buf_addstr(out, "once: ");
		else if (kind == TALLY_TROUBLE)
			buf_addf(out, "%" PRId64 " times: ", s->count);
		buf_add(out, s->text.p, s->text.len);
		buf_addch(out, '\n');
	}
	pthread_mutex_unlock(&t->lock);
}
