#include "data/swap_preference.h"

#include <string.h>

#include "base/buf.h"
#include "data/columns.h"
#include "data/record.h"

/* The worse answer's counterpart of a field of the better one: rejected_score for chosen_score. Empty:
 * none. */
static void find_partner(struct view name, struct arena *a, struct view *partner)
{
	static const struct { const char *better, *worse; } words[] = {
		{ "chosen", "rejected" }, { "preferred", "non_preferred" },
	};
	struct buf text = BUF_INIT;
	*partner = view_of("");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words) && !text.len; i++) {
		size_t at = view_find(name, 0, words[i].better);
		if (at == VIEW_NONE || view_find(name, 0, words[i].worse) != VIEW_NONE)
			continue;
		buf_add(&text, name.p, at);
		buf_addstr(&text, words[i].worse);
		buf_add(&text, name.p + at + strlen(words[i].better),
			name.len - at - strlen(words[i].better));
	}
	bool is_found = text.len > 0;
	struct view found = arena_takebuf(a, &text);
	if (is_found)
		*partner = found;
}

static const json_value *find_instance(const json_value *list, enum answer_role role)
{
	const json_value *v = json_first(list);
	while (v && !view_eqstr(json_text(json_get(v, "role")), answer_role_names[role]))
		v = json_next(list, v);
	return v;
}

static void add_with_role(const json_value *instance, enum answer_role role, struct buf *out)
{
	buf_addch(out, '{');
	for (const json_value *v = json_first(instance); v; v = json_next(instance, v)) {
		json_add_key(out, json_key(v));
		if (view_eqstr(json_key(v), "role"))
			json_add_text(out, view_of(answer_role_names[role]));
		else
			json_add_value(out, v);
	}
	buf_addch(out, '}');
}

/* Answers in a list, as in the format self-instruct: the first chosen and the first rejected one exchange
 * their roles. False: there is no such pair. */
static bool exchange_roles(const json_value *list, struct buf *out)
{
	const json_value *chosen = find_instance(list, ANSWER_CHOSEN);
	const json_value *rejected = find_instance(list, ANSWER_REJECTED);
	if (json_type(list) != JSON_ARRAY || !chosen || !rejected)
		return false;
	buf_addch(out, '[');
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		buf_addstr(out, v == json_first(list) ? "" : ",");
		if (v == chosen || v == rejected)
			add_with_role(v, v == chosen ? ANSWER_REJECTED : ANSWER_CHOSEN, out);
		else
			json_add_value(out, v);
	}
	buf_addch(out, ']');
	return true;
}

/* Exchanges the values of each pair of members. */
static void exchange_values(const json_value *const *members, const json_value **values, size_t count,
			    struct arena *a, bool *has_answers)
{
	struct view partner;
	for (size_t i = 0; i < count; i++) {
		size_t other = 0;
		find_partner(json_key(members[i]), a, &partner);
		while (other < count && !(partner.len && view_eq(json_key(members[other]), partner)))
			other++;
		if (other == count)
			continue;
		const struct column_row *row = column_find(json_key(members[i]));
		*has_answers = *has_answers || (row && row->column == COLUMN_CHOSEN);
		values[i] = members[other];
		values[other] = members[i];
	}
}

void swap_preference(const json_value *object, struct arena *a, struct view *out, bool *has_answers)
{
	size_t room = json_count(object), count = 0;
	const json_value **members = arena_array(a, room + 1, sizeof(*members));
	const json_value **values = arena_array(a, room + 1, sizeof(*values));
	struct buf text = BUF_INIT;
	*has_answers = false;
	for (const json_value *v = json_first(object); v; v = json_next(object, v))
		members[count] = v, values[count++] = v;
	exchange_values(members, values, count, a, has_answers);
	buf_addch(&text, '{');
	for (size_t i = 0; i < count; i++) {
		json_add_key(&text, json_key(members[i]));
		if (view_eqstr(json_key(members[i]), "instances") && exchange_roles(values[i], &text))
			*has_answers = true;
		else
			json_add_value(&text, values[i]);
	}
	buf_addch(&text, '}');
	*out = arena_takebuf(a, &text);
}
