/* A user's prompt file, made and filled. Every slot is filled with its own name in braces, so
 * that a raw prompt comes out as it went in, and a chat's messages are pieces of the file. */
#include <string.h>

#include "check.h"
#include "base/buf.h"
#include "method/prompt.h"

static const struct slot statics[] = {
	{ "demonstrations", { "{{demonstrations}}", 18 } },
	{ "steering", { "{{steering}}", 12 } },
	{ 0 },
};
static const char *const names[] = { "tasks", "instruction", NULL };
static const struct slot slots[] = {
	{ "tasks", { "{{tasks}}", 9 } },
	{ "instruction", { "{{instruction}}", 15 } },
	{ 0 },
};

static void check_parts(const struct request *r, struct view text)
{
	struct buf all = BUF_INIT;
	bool shared = true, chat = r->parts[0].role != ROLE_NONE;
	CHECK(r->part_count);
	for (size_t i = 0; i < r->part_count; i++) {
		const struct part *part = &r->parts[i];
		CHECK((part->role != ROLE_NONE) == chat);
		CHECK(part->text.len);
		CHECK(!chat || memmem(text.p, text.len, part->text.p, part->text.len));
		/* what is shared comes first */
		CHECK(shared || !part->shared);
		shared = part->shared;
		buf_add(&all, part->text.p, part->text.len);
	}
	CHECK(chat ? all.len <= text.len : view_eq(view_from(all.data, all.len), text));
	buf_release(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_from((const char *)data, size);
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	CHECK(a);
	struct prompt *p = prompt_new(a, "prompt.txt", text, statics, names, &err);
	if (p) {
		struct request *r = request_new();
		CHECK(r && prompt_fill(p, slots, r) == SOW_OK);
		check_parts(r, text);
		request_free(r);
	} else {
		CHECK(err.status == SOW_INVALID || err.status == SOW_TOOBIG);
		CHECK(is_message(&err) && view_starts(view_of(err.text), "prompt.txt:"));
	}
	arena_free(a);
	return 0;
}
