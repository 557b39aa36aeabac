/* json_prompt.h - a prompt whose reply is a JSON object, checked against a schema.
 *
 *     status = json_prompt_open(&form, &method->run, "converse/next", schema, slots, err);
 *     status = json_prompt_ask(&form, filled, context, request);
 *     status = json_prompt_read(&form, reply, arena, &object, &why);
 *
 * After a reply that does not fit the request is repeated with the reason: `context` then has the members
 * that again_members (again.h) wrote.
 */
#ifndef METHOD_JSON_PROMPT_H
#define METHOD_JSON_PROMPT_H

#include "method/map_reply.h"
#include "method/method.h"

struct json_prompt {
	struct prompt *prompt;
	struct map_options options;
	struct map_reply *reply;
	bool chat;
};

/* Loads the prompt called `name`; `slots` end with NULL. Results are in the run's arena. SOW_OK, or *err
 * set. */
int json_prompt_open(struct json_prompt *f, const struct method_state *run, const char *name, const char *schema,
	      const char *const *slots, struct sow_error *err);
/* Adds prompt and schema to the request, and the earlier reply that did not fit, if `context` has one. SOW_OK
 * or SOW_TOOBIG. */
int json_prompt_ask(const struct json_prompt *f, const struct slot *slots, const json_value *context,
	     struct request *r);
/* The object, in `a`: SOW_OK, or SOW_INVALID with the misfit in *why. */
int json_prompt_read(const struct json_prompt *f, struct view reply, struct arena *a, const json_value **object,
	      struct buf *why);

#endif
