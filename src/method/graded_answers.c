#include "method/graded_answers.h"

#include "base/buf.h"
#include "method/again.h"

static void add_one(const struct graded_answer *c, struct buf *out)
{
	buf_addf(out, "{\"writer\":%lld,\"text\":", (long long)c->writer);
	json_add_text(out, c->text);
	if (c->thought.len) {
		buf_addstr(out, ",\"thought\":");
		json_add_text(out, c->thought);
	}
	if (c->grades) {
		buf_addstr(out, ",\"grades\":");
		json_add_value(out, c->grades);
	}
	if (c->is_lost)
		buf_addstr(out, ",\"lost\":true");
	if (c->why.len) {
		buf_addch(out, ',');
		again_members(c->reply, c->why, out);
	}
	buf_addch(out, '}');
}

struct view graded_keep(const struct graded_answers *all, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addch(&text, '[');
	for (size_t i = 0; i < all->count; i++) {
		buf_addstr(&text, i ? "," : "");
		add_one(&all->list[i], &text);
	}
	buf_addch(&text, ']');
	return arena_takebuf(a, &text);
}

int graded_recall(const struct grading *g, struct view kept, struct arena *a, size_t more,
		  struct graded_answers *all)
{
	const json_value *context = kept.len ? json_own(kept, a) : NULL;
	*all = (struct graded_answers){ arena_array(a, json_count(context) + more, sizeof(*all->list)), 0 };
	if (kept.len && !context)
		return SOW_NOMEM;
	for (const json_value *v = json_first(context); v; v = json_next(context, v)) {
		const json_value *grades = json_get(v, "grades");
		all->list[all->count++] = (struct graded_answer){
			.writer = json_integer(json_get(v, "writer")), .text = json_text(json_get(v, "text")),
			.thought = json_text(json_get(v, "thought")), .grades = grades,
			.reply = json_text(json_get(v, "reply")), .why = json_text(json_get(v, "why")),
			.is_lost = json_bool(json_get(v, "lost")),
			.mean = grades ? grading_mean(g, grades) : 0,
		};
	}
	return SOW_OK;
}

static bool is_missing(const struct graded_answer *c)
{
	return !c->grades && !c->is_lost;
}

size_t graded_count_missing(const struct graded_answers *all)
{
	size_t count = 0;
	for (size_t i = 0; i < all->count; i++)
		count += is_missing(&all->list[i]);
	return count;
}

struct graded_answer *graded_find_missing(const struct graded_answers *all, size_t n)
{
	size_t i = 0;
	while (i + 1 < all->count && (!is_missing(&all->list[i]) || n-- > 0))
		i++;
	return &all->list[i];
}

bool graded_add(struct graded_answers *all, const struct graded_answer *c)
{
	for (size_t i = 0; i < all->count; i++) {
		if (view_eq(all->list[i].text, c->text))
			return false;
	}
	all->list[all->count++] = *c;
	return true;
}
