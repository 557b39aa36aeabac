#include "method/distractors.h"

#include <stdio.h>

#include "data/format.h"
#include "method/fields.h"

/* A place in a document, "tea.md" 10 to 80; empty for records without one. */
struct span {
	struct view document, chunk;
	int64_t start, end;
};

static int read_span(const struct record *r, struct arena *a, const json_value **object, struct span *out)
{
	struct view text;
	int status = format_object(r, a, &text);
	*object = status ? NULL : json_own(text, a);
	if (!*object)
		return SOW_NOMEM;
	*out = (struct span){ json_text(json_get(*object, "document")),
			      view_trim(json_text(json_get(*object, "chunk"))),
			      json_integer(json_get(*object, "start")), json_integer(json_get(*object, "end")) };
	return SOW_OK;
}

/* A chunk that shares text with the question's chunk may have its answer. */
static bool is_apart(const struct span *a, const struct span *b)
{
	bool is_same = a->document.len && view_eq(a->document, b->document) && a->start < b->end &&
		       b->start < a->end;
	return b->chunk.len && !is_same && !view_eq(a->chunk, b->chunk);
}

/* A shown chunk, or a candidate. */
struct shown_chunk {
	const json_value *object;
	struct span span;
	size_t number;               /* of the input, from 0 */
};

static bool is_shown(const struct shown_chunk *list, size_t count, size_t number)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].number == number)
			return true;
	}
	return false;
}

/* Draws `wanted` of the others, or as many as there are; `list` begins with the question's own. */
static int draw_others(const struct distractors *m, struct draw *d, size_t wanted, struct shown_chunk *list,
		       size_t *count, struct arena *a)
{
	const size_t all = m->input_count;
	/* an unsuitable chunk is replaced by another draw, and in the end by the next suitable one */
	size_t tries = 8 * wanted + 8, next = 0;
	while (*count <= wanted && next < all) {
		struct shown_chunk *s = &list[*count];
		s->number = tries ? draw_below(d, all) : next++;
		tries -= tries > 0;
		if (is_shown(list, *count, s->number))
			continue;
		if (read_span(&m->inputs[s->number], a, &s->object, &s->span))
			return SOW_NOMEM;
		*count += is_apart(&list[0].span, &s->span);
	}
	return SOW_OK;
}

/* Writes the place of each of the others. */
static void add_places(const struct shown_chunk *list, size_t count, struct buf *out)
{
	buf_addch(out, '[');
	for (size_t i = 1; i < count; i++) {
		buf_addstr(out, i > 1 ? ",{" : "{");
		for (const json_value *v = json_first(list[i].object); v; v = json_next(list[i].object, v)) {
			if (!view_eqstr(json_key(v), "chunk"))
				json_add_member(out, v);
		}
		buf_addch(out, '}');
	}
	buf_addch(out, ']');
}

/* The fields, with the place of the question's own chunk among those shown, from 1; 0: it is not. */
static int add_fields(struct unit *u, size_t oracle, const struct shown_chunk *list, size_t count, struct arena *a)
{
	char number[24];
	struct buf places = BUF_INIT;
	int len = snprintf(number, sizeof(number), "%zu", oracle);
	add_places(list, count, &places);
	struct view others = arena_takebuf(a, &places);
	int status = fields_set_json(&u->fields, "oracle", view_from(number, (size_t)len), a);
	return status ? status : fields_set_json(&u->fields, "distractors", others, a);
}

int distractors_show(const struct distractors *m, struct draw *d, struct unit *u, struct arena *a)
{
	bool has_oracle = draw_fraction(d) < m->oracle;
	size_t wanted = m->wanted + !has_oracle, count = 1, oracle = 0;
	struct shown_chunk list[DISTRACTORS_MAX + 2] = { { .number = (size_t)u->ticket - 1 } };
	size_t order[DISTRACTORS_MAX + 2];
	struct buf text = BUF_INIT;
	int status = read_span(&m->inputs[u->ticket - 1], a, &list[0].object, &list[0].span);
	if (!status)
		status = draw_others(m, d, wanted, list, &count, a);
	size_t first = has_oracle ? 0 : 1, shown = count - first;
	for (size_t i = 0; i < shown; i++)
		order[i] = first + i;
	draw_shuffle(d, order, shown);
	for (size_t i = 0; i < shown; i++) {
		oracle = order[i] ? oracle : i + 1;
		buf_addf(&text, "%s<DOCUMENT>\n", i ? "\n" : "");
		buf_add(&text, list[order[i]].span.chunk.p, list[order[i]].span.chunk.len);
		buf_addstr(&text, "\n</DOCUMENT>");
	}
	u->input = arena_takebuf(a, &text);
	return status ? status : add_fields(u, oracle, list, count, a);
}
