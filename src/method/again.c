#include "method/again.h"

void again_members(struct view reply, struct view why, struct buf *out)
{
	buf_addstr(out, "\"reply\":");
	json_add_text(out, reply);
	buf_addstr(out, ",\"why\":");
	json_add_text(out, why);
}

int again_ask_of(const json_value *context, bool chat, const char *wanted, struct request *r)
{
	return again_ask(json_text(json_get(context, "reply")), json_text(json_get(context, "why")), chat,
			 wanted, r);
}

int again_ask(struct view reply, struct view why, bool chat, const char *wanted, struct request *r)
{
	struct buf text = BUF_INIT;
	buf_addf(&text, "%sThat did not fit: %.*s. Answer again, %s.%s", chat ? "" : "\n\n",
		 VIEW_ARG(why), wanted, chat ? "" : "\n\n");
	int status = request_add(r, chat ? ROLE_ASSISTANT : ROLE_NONE, false, reply);
	if (!status)
		status = request_add(r, chat ? ROLE_USER : ROLE_NONE, false,
				     view_from(text.data, text.len));
	buf_release(&text);
	return status;
}
