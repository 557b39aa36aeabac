/* chat_template.h - how families of models write turns, for servers that continue raw text.
 *
 *     const struct chat_template *t = chat_template_find("llama3");
 *     chat_template_open(t, system, turns, count, ROLE_USER, &prompt);   // and the model continues
 *
 * A server's /v1/completions takes the text unchanged and reads such marks as control tokens. The server
 * itself adds the beginning of a text (<s>, <|begin_of_text|>).
 */
#ifndef METHOD_CHAT_TEMPLATE_H
#define METHOD_CHAT_TEMPLATE_H

#include <stddef.h>

#include "base/buf.h"
#include "data/turn.h"

#define CHAT_TEMPLATE_NAMES \
	"chatml, gemma, gemma2, gpt-oss, granite, llama2, llama3, mistral, mistral-small, phi3, phi4, " \
	"phi4-mini, qwen2, qwen2.5, qwen3, smollm2"

struct chat_template {
	const char *name;
	/* Around a turn; NULL for system: its text opens the first user's turn. */
	const char *system[2], *user[2], *assistant[2];
	const char *usual;           /* the default system turn; NULL: none */
	const char *stops[3];        /* texts that end a turn; NULL after the last */
};

const struct chat_template *chat_template_find(const char *name); /* NULL: none of that name */

/* Appends the system turn (NULL: the default one), the turns, and the opening of the next one, the user's or
 * the assistant's. Returns out->status. */
int chat_template_open(const struct chat_template *t, const char *system, const struct turn *turns,
		       size_t count, enum role next, struct buf *out);

#endif
