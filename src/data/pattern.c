/* Matches a text. */
#include "data/pattern_private.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"

/* The matcher: a machine that is in several steps at once. */
struct pattern_step {
	enum { STEP_SET, STEP_FORK, STEP_GO, STEP_END } kind;
	struct pattern_set set;
	size_t to, other;    /* of a fork both, of a GO the first */
};

/* Steps are counted in a first pass, with `steps` NULL, and written in a second. */
struct building {
	struct pattern_step *steps;
	size_t count;
};

static size_t add_step(struct building *b, struct pattern_step s)
{
	if (b->steps)
		b->steps[b->count] = s;
	return b->count++;
}

static void aim(struct building *b, size_t at, size_t to, size_t other)
{
	if (b->steps) {
		b->steps[at].to = to;
		b->steps[at].other = other;
	}
}

static void build(struct building *b, const struct pattern_node *n);

static void build_either(struct building *b, const struct pattern_node *n)
{
	if (!n->next || b->count > PATTERN_STEPS_MAX) {
		build(b, n);
		return;
	}
	size_t fork = add_step(b, (struct pattern_step){ .kind = STEP_FORK });
	build(b, n);
	size_t go = add_step(b, (struct pattern_step){ .kind = STEP_GO });
	aim(b, fork, fork + 1, b->count);
	build_either(b, n->next);
	aim(b, go, b->count, 0);
}

static void build_repeat(struct building *b, const struct pattern_node *n)
{
	for (size_t i = 0; i < n->least && b->count <= PATTERN_STEPS_MAX; i++) {
		size_t before = b->count;
		build(b, n->first);
		if (b->count == before)
			break; /* it is empty, however often */
	}
	if (n->most == PATTERN_NO_END) {
		size_t fork = add_step(b, (struct pattern_step){ .kind = STEP_FORK });
		build(b, n->first);
		aim(b, add_step(b, (struct pattern_step){ .kind = STEP_GO }), fork, 0);
		aim(b, fork, fork + 1, b->count);
		return;
	}
	for (size_t i = n->least; i < n->most && b->count <= PATTERN_STEPS_MAX; i++) {
		size_t fork = add_step(b, (struct pattern_step){ .kind = STEP_FORK });
		build(b, n->first);
		aim(b, fork, fork + 1, b->count);
	}
}

static void build(struct building *b, const struct pattern_node *n)
{
	if (b->count > PATTERN_STEPS_MAX)
		return;
	switch (n->kind) {
	case NODE_SET:
		add_step(b, (struct pattern_step){ .kind = STEP_SET, .set = n->set });
		break;
	case NODE_ROW:
		for (const struct pattern_node *part = n->first; part; part = part->next)
			build(b, part);
		break;
	case NODE_EITHER:
		build_either(b, n->first);
		break;
	case NODE_REPEAT:
		build_repeat(b, n);
		break;
	}
}

struct pattern *pattern_read(struct arena *a, struct view text, struct sow_error *err)
{
	struct building b = { 0 };
	struct pattern *p = arena_alloc(a, sizeof(*p));
	p->root = pattern_nodes(a, text, err);
	if (!p->root)
		return NULL;
	build(&b, p->root);
	if (b.count >= PATTERN_STEPS_MAX) {
		pattern_wrong(text, text.len, "expected smaller counts", err);
		return NULL;
	}
	b.steps = p->steps = arena_array(a, b.count + 1, sizeof(*b.steps));
	b.count = 0;
	build(&b, p->root);
	add_step(&b, (struct pattern_step){ .kind = STEP_END });
	p->step_count = b.count;
	return p;
}

bool pattern_set_has(struct pattern_set s, uint32_t c)
{
	for (size_t i = 0; i < s.count && s.ranges[i].first <= c; i++) {
		if (c <= s.ranges[i].last)
			return true;
	}
	return false;
}

/* The steps that the machine is in; `since` says whether one was entered at this place of the text. */
struct machine {
	const struct pattern *p;
	size_t *now, *then, *todo;
	size_t now_count, then_count;
	size_t *since;
};

/* Enters a step and all steps reached from it without a character. */
static void enter(struct machine *m, size_t step, size_t place)
{
	size_t todo = 0;
	m->todo[todo++] = step;
	while (todo) {
		size_t at = m->todo[--todo];
		const struct pattern_step *s = &m->p->steps[at];
		if (m->since[at] == place)
			continue;
		m->since[at] = place;
		if (s->kind == STEP_FORK)
			m->todo[todo++] = s->other;
		if (s->kind == STEP_FORK || s->kind == STEP_GO)
			m->todo[todo++] = s->to;
		else
			m->then[m->then_count++] = at;
	}
}

static void turn(struct machine *m)
{
	size_t *old = m->now;
	m->now = m->then;
	m->now_count = m->then_count;
	m->then = old;
	m->then_count = 0;
}

static bool run(struct machine *m, struct view text)
{
	size_t place = 1;
	enter(m, 0, place);
	turn(m);
	for (size_t at = 0; at < text.len && m->now_count;) {
		uint32_t c = 0;
		size_t n = utf8_next(text.p + at, text.len - at, &c);
		at += n ? n : 1;
		place++;
		for (size_t i = 0; i < m->now_count; i++) {
			const struct pattern_step *s = &m->p->steps[m->now[i]];
			if (n && s->kind == STEP_SET && pattern_set_has(s->set, c))
				enter(m, m->now[i] + 1, place);
		}
		turn(m);
	}
	for (size_t i = 0; i < m->now_count; i++) {
		if (m->p->steps[m->now[i]].kind == STEP_END)
			return true;
	}
	return false;
}

int pattern_matches(const struct pattern *p, struct view text)
{
	/* Each step forks at most once at a place, which bounds `todo`. */
	size_t n = p->step_count;
	size_t *room = mem_zalloc((5 * n + 1) * sizeof(*room));
	struct machine m = { .p = p, .now = room, .then = room + n, .since = room + 2 * n,
			     .todo = room + 3 * n };
	int matches = run(&m, text);
	mem_free(room);
	return matches;
}
