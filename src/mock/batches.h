/* batches.h - batches of requests: OpenAI's files and batches, and Anthropic's.
 *
 *     struct mock_batches *b = mock_batches_new(&options, answer, data);
 *     if (mock_batches_claims(call.path))
 *             status = mock_batches_reply(b, &call, &reply);
 *     mock_batches_free(b);
 *
 * A batch progresses evenly over its delay; its state is computed when a client asks. A line gets the same
 * answer as a single request, faults included; where a fault prevents a complete reply, the line expires.
 * Results are not in the order of the requests. Nothing is kept on disk.
 */
#ifndef MOCK_BATCHES_H
#define MOCK_BATCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "io/http_server.h"
#include "mock/ask.h"
#include "mock/mock.h"

struct mock_batches;

/* Answers one request: *out, whose body the caller frees. */
typedef int mock_answer(void *data, enum ask_kind kind, const struct mock_call *call,
			struct http_reply *out);

struct mock_batches *mock_batches_new(const struct mock_options *o, mock_answer *answer, void *data);
void mock_batches_free(struct mock_batches *b); /* NULL is fine */

bool mock_batches_claims(struct view path);
/* SOW_OK. */
int mock_batches_reply(struct mock_batches *b, const struct mock_call *call, struct http_reply *out);

#endif
