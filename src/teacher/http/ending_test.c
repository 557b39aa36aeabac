#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "teacher/http/ending.h"

static void reasons_are_known(void **state)
{
	(void)state;
	static const struct {
		const char *reason;
		enum ending means;
	} cases[] = {
		{ "", ENDING_STOP }, { "stop", ENDING_STOP }, { "STOP", ENDING_STOP },
		{ "eos_token", ENDING_STOP }, { "end_turn", ENDING_STOP }, { "tool_calls", ENDING_STOP },
		{ "FINISH_REASON_STOP", ENDING_STOP },
		{ "length", ENDING_CUT }, { "MAX_TOKENS", ENDING_CUT }, { "maxTokens", ENDING_CUT },
		{ "model_length", ENDING_CUT }, { "max_length", ENDING_CUT },
		{ "model_context_window_exceeded", ENDING_CUT },
		{ "content_filter", ENDING_FILTERED }, { "SAFETY", ENDING_FILTERED },
		{ "PROHIBITED_CONTENT", ENDING_FILTERED }, { "RECITATION", ENDING_FILTERED },
		{ "guardrail_intervened", ENDING_FILTERED },
		{ "error", ENDING_FAILED }, { "abort", ENDING_FAILED },
		{ "insufficient_system_resource", ENDING_FAILED }, { "network_error", ENDING_FAILED },
		{ "MALFORMED_FUNCTION_CALL", ENDING_FAILED },
		{ "eureka", ENDING_UNKNOWN }, { "stopped by the moon", ENDING_UNKNOWN },
		{ "a reason that goes on and on, well past every name of the table", ENDING_UNKNOWN },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (ending_of(view_of(cases[i].reason)) != cases[i].means)
			fail_msg("%s", cases[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reasons_are_known) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
