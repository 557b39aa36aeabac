#include "mock/completion.h"

#include <string.h>

#include "base/draw.h"
#include "mock/answer.h"
#include "mock/draws.h"
#include "mock/invent.h"
#include "mock/tokens.h"

static const char think_begin[] = "<think>\n", think_end[] = "\n</think>\n\n";

static struct view viewed(const struct buf *b)
{
	return view_from(b->data, b->len);
}

/* Cuts the text after `from` where the first of the stop strings begins. */
static void cut_at_stop(const struct ask *a, struct buf *text, size_t from)
{
	for (size_t i = 0; i < a->stop_count; i++) {
		const struct view stop = a->stops[i];
		if (!stop.len)
			continue;
		const char *at = memmem(text->data + from, text->len - from, stop.p, stop.len);
		if (at)
			buf_cut(text, (size_t)(at - text->data));
	}
}

static void think(struct completion *s, const struct completion_style *how, const struct ask *a)
{
	struct draw d = draw_start(how->seed, STREAM_REASONING, a->seed);
	if (how->reasoning == REASONING_NONE ||
	    (how->reasoning == REASONING_FIELD && a->kind == ASK_COMPLETION))
		return;
	invent_prose(&d, view_of(""), 15 + draw_below(&d, 45), &s->thought);
	if (how->reasoning == REASONING_FIELD)
		return;
	buf_addstr(&s->text, think_begin);
	buf_add(&s->text, s->thought.data, s->thought.len);
	buf_addstr(&s->text, think_end);
	buf_clear(&s->thought);
}

static void cut_at_length(const struct ask *a, struct said *said)
{
	int64_t most = a->max_tokens ? a->max_tokens : INT64_MAX;
	size_t whole = said->reasoning.len + said->text.len;
	said->reasoning_tokens = tokens_cut(&said->reasoning, most);
	said->completion_tokens =
		said->reasoning_tokens + tokens_cut(&said->text, most - said->reasoning_tokens);
	if (said->reasoning.len + said->text.len < whole)
		said->finish = "length";
}

/* A question or instruction is a task; all else is prose. */
static void write_member(void *data, struct view member, struct draw *d, struct buf *out)
{
	static const char *const tasks[] = { "instruction", "question", "message", "prompt", "task" };
	(void)data;
	for (size_t i = 0; i < sizeof(tasks) / sizeof(*tasks); i++) {
		if (view_eqstr(member, tasks[i])) {
			invent_instruction(d, out);
			return;
		}
	}
	invent_prose(d, view_of(""), 6 + draw_below(d, 24), out);
}

int completion_write(struct completion *s, const struct completion_style *how, const struct ask *a,
		     struct said *said)
{
	struct mock_prompt asked = {
		.chat = a->kind != ASK_COMPLETION, .system = a->system, .prompt = a->prompt,
		.name = a->name, .about = a->about,
		/* a word is a token at least */
		.enough = a->max_tokens ? (size_t)a->max_tokens + 1 : 0,
	};
	struct draw d = draw_start(how->seed, STREAM_ANSWER, a->seed);
	buf_clear(&s->text);
	buf_clear(&s->thought);
	think(s, how, a);
	size_t thought = s->text.len;
	const struct answerer *who = answerer_find(&asked);
	bool is_free = !a->schema || who->is_json;
	int status = is_free ? SOW_OK : schema_example_drawn(a->schema, &d, write_member, NULL, &s->text);
	if (status)
		return status;
	if (is_free)
		who->write(&asked, &d, &s->text);
	cut_at_stop(a, &s->text, thought);
	*said = (struct said){
		.text = viewed(&s->text), .reasoning = viewed(&s->thought), .finish = "stop",
		.prompt_tokens = a->prompt_tokens,
		.cached_tokens = a->prompt_tokens * how->cached_percent / 100,
	};
	cut_at_length(a, said);
	if (thought)
		said->reasoning_tokens = tokens_count(view_sub(said->text, 0, thought));
	return SOW_OK;
}

void completion_release(struct completion *s)
{
	buf_release(&s->text);
	buf_release(&s->thought);
}
