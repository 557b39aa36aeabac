#include "method/transcript.h"

#include "base/arena.h"
#include "io/json.h"

/* The text of a turn, and its tool calls as JSON. */
static void add_words(const struct turn *t, struct buf *out)
{
	buf_add(out, t->text.p, t->text.len);
	if (t->tool_calls.len)
		buf_addf(out, "%s%.*s", t->text.len ? "\n" : "", VIEW_ARG(t->tool_calls));
}

void transcript_add(const struct turn *turns, size_t count, struct buf *out)
{
	static const char *const names[ROLE_COUNT] = {
		[ROLE_USER] = "User", [ROLE_ASSISTANT] = "Assistant", [ROLE_TOOL] = "Tool",
	};
	const char *between = "";
	for (size_t i = 0; i < count; i++) {
		const struct turn *t = &turns[i];
		if (!names[t->role])
			continue;
		buf_addf(out, "%s%s: ", between, names[t->role]);
		add_words(t, out);
		between = "\n\n";
	}
}

static bool is_instruction(const struct turn *t)
{
	return t->role == ROLE_SYSTEM || t->role == ROLE_DEVELOPER;
}

/* The consecutive turns of one side from `at` on, to *end. True: it is the user. */
static bool add_side(const struct turn *turns, size_t count, size_t at, size_t *end, struct buf *out)
{
	bool is_user = turns[at].role == ROLE_USER;
	for (; at < count && (is_instruction(&turns[at]) || (turns[at].role == ROLE_USER) == is_user); at++) {
		const struct turn *t = &turns[at];
		if (is_instruction(t))
			continue;
		buf_addf(out, "%s%s", out->len ? "\n\n" : "", t->role == ROLE_TOOL ? "Tool: " : "");
		add_words(t, out);
	}
	*end = at;
	return is_user;
}

static int add_message(enum role role, struct view text, const char *gap, struct request *r)
{
	struct buf message = BUF_INIT;
	if (role == ROLE_USER) {
		buf_addf(&message, "%sThe assistant says:\n%.*s", gap, VIEW_ARG(text));
	} else {
		buf_addstr(&message, "{\"next\":\"ask\",\"message\":");
		json_add_text(&message, text);
		buf_addch(&message, '}');
	}
	int status = request_add(r, role, false, view_from(message.data, message.len));
	buf_release(&message);
	return status;
}

int transcript_exchange(const struct turn *turns, size_t count, struct request *r, struct view *said)
{
	const char *gap = "\n\n"; /* after the prompt's own words, also a user's message */
	size_t at = 0, end = 0;
	int status = SOW_OK;
	*said = view_of("");
	while (at < count && is_instruction(&turns[at]))
		at++;
	for (; at < count && !status; at = end) {
		struct buf text = BUF_INIT;
		bool is_user = add_side(turns, count, at, &end, &text);
		struct view side = arena_takebuf(r->arena, &text);
		if (is_user || end < count)
			status = add_message(is_user ? ROLE_ASSISTANT : ROLE_USER, side, gap, r);
		else
			*said = side;
		gap = is_user || end < count ? "" : gap;
	}
	return status ? status : request_add(r, ROLE_USER, false, view_of(gap));
}
