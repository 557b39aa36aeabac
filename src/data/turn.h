/* turn.h - one turn of a conversation: its role, its content, and all other members. */
#ifndef DATA_TURN_H
#define DATA_TURN_H

#include <stdbool.h>

#include "base/view.h"

enum role { ROLE_NONE, ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT, ROLE_DEVELOPER, ROLE_TOOL };
#define ROLE_COUNT (ROLE_TOOL + 1)
extern const char *const role_names[]; /* "", "system", "user", "assistant", "developer", "tool" */

/* The names that servers and templates give to a model's thought before its answer. */
enum reasoning_name { REASONING_CONTENT, REASONING_PLAIN, REASONING_THINKING };
extern const char *const reasoning_names[]; /* "reasoning_content", "reasoning", "thinking" */
#define REASONING_NAMES (REASONING_THINKING + 1)

/* The member by which the file says whether to train on a turn. */
enum weight_name { WEIGHT_NONE, WEIGHT_WEIGHT, WEIGHT_TRAIN, WEIGHT_LOSS };
extern const char *const weight_names[]; /* "", "weight", "train", "loss_weight" */

/* An empty view stands for a missing member. JSON is kept as compact text. */
struct turn {
	enum role role;
	struct view text;        /* content; of several parts the texts, one after another */
	bool is_silent;          /* content was null or missing, which is not "" */
	struct view parts;       /* JSON array: the content, where it is more than text */
	struct view reasoning;
	enum reasoning_name reasoning_name;
	struct view tool_calls;  /* JSON array of {"id", "type", "function": {"name", "arguments"}};
				  * arguments unchanged, an object or a text */
	struct view tool_call_id, name;
	enum weight_name weight_name;
	struct view weight;      /* JSON: a number or a truth value */
	struct view fields;      /* JSON object: every other member, in its order */
};

#define TURN(role_, text_) ((struct turn){ .role = (role_), .text = (text_) })

/* True if it has only a role and a text. */
bool turn_is_plain(const struct turn *t);

#endif
