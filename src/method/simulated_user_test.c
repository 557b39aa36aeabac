#include "method/simulated_user.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *met(const char *text, const char *(*of)(const struct speech *s))
{
	struct speech s;
	speech_open(&s, view_of(text));
	const char *found = of(&s);
	speech_close(&s);
	return found;
}

static const char *thanks(const struct speech *s)
{
	return simulated_thanks(s, 40);
}

static void speaks_as_the_assistant(void **state)
{
	(void)state;
	static const char *const such[] = {
		"Sure! Here is a recipe for bread.", "Assistant: It is 5.", "Certainly, I can help.",
		"You're welcome! Have fun.", "Hello! How can I assist you today?",
		"I see. Feel free to ask if anything is unclear.", "What would you like the sign to say?",
		"Can you please tell me what else you would like?", "What else do you want?", "Gern geschehen!",
		"\xE4\xB8\x8D\xE5\xAE\xA2\xE6\xB0\x94\xE3\x80\x82",
	};
	static const char *const not_such[] = {
		"Sure, but how long does it take?", "Here is my draft: It rains. Could you mend it?",
		"Is the assistant: part of it?", "Of course. What else do I need?",
		"I help people with their taxes. What should I ask them?", "What would my guests like?", "", "?",
	};
	for (size_t i = 0; i < sizeof(such) / sizeof(*such); i++) {
		if (!met(such[i], simulated_as_assistant))
			fail_msg("%s", such[i]);
	}
	for (size_t i = 0; i < sizeof(not_such) / sizeof(*not_such); i++) {
		if (met(not_such[i], simulated_as_assistant))
			fail_msg("%s: %s", not_such[i], met(not_such[i], simulated_as_assistant));
	}
}

static void gives_thanks_alone(void **state)
{
	(void)state;
	static const char *const such[] = {
		"Thank you!", "Thanks, that was very helpful. I will try it. Have a nice day!", "Great, thanks!",
		"Perfect. That's all. Bye.", "Vielen Dank!", "\xE8\xB0\xA2\xE8\xB0\xA2\xEF\xBC\x81",
	};
	static const char *const not_such[] = {
		"Thanks. Now do it in French.", "Thank you! What about rain?", "Thanks, but that is not what I meant.",
		"Thanks. My oven has no grill.", "Great idea.", "Write a thank you note to my aunt, please.", "",
		"Thank you. Please explain the second step.",
	};
	for (size_t i = 0; i < sizeof(such) / sizeof(*such); i++) {
		if (!met(such[i], thanks))
			fail_msg("%s", such[i]);
	}
	for (size_t i = 0; i < sizeof(not_such) / sizeof(*not_such); i++) {
		if (met(not_such[i], thanks))
			fail_msg("%s: %s", not_such[i], met(not_such[i], thanks));
	}
	struct speech s;
	speech_open(&s, view_of("Thank you so very much for that."));
	assert_non_null(simulated_thanks(&s, 7));
	assert_null(simulated_thanks(&s, 6));
	speech_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speaks_as_the_assistant),
		cmocka_unit_test(gives_thanks_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
