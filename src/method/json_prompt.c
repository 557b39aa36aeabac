#include "method/json_prompt.h"

#include "method/again.h"

int json_prompt_open(struct json_prompt *f, const struct method_state *run, const char *name, const char *schema,
	      const char *const *slots, struct sow_error *err)
{
	static const struct slot statics[] = { { 0 } };
	*f = (struct json_prompt){
		.options = { .as = "json", .schema = view_of(schema), .schema_name = name },
		.chat = run->o.prompts.chat,
	};
	f->prompt = prompt_load(run->arena, &run->o.prompts, name, statics, slots, err);
	f->reply = f->prompt ? map_reply_new(run->arena, &f->options, err) : NULL;
	return f->reply ? SOW_OK : SOW_INVALID;
}

int json_prompt_ask(const struct json_prompt *f, const struct slot *slots, const json_value *context,
	     struct request *r)
{
	request_set_schema(r, map_reply_schema(f->reply));
	int status = prompt_fill(f->prompt, slots, r);
	if (!status && json_get(context, "why"))
		status = again_ask_of(context, f->chat, map_reply_wanted(f->reply), r);
	return status;
}

int json_prompt_read(const struct json_prompt *f, struct view reply, struct arena *a, const json_value **object,
	      struct buf *why)
{
	return map_reply_read(f->reply, reply, a, object, why);
}
