/* prompt.h - a prompt text with slots, and how it becomes a request.
 *
 *     Below are some tasks.            raw text to continue, or, where the first
 *     {{demonstrations}}               line is [system], [user] or [assistant],
 *     Task: {{instruction}}            the messages of a chat
 *
 * A slot is a name in double braces. Static slots are the same for every request of a run and are filled when
 * the prompt is made; the others when a request is. The lines before the first of those are the shared part
 * of the request. Slots in the text of a slot are not filled.
 */
#ifndef METHOD_PROMPT_H
#define METHOD_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "data/request.h"
#include "sow/sow.h"

struct slot {
	const char *name;
	struct view text;
};

struct prompt;

/* Made in `a`, which owns it; `name` must live as long. `statics` end with a NULL name, as do `names`, the
 * slots that requests will fill. NULL on failure: SOW_INVALID with "NAME:LINE: unknown slot …", or where the
 * text or a static slot's is not UTF-8 or has a zero byte; SOW_TOOBIG. */
struct prompt *prompt_new(struct arena *a, const char *name, struct view text,
			  const struct slot *statics, const char *const *names,
			  struct sow_error *err);

/* Finds a prompt's text by its name, "self_instruct/topic.txt". SOW_MISSING if there is none. */
typedef int prompt_finder(void *data, const char *name, struct view *text, struct sow_error *err);

/* The source of prompts, and which of their two forms it gives. */
struct prompt_shelf {
	prompt_finder *find;
	void *data;
	bool chat;                   /* as messages: NAME.chat.txt instead of NAME.txt */
};

/* The prompt called `name` ("evol/deepen") of the shelf, as prompt_new. */
struct prompt *prompt_load(struct arena *a, const struct prompt_shelf *shelf, const char *name,
			   const struct slot *statics, const char *const *names,
			   struct sow_error *err);

/* Appends a blank and the text called `name` ("self_instruct/topic.txt"), its one slot filled:
 * " Every task is about tea." Nothing if `value` is NULL. SOW_OK or as above. */
int prompt_sentence(struct arena *a, const struct prompt_shelf *shelf, const char *name,
		    const char *slot, const char *value, struct buf *out, struct sow_error *err);

/* The ith literal text of the prompt, static slots included; false after the last. */
bool prompt_text(const struct prompt *p, size_t i, struct view *text);

/* Adds the prompt's parts to the request, and its name; `slots` end with a NULL name and hold every
 * name given to prompt_new. SOW_OK or SOW_TOOBIG. */
int prompt_fill(const struct prompt *p, const struct slot *slots, struct request *r);

#endif
