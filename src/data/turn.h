/* turn.h - one turn of a conversation: who speaks, and what is said. */
#ifndef DATA_TURN_H
#define DATA_TURN_H

#include "base/view.h"

enum role { ROLE_NONE, ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT };
extern const char *const role_names[]; /* "", "system", "user", "assistant" */

struct turn {
	enum role role;
	struct view text;
};

#endif
