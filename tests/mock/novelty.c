/* novelty.c - how many of the mock's instructions are new?
 *
 *     mock-novelty N [LEAST]
 *
 * Asks the mock as Self-Instruct does, eight examples from the pool and seven to be written,
 * until N are accepted by the rules and by ROUGE-L at 0.7 against all accepted before. Prints
 * what became of the candidates as the pool grows; exit status 1 if fewer than LEAST (0..1)
 * of all were novel. The test stops at 3,000; bench/RESULTS.md has 50,000.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/draw.h"
#include "method/reply.h"
#include "method/rules.h"
#include "mock/answer.h"
#include "mock/draws.h"
#include "mock/invent.h"
#include "text/novelty.h"
#include "text/words.h"

#define EXAMPLES 8

struct growth {
	struct arena *arena;
	struct rules *rules;
	struct vocabulary *vocabulary;
	struct novelty *novelty;
	struct words words;
	struct view *pool;
	size_t count, wanted;
	size_t candidates, by_rule, near, words_sum, classifications;
	size_t shown_candidates, shown_near; /* of the last line */
};

static void fail(const char *what)
{
	fprintf(stderr, "mock-novelty: %s\n", what);
	exit(2);
}

static void show(struct growth *g)
{
	size_t judged = g->candidates - g->shown_candidates;
	printf("%7zu accepted: of the last %zu candidates %.1f %% novel; of all %zu: %.1f %% novel, "
	       "%.1f %% dropped by other rules; %.1f words, %.1f %% classifications\n",
	       g->count, judged, 100 - 100.0 * (double)(g->near - g->shown_near) / (double)judged,
	       g->candidates, 100 - 100.0 * (double)g->near / (double)g->candidates,
	       100.0 * (double)g->by_rule / (double)g->candidates,
	       (double)g->words_sum / (double)g->count,
	       100.0 * (double)g->classifications / (double)g->count);
	g->shown_candidates = g->candidates;
	g->shown_near = g->near;
}

static void judge(struct growth *g, struct view text)
{
	struct view detail;
	struct neighbour near;
	if (g->count == g->wanted)
		return;
	g->candidates++;
	if (rules_check(g->rules, text, &detail) != RULE_COUNT) {
		g->by_rule++;
		return;
	}
	if (words_of(&g->words, g->vocabulary, text.p, text.len) < 0 ||
	    novelty_nearest(g->novelty, &g->words, &near))
		fail("out of memory");
	if (near.found) {
		g->near++;
		return;
	}
	char *copy = arena_copyview(g->arena, text);
	if (!copy || novelty_add(g->novelty, &g->words, (int64_t)g->count))
		fail("out of memory");
	g->pool[g->count++] = view_from(copy, text.len);
	g->words_sum += words_count_spaced(text.p, text.len);
	g->classifications += invent_is_classification(text);
	if (g->count == 1000 || g->count == 3000 || g->count % 10000 == 0 || g->count == g->wanted)
		show(g);
}

static void ask(struct growth *g, uint64_t ticket)
{
	struct draw d = draw_start(1, 77, ticket);
	struct buf prompt = BUF_INIT, reply = BUF_INIT;
	struct views items = { 0 };
	buf_addstr(&prompt, "A series of tasks.\n");
	for (size_t i = 1; i <= EXAMPLES; i++) {
		struct view one =
			g->count ? g->pool[draw_below(&d, g->count)] : view_of("Say why.");
		buf_addf(&prompt, "Task %zu: %.*s\n", i, VIEW_ARG(one));
	}
	buf_addf(&prompt, "Task %d:", EXAMPLES + 1);
	struct mock_prompt a = { .prompt = view_from(prompt.data, prompt.len) };
	struct draw answer =
		draw_start(1, STREAM_ANSWER, draw_unit(ticket, prompt.data, prompt.len));
	answerer_find(&a)->write(&a, &answer, &reply);
	list_read(view_from(reply.data, reply.len), true, g->arena, &items);
	for (size_t i = 0; i < items.count; i++)
		judge(g, items.list[i]);
	views_release(&items);
	buf_release(&prompt);
	buf_release(&reply);
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3)
		fail("expected N [LEAST]");
	struct growth g = { .wanted = (size_t)strtoull(argv[1], NULL, 10), .words = WORDS_INIT };
	double least = argc > 2 ? strtod(argv[2], NULL) : 0;
	g.arena = arena_new();
	g.rules = rules_new();
	g.vocabulary = vocabulary_new(WORDS_UNICODE);
	g.novelty = novelty_new(0.7, NOVELTY_ABOVE);
	g.pool = arena_array(g.arena, g.wanted, sizeof(*g.pool));
	if (!g.pool || !g.rules || !g.vocabulary || !g.novelty)
		fail("out of memory");
	for (uint64_t ticket = 0; g.count < g.wanted; ticket++)
		ask(&g, ticket);
	double novel = 1 - (double)g.near / (double)g.candidates;
	words_release(&g.words);
	novelty_free(g.novelty);
	vocabulary_free(g.vocabulary);
	rules_free(g.rules);
	arena_free(g.arena);
	return novel < least;
}
