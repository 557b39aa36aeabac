#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "teacher/http/services.h"

static void assert_variable(const char *url, const char *host, const char *want)
{
	const char *variable = services_variable(url, host);
	if (!variable != !want || (want && strcmp(variable, want) != 0))
		fail_msg("%s: %s", url, variable ? variable : "none");
}

static void keys_go_to_their_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; services_row(i); i++) {
		for (size_t k = 0; k < SERVICE_VARIABLES; k++) {
			if (services_row(i)->variables[k])
				unsetenv(services_row(i)->variables[k]);
		}
	}
	unsetenv("OPENAI_BASE_URL");
	setenv("OPENAI_API_KEY", "sk-a", 1);
	assert_variable("https://api.openai.com/v1", "api.openai.com", "OPENAI_API_KEY");
	assert_variable("https://API.OpenAI.com/v1", "API.OpenAI.com", "OPENAI_API_KEY");
	assert_variable("https://api.openai.com.evil.org/v1", "api.openai.com.evil.org", NULL);
	assert_variable("http://127.0.0.1:8000/v1", "127.0.0.1", NULL);
	assert_variable("https://openrouter.ai/api/v1", "openrouter.ai", NULL);
	setenv("OPENROUTER_API_KEY", "sk-b", 1);
	assert_variable("https://openrouter.ai/api/v1", "openrouter.ai", "OPENROUTER_API_KEY");
	setenv("GOOGLE_API_KEY", "c", 1);
	assert_variable("https://generativelanguage.googleapis.com/v1beta/openai",
			"generativelanguage.googleapis.com", "GOOGLE_API_KEY");
	setenv("GEMINI_API_KEY", "", 1); /* nothing */
	assert_variable("https://generativelanguage.googleapis.com/v1beta/openai",
			"generativelanguage.googleapis.com", "GOOGLE_API_KEY");
	setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1/", 1);
	assert_variable("http://127.0.0.1:8000/v1", "127.0.0.1", "OPENAI_API_KEY");
	assert_variable("http://127.0.0.1:8001/v1", "127.0.0.1", NULL);
	assert_variable("https://127.0.0.1:8000/v1", "127.0.0.1", NULL);
	setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9000", 1);
	assert_variable("http://127.0.0.1:9000/v1", "127.0.0.1", NULL);
	setenv("ANTHROPIC_API_KEY", "sk-ant", 1);
	assert_variable("http://127.0.0.1:9000/v1", "127.0.0.1", "ANTHROPIC_API_KEY");
	assert_variable("https://api.anthropic.com/v1", "api.anthropic.com", "ANTHROPIC_API_KEY");
	setenv("AZURE_OPENAI_API_KEY", "d", 1);
	assert_variable("https://x.openai.azure.com/openai", "x.openai.azure.com", "AZURE_OPENAI_API_KEY");
	assert_variable("https://evilopenai.azure.com/openai", "evilopenai.azure.com", NULL);
}

static void services_want_keys(void **state)
{
	(void)state;
	assert_string_equal(services_wants("api.openai.com"), "OPENAI_API_KEY");
	assert_string_equal(services_wants("generativelanguage.googleapis.com"), "GEMINI_API_KEY");
	assert_null(services_wants("127.0.0.1"));
	assert_null(services_wants("x.endpoints.huggingface.cloud")); /* some are open to all */
}

static void keys_have_their_headers(void **state)
{
	(void)state;
	assert_string_equal(services_header("x.openai.azure.com"), "api-key: ");
	assert_string_equal(services_header("127.0.0.1"), "Authorization: Bearer ");
	assert_string_equal(services_header("api.groq.com"), "Authorization: Bearer ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_go_to_their_hosts),
		cmocka_unit_test(services_want_keys),
		cmocka_unit_test(keys_have_their_headers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
