/* What a teacher wrote, read as a numbered list (method/list.h), as one that was begun in the prompt
 * and as one that was not. */
#include "check.h"
#include "method/dress.h"
#include "method/list.h"
#include "method/list_head.h"
#include "text/spacing.h"

/* The bytes of `part` come in `whole` in this order: nothing is made up. */
static bool is_part(struct view part, struct view whole)
{
	size_t at = 0;
	for (size_t i = 0; i < whole.len && at < part.len; i++)
		at += whole.p[i] == part.p[at];
	return at == part.len;
}

static size_t check_list(struct view reply, bool begun)
{
	struct views items = { 0 };
	struct arena *a = arena_new();
	list_read(reply, begun, a, &items);
	size_t length = 0, count = items.count;
	const char *end = reply.p;
	for (size_t i = 0; i < count; i++) {
		struct view item = items.list[i];
		CHECK(spacing_trim(item).len == item.len);
		CHECK(is_part(item, reply));
		if (item.len && is_inside(item, reply)) {
			CHECK(item.p >= end);
			end = item.p + item.len;
		}
		length += item.len;
	}
	CHECK(length <= reply.len);
	views_release(&items);
	arena_free(a);
	return count;
}

static void check_heads(struct view reply)
{
	struct view rest = reply, line;
	struct list_head head;
	while (view_line(&rest, &line)) {
		if (list_head_read(line, &head)) {
			CHECK(head.end <= line.len && head.indent <= line.len);
			CHECK(head.number >= 0 && head.number <= 9999);
			CHECK(!dress_fence(line));
		}
		if (list_head_bullet(line, &head))
			CHECK(head.end < line.len && head.number == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view reply = view_from((const char *)data, size);
	CHECK(check_list(reply, true) >= 1);
	(void)check_list(reply, false);
	check_heads(reply);
	return 0;
}
