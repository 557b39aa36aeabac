/* What a teacher wrote where JSON was asked for. */
#include "check.h"
#include "data/json_reply.h"

static size_t repairs(const struct json_reply *r)
{
	return json_reply_repairs(r) + r->unwrapped;
}

/* The value, written out, is read as itself. */
static void check_again(const struct json_reply *r, enum json_type wanted, struct arena *a)
{
	struct view text = json_compact(r->value, a);
	struct json_reply again;
	json_reply_read(text, wanted, a, &again);
	CHECK(again.kind == JSON_REPLY_READ && repairs(&again) == 0 && again.further == 0);
	CHECK(view_eq(json_compact(again.value, a), text));
}

static void check_reply(struct view reply, enum json_type wanted)
{
	struct arena *a = arena_new();
	struct json_reply r;
	json_reply_read(reply, wanted, a, &r);
	CHECK((r.kind == JSON_REPLY_READ) == (r.value != NULL));
	if (r.kind == JSON_REPLY_READ) {
		CHECK(is_inside(r.text, reply));
		CHECK(r.text.len);
		/* a text of another type may hold what is wanted */
		if (json_type(r.value) == wanted)
			check_again(&r, wanted, a);
	} else {
		CHECK(is_message(&r.why) == (r.kind != JSON_REPLY_NONE));
	}
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view reply = view_from((const char *)data, size);
	if (!utf8_valid(reply.p, reply.len, NULL))
		return 0;
	for (int wanted = JSON_NOTHING; wanted <= JSON_OBJECT; wanted++)
		check_reply(reply, (enum json_type)wanted);
	return 0;
}
