/* wire.h - the language that a server speaks: a row of functions for each.
 *
 *     const struct wire *w = wire_of(&address, NULL);
 *     status = w->write(&body, &style, &support, request, &sent);
 *     enum answer_kind kind = answer_read(w, body, NULL, &answer);  // or, in pieces, stream.h
 *
 * A language is one file that ends with its row. The rest of a server's client (which server, how often,
 * the meaning of a failure) knows no language: see client.c and client_failed.c.
 */
#ifndef TEACHER_HTTP_WIRE_H
#define TEACHER_HTTP_WIRE_H

#include "teacher/http/address.h"
#include "teacher/http/ratelimit.h"
#include "teacher/http/answer.h"
#include "teacher/http/answer_words.h"
#include "teacher/http/body.h"
#include "teacher/http/param_support.h"

struct stream;

struct wire {
	const char *name;            /* whose API it is, for messages */
	const char *key_header;      /* how it takes a key; NULL: as the service does (services.h) */
	const char *const *headers;  /* sent with each request, up to a NULL; may be NULL */
	bool is_chat;                /* takes only chats: raw text is sent as one */
	const struct wire *embeddings; /* for vectors; NULL: it has none */
	bool has_forms;              /* may be asked for numbers (form.h) */

	/* Appended to the server's address. */
	const char *(*path)(const struct body_style *s);

	/* Appends the body to `out`, without the parts that the server refuses according to `d`; *sent is
	 * what the body holds. SOW_OK; SOW_USAGE for a chat in a style that has none, SOW_INVALID for parts
	 * that are not JSON (body_refusal). */
	int (*write)(struct buf *out, const struct body_style *s, const struct param_support *d,
		     const struct request *r, struct params_sent *sent);

	/* Reads a complete answer: fills in why it ended, its usage, and its text, as views of `root` or in
	 * the buffers of `a`. For answer_read. */
	enum answer_kind (*read)(const json_value *root, struct answer *a);

	/* Takes the data of one event. */
	void (*event)(struct stream *s, struct view data);

	/* Reads the server's words about a failure; answer_words_release is due. */
	void (*words)(struct view body, struct answer_words *w);

	/* Learns from a refusal of parts that were sent: param_support_learn, or that and more. */
	enum param_news (*learn)(struct param_support *d, const struct answer_words *words,
				 const struct params_sent *sent, struct buf *notice);

	/* The remaining quota in the headers of an answer, at the wall clock `now`, ns. */
	void (*limits)(struct view headers, int64_t now, struct ratelimit_news *requests,
		       struct ratelimit_news *tokens);
};
extern const struct wire wire_openai, wire_openai_embeddings, wire_anthropic;

/* The language of an address, by --api ("messages" is Anthropic's; NULL: not given), the call in the
 * address, or the host. */
const struct wire *wire_of(const struct address *a, const char *api);

#endif
