/* simulated_user.h - what a model that plays the user says, where it falls out of its part.
 *
 *     const struct simulated user = { rules, persona, turns, count };
 *     status = simulated_check(&user, message, &broken, &detail);
 *
 * or a check alone:
 *
 *     struct speech s;
 *     status = speech_open(&s, message);
 *     const char *met = simulated_as_assistant(&s);     // "how can i help you", NULL: it does not
 *     met = simulated_thanks(&s, 40);                   // "thank you"
 *     speech_close(&s);
 *
 * Phrases are compared word by word, as speech.h has them, in English and some other languages. What
 * is returned is of a table.
 */
#ifndef METHOD_SIMULATED_USER_H
#define METHOD_SIMULATED_USER_H

#include <stddef.h>

#include "data/turn.h"
#include "method/rules.h"
#include "method/speech.h"

/* Speaks as the assistant: is labelled so, opens as an answer does ("Sure, here is …"), or offers its
 * help. */
const char *simulated_as_assistant(const struct speech *s);

/* Gives thanks, says goodbye, and no more: each sentence does, none asks, and there are `most` words at
 * the most. */
const char *simulated_thanks(const struct speech *s, size_t most);

struct simulated {
	const struct rules *rules;
	struct view persona;
	const struct turn *turns;    /* the conversation so far */
	size_t count;
};

/* What is wrong with the user's next message: RULE_EMPTY, RULE_AS_ASSISTANT (also what repeats the
 * answer before it), RULE_REFUSAL_OPENING (of the first one), RULE_SELF_NAMING, RULE_ONLY_THANKS,
 * RULE_REPEATS_ITSELF, or RULE_COUNT. *detail is what was met, a text that stays. */
enum rule_id simulated_check(const struct simulated *user, struct view text, struct view *detail);

/* Neither side has said anything. */
bool simulated_opens(const struct turn *turns, size_t count);

/* Too like what `role` has said before, by RULE_REPEATS_ITSELF; a text of few words never is. */
bool simulated_repeats(const struct rules *rules, const struct turn *turns, size_t count, enum role role,
		       struct view text);

#endif
