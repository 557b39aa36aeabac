/* answer.h - the mock's answer to a prompt: a table of answerers.
 *
 * Each answers the prompts of one stage of a method, and writes what a middling model would: mostly
 * right in form, sometimes flawed in the ways that the methods' rules look for. It recognizes them by their
 * name if known, whatever the user wrote in them; else, as a server must, by their marks. The last answerer
 * replies to anything else with prose.
 *
 *     const struct answerer *who = answerer_find(&asked);
 *     struct draw d = draw_start(seed, STREAM_ANSWER, ask.seed);
 *     who->write(&asked, &d, &out);
 *
 * The text is a pure function of the prompt and the draw.
 */
#ifndef MOCK_ANSWER_H
#define MOCK_ANSWER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/draw.h"
#include "base/view.h"

struct mock_prompt {
	bool chat;
	struct view system;       /* empty if there is none */
	struct view prompt;       /* last user message, or the raw prompt to continue */
	struct view name;         /* of the prompt, "evol/deepen.chat.txt"; empty: unknown */
	struct view about;        /* the instruction in it; empty: unknown */
	size_t enough;            /* words: later ones are cut off; 0: all count */
};

struct answerer {
	const char *name;
	const char *prompts[8];   /* names without endings; NULL after the last */
	/* Recognised if the prompt (blanks at its end apart) ends with `tail`, all of `marks`
	 * are near its beginning, near its end or in the system message, and `is_mine` returns true; each may
	 * be NULL. */
	const char *tail;
	const char *marks[3];
	bool (*is_mine)(const struct mock_prompt *a);
	void (*write)(const struct mock_prompt *a, struct draw *d, struct buf *out);
	bool is_json;             /* its text fits the schema that comes with its prompt */
};

extern const struct answerer answerers[];
extern const size_t answerer_count;

/* The first that recognizes it. */
const struct answerer *answerer_find(const struct mock_prompt *a);

/* The instruction of a prompt: the known one, or the text after the last "Task:". */
struct view answer_task(const struct mock_prompt *a);

/* True one time in `n`. */
bool one_in(struct draw *d, size_t n);

/* The writers, a file a method. */
bool self_instruct_is_list(const struct mock_prompt *a);
void self_instruct_list(const struct mock_prompt *a, struct draw *d, struct buf *out);
void self_instruct_yes_no(const struct mock_prompt *a, struct draw *d, struct buf *out);
bool self_instruct_is_instances(const struct mock_prompt *a);
void self_instruct_instances(const struct mock_prompt *a, struct draw *d, struct buf *out);
void self_instruct_labels(const struct mock_prompt *a, struct draw *d, struct buf *out);
void alpaca_blocks(const struct mock_prompt *a, struct draw *d, struct buf *out);
void evol_harder(const struct mock_prompt *a, struct draw *d, struct buf *out);
void evol_new(const struct mock_prompt *a, struct draw *d, struct buf *out);
void judge_equal(const struct mock_prompt *a, struct draw *d, struct buf *out);
void judge_grade(const struct mock_prompt *a, struct draw *d, struct buf *out);

#endif
