/* simulated_user.h - detects where a model that plays the user falls out of its role.
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
 * Phrases are compared word by word, as in speech.h, in English and some other languages. Returned texts are
 * static.
 */
#ifndef METHOD_SIMULATED_USER_H
#define METHOD_SIMULATED_USER_H

#include <stddef.h>

#include "data/turn.h"
#include "method/rules.h"
#include "method/speech.h"

/* Speaks as the assistant: has its label, opens like an answer ("Sure, here is …"), or offers help. */
const char *simulated_as_assistant(const struct speech *s);

/* Only gives thanks or says goodbye: each sentence does, none asks, and there are at most `most` words. */
const char *simulated_thanks(const struct speech *s, size_t most);

struct simulated {
	const struct rules *rules;
	struct view persona;
	const struct turn *turns;    /* the conversation so far */
	size_t count;
};

/* The rule that the user's next message breaks: RULE_EMPTY, RULE_AS_ASSISTANT (also if it repeats the answer
 * before it), RULE_REFUSAL_OPENING (only the first one), RULE_SELF_NAMING, RULE_ONLY_THANKS,
 * RULE_REPEATS_ITSELF, or RULE_COUNT. *detail is the phrase, a static text. */
enum rule_id simulated_check(const struct simulated *user, struct view text, struct view *detail);

/* True if neither side has spoken. */
bool simulated_opens(const struct turn *turns, size_t count);

/* True if it is too similar to an earlier turn of `role`, by RULE_REPEATS_ITSELF; never for a text of few
 * words. */
bool simulated_repeats(const struct rules *rules, const struct turn *turns, size_t count, enum role role,
		       struct view text);

#endif
