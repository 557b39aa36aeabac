#include "teacher/http/ending.h"

#include <stddef.h>
#include <string.h>

/* Names in normalized form: lower-case letters and digits. Sources: the references of
 * OpenAI, Gemini, Anthropic, Mistral, Cohere, Bedrock, DeepSeek, Zhipu, vLLM, SGLang, llama.cpp,
 * Ollama, text-generation-inference. */
static const struct {
	const char *name;
	enum ending means;
} endings[] = {
	{ "", ENDING_STOP },
	{ "stop", ENDING_STOP },
	{ "eos", ENDING_STOP },
	{ "eostoken", ENDING_STOP },
	{ "endturn", ENDING_STOP },
	{ "stopsequence", ENDING_STOP },
	{ "stopstring", ENDING_STOP },
	{ "stoptoken", ENDING_STOP },
	{ "complete", ENDING_STOP },
	{ "completed", ENDING_STOP },
	{ "finished", ENDING_STOP },
	{ "done", ENDING_STOP },
	{ "end", ENDING_STOP },
	{ "toolcalls", ENDING_STOP },
	{ "tooluse", ENDING_STOP },
	{ "functioncall", ENDING_STOP },

	{ "length", ENDING_CUT },
	{ "maxtokens", ENDING_CUT },
	{ "maxlength", ENDING_CUT },
	{ "maxnewtokens", ENDING_CUT },
	{ "maxoutputtokens", ENDING_CUT },
	{ "maxcompletiontokens", ENDING_CUT },
	{ "modellength", ENDING_CUT },
	{ "modelcontextwindowexceeded", ENDING_CUT },
	{ "contextlength", ENDING_CUT },
	{ "contextlengthexceeded", ENDING_CUT },
	{ "contextwindowexceeded", ENDING_CUT },
	{ "tokenlimit", ENDING_CUT },
	{ "limit", ENDING_CUT },
	{ "errorlimit", ENDING_CUT },
	{ "truncated", ENDING_CUT },
	{ "incomplete", ENDING_CUT },
	{ "pauseturn", ENDING_CUT },

	{ "contentfilter", ENDING_FILTERED },
	{ "contentfiltered", ENDING_FILTERED },
	{ "safety", ENDING_FILTERED },
	{ "prohibitedcontent", ENDING_FILTERED },
	{ "recitation", ENDING_FILTERED },
	{ "blocklist", ENDING_FILTERED },
	{ "blocked", ENDING_FILTERED },
	{ "spii", ENDING_FILTERED },
	{ "language", ENDING_FILTERED },
	{ "imagesafety", ENDING_FILTERED },
	{ "guardrailintervened", ENDING_FILTERED },
	{ "guardrails", ENDING_FILTERED },
	{ "sensitive", ENDING_FILTERED },
	{ "refusal", ENDING_FILTERED },
	{ "moderation", ENDING_FILTERED },
	{ "errortoxic", ENDING_FILTERED },

	{ "error", ENDING_FAILED },
	{ "abort", ENDING_FAILED },
	{ "aborted", ENDING_FAILED },
	{ "cancelled", ENDING_FAILED },
	{ "canceled", ENDING_FAILED },
	{ "usercancel", ENDING_FAILED },
	{ "failed", ENDING_FAILED },
	{ "timeout", ENDING_FAILED },
	{ "overloaded", ENDING_FAILED },
	{ "insufficientsystemresource", ENDING_FAILED },
	{ "networkerror", ENDING_FAILED },
	{ "servererror", ENDING_FAILED },
	{ "internalerror", ENDING_FAILED },
	{ "malformedfunctioncall", ENDING_FAILED },
	{ "malformedresponse", ENDING_FAILED },
};

#define NAME_MAX 48
#define PREFIX "finishreason" /* of names that are constants: FINISH_REASON_MAX_TOKENS */

enum ending ending_of(struct view reason)
{
	char name[NAME_MAX] = "";
	size_t len = 0;
	for (size_t i = 0; i < reason.len; i++) {
		char c = reason.p[i];
		if (!ascii_alpha(c) && !ascii_digit(c))
			continue;
		if (len + 1 == sizeof(name))
			return ENDING_UNKNOWN;
		name[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	const char *from = strncmp(name, PREFIX, strlen(PREFIX)) == 0 ? name + strlen(PREFIX) : name;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		if (strcmp(from, endings[i].name) == 0)
			return endings[i].means;
	}
	return ENDING_UNKNOWN;
}
