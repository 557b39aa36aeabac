#include "method/chat_template.h"

#include <stdbool.h>
#include <string.h>

#define CHATML .system = { "<|im_start|>system\n", "<|im_end|>\n" }, \
	       .user = { "<|im_start|>user\n", "<|im_end|>\n" }, \
	       .assistant = { "<|im_start|>assistant\n", "<|im_end|>\n" }, \
	       .stops = { "<|im_end|>", "<|im_start|>" }

#define GEMMA(opening) .user = { opening, "<end_of_turn>\n" }, \
	.assistant = { "<start_of_turn>model\n", "<end_of_turn>\n" }, \
	.stops = { "<end_of_turn>", "<start_of_turn>" }

#define INST .user = { "[INST] ", "" }, .assistant = { " [/INST] ", "</s>" }, .stops = { "[/INST]", "[INST]" }

/* As in the families' own templates; gemma2 as Magpie's code opens its turns. */
static const struct chat_template table[] = {
	{ "chatml", CHATML },
	{ "qwen2", CHATML },
	{ "qwen3", CHATML },
	{ "qwen2.5", CHATML,
	  .usual = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant." },
	{ "smollm2", CHATML,
	  .usual = "You are a helpful AI assistant named SmolLM, trained by Hugging Face" },
	{ "llama3", .system = { "<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>" },
	  .user = { "<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>" },
	  .assistant = { "<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>" },
	  .stops = { "<|eot_id|>", "<|start_header_id|>" } },
	{ "gemma", GEMMA("<start_of_turn>user\n") },
	{ "gemma2", GEMMA("<start_of_turn>user\n\n") },
	{ "phi3", .system = { "<|system|>\n", "<|end|>\n" }, .user = { "<|user|>\n", "<|end|>\n" },
	  .assistant = { "<|assistant|>\n", "<|end|>\n" }, .stops = { "<|end|>", "<|assistant|>" } },
	{ "phi4", .system = { "<|im_start|>system<|im_sep|>", "<|im_end|>" },
	  .user = { "<|im_start|>user<|im_sep|>", "<|im_end|>" },
	  .assistant = { "<|im_start|>assistant<|im_sep|>", "<|im_end|>" },
	  .stops = { "<|im_end|>", "<|im_start|>" } },
	{ "phi4-mini", .system = { "<|system|>", "<|end|>" }, .user = { "<|user|>", "<|end|>" },
	  .assistant = { "<|assistant|>", "<|end|>" }, .stops = { "<|end|>", "<|assistant|>" } },
	{ "mistral", INST },
	{ "llama2", INST },
	{ "mistral-small", .system = { "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]" }, .user = { "[INST]", "" },
	  .assistant = { "[/INST]", "</s>" }, .stops = { "[/INST]", "[INST]" } },
	{ "granite", .system = { "<|start_of_role|>system<|end_of_role|>", "<|end_of_text|>\n" },
	  .user = { "<|start_of_role|>user<|end_of_role|>", "<|end_of_text|>\n" },
	  .assistant = { "<|start_of_role|>assistant<|end_of_role|>", "<|end_of_text|>\n" },
	  .stops = { "<|end_of_text|>", "<|start_of_role|>" } },
	{ "gpt-oss", .system = { "<|start|>developer<|message|># Instructions\n\n", "<|end|>" },
	  .user = { "<|start|>user<|message|>", "<|end|>" },
	  .assistant = { "<|start|>assistant<|channel|>final<|message|>", "<|end|>" },
	  .stops = { "<|end|>", "<|return|>", "<|start|>" } },
};

const struct chat_template *chat_template_find(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

/* A system text without a separate turn opens the user's first turn. */
static void begin_user(const struct chat_template *t, const char **system, struct buf *out)
{
	buf_addstr(out, t->user[0]);
	if (*system)
		buf_addf(out, "%s\n\n", *system);
	*system = NULL;
}

int chat_template_open(const struct chat_template *t, const char *system, const struct turn *turns,
		       size_t count, enum role next, struct buf *out)
{
	if (!system)
		system = t->usual;
	if (system && t->system[0]) {
		buf_addf(out, "%s%s%s", t->system[0], system, t->system[1]);
		system = NULL;
	}
	for (size_t i = 0; i < count; i++) {
		bool is_user = turns[i].role == ROLE_USER;
		if (is_user)
			begin_user(t, &system, out);
		else
			buf_addstr(out, t->assistant[0]);
		buf_add(out, turns[i].text.p, turns[i].text.len);
		buf_addstr(out, is_user ? t->user[1] : t->assistant[1]);
	}
	if (next == ROLE_USER)
		begin_user(t, &system, out);
	else
		buf_addstr(out, t->assistant[0]);
	return out->status;
}
