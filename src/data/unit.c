#include "data/unit.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "sow/sow.h"

#define DIGITS_MAX 18 /* any number of as many fits */

void unit_id(char id[UNIT_ID_MAX], int64_t step, int64_t ticket, int64_t item)
{
	if (step == 1)
		snprintf(id, UNIT_ID_MAX, "task_%" PRId64 "_%" PRId64, ticket, item);
	else
		snprintf(id, UNIT_ID_MAX, "task_%" PRId64 "_%" PRId64 "_%" PRId64, step, ticket, item);
}

/* Takes "_12" off the front. */
static bool take_number(struct view *rest, int64_t *n)
{
	size_t at = 1;
	*n = 0;
	if (!rest->len || rest->p[0] != '_')
		return false;
	for (; at < rest->len && ascii_digit(rest->p[at]); at++) {
		if (at > DIGITS_MAX)
			return false;
		*n = 10 * *n + rest->p[at] - '0';
	}
	bool has_digits = at > 1 && (at == 2 || rest->p[1] != '0');
	*rest = view_sub(*rest, at, rest->len);
	return has_digits;
}

bool unit_id_read(struct view id, struct unit_key *out)
{
	int64_t n[3];
	size_t count = 0;
	struct view rest = view_sub(id, 4, id.len);
	if (!view_starts(id, "task"))
		return false;
	while (rest.len && count < 3) {
		if (!take_number(&rest, &n[count++]))
			return false;
	}
	if (rest.len || count < 2)
		return false;
	*out = (struct unit_key){ .step = count == 3 ? n[0] : 1, .ticket = n[count - 2],
				  .item = n[count - 1] };
	return true;
}

/* Takes a number without a sign off the front. */
static bool take_digits(struct view *rest, int64_t *n)
{
	size_t at = 0;
	for (*n = 0; at < rest->len && ascii_digit(rest->p[at]) && *n <= SHARDS_MAX; at++)
		*n = 10 * *n + rest->p[at] - '0';
	*rest = view_sub(*rest, at, rest->len);
	return at > 0;
}

bool shard_read(struct view text, struct shard *out)
{
	*out = SHARD_WHOLE;
	if (!text.len)
		return true;
	struct view rest = text;
	if (!take_digits(&rest, &out->number) || !view_starts(rest, "/"))
		return false;
	rest = view_sub(rest, 1, rest.len);
	return take_digits(&rest, &out->count) && !rest.len && out->number >= 1 && out->number <= out->count &&
	       out->count <= SHARDS_MAX;
}

int64_t shard_ticket(struct shard s, int64_t nth)
{
	return (nth - 1) * s.count + s.number;
}

int64_t shard_count(struct shard s, int64_t upto)
{
	return upto < s.number ? 0 : (upto - s.number) / s.count + 1;
}

void unit_copy(const struct unit *u, struct arena *a, struct unit *copy)
{
	struct view *const texts[] = {
		&copy->instruction, &copy->input, &copy->turns, &copy->tools, &copy->fields,
		&copy->object, &copy->context,
		&copy->operation, &copy->source, &copy->parent_instruction, &copy->parent_input,
	};
	*copy = *u;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *text = arena_copyview(a, *texts[i]);
		*texts[i] = view_from(text, texts[i]->len);
	}
}
