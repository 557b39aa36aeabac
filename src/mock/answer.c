#include "mock/answer.h"

#include <string.h>

#include "mock/invent.h"

static void write_prose(const struct asked *a, struct draw *d, struct buf *out)
{
	if (!a->chat)
		buf_addch(out, ' ');
	/* the end of a long prompt says what it is about */
	struct view about = a->prompt;
	if (about.len > 400)
		about = view_sub(about, about.len - 400, about.len);
	invent_prose(d, about, 20 + draw_below(d, 90), out);
}

const struct answerer answerers[] = {
	{ .name = "classification", .tail = "Is it classification?", .write = self_instruct_yes_no },
	{ .name = "instructions", .is_mine = self_instruct_is_list, .write = self_instruct_list },
	{ .name = "labels", .marks = { "Class label:" }, .is_mine = self_instruct_is_instances,
	  .write = self_instruct_labels },
	{ .name = "instances", .marks = { "Output:" }, .is_mine = self_instruct_is_instances,
	  .write = self_instruct_instances },
	{ .name = "prose", .write = write_prose },
};
const size_t answerer_count = sizeof(answerers) / sizeof(*answerers);

static bool recognises(const struct answerer *who, const struct asked *a, struct view trimmed)
{
	if (who->tail && !view_ends(trimmed, who->tail))
		return false;
	for (size_t i = 0; i < sizeof(who->marks) / sizeof(*who->marks) && who->marks[i]; i++) {
		if (view_find(trimmed, 0, who->marks[i]) == VIEW_NONE)
			return false;
	}
	return !who->is_mine || who->is_mine(a);
}

const struct answerer *answerer_find(const struct asked *a)
{
	struct view trimmed = view_trim(a->prompt);
	size_t i = 0;
	while (i + 1 < answerer_count && !recognises(&answerers[i], a, trimmed))
		i++;
	return &answerers[i];
}
