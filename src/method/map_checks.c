#include "method/map_checks.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "data/jinja.h"
#include "data/pattern.h"
#include "text/words.h"

#define SHOWN_MOST 60 /* bytes of a value in a reason */

struct check;

/* A bound of a field, or a relation of two. */
struct kind {
	const char *name;
	bool is_relation;
	int (*read)(struct check *c, const json_value *value, struct arena *a, struct sow_error *err);
	/* The count that is bounded, and its unit; NULL: none. */
	int64_t (*count)(struct view text);
	const char *of;
	bool is_most;
	/* 1; or 0 with the reason in *why. */
	int (*holds)(const struct check *c, struct view text, const json_value *object, struct buf *why);
};

struct check {
	const struct kind *kind;     /* NULL: a condition alone */
	const char *said;            /* the condition */
	struct view name;            /* for reasons; empty: the kind's */
	struct view fields[2];       /* as the user wrote them */
	struct jinja *values[2];     /* NULL: it has no such field */
	struct jinja *condition;
	struct pattern *pattern;
	int64_t number;
	struct check *next;
};

struct map_checks {
	struct check *first, **last;
};

/* Reading */

static int expected(const char *what, struct sow_error *err)
{
	return error_set(err, SOW_USAGE, "check: expected %s", what);
}

static int read_number(struct check *c, const json_value *value, struct arena *a,
		       struct sow_error *err)
{
	(void)a;
	c->number = json_integer(value);
	return json_is_integer(value) && c->number >= 0
		       ? SOW_OK : error_set(err, SOW_USAGE, "check: %s: expected a whole number", c->kind->name);
}

static int read_pattern(struct check *c, const json_value *value, struct arena *a,
			struct sow_error *err)
{
	struct sow_error why = { 0 };
	if (json_type(value) != JSON_TEXT)
		return expected("matches: a regular expression", err);
	c->pattern = pattern_read(a, json_text(value), &why);
	if (c->pattern)
		return SOW_OK;
	return error_set(err, SOW_USAGE, "check: matches: %s", why.text);
}

/* The text of a field, or of a literal, as in a template. */
static int read_field(struct check *c, size_t at, const json_value *value, struct arena *a,
		      struct sow_error *err)
{
	struct view path = json_scalar(value, a);
	struct buf text = BUF_INIT;
	if (!path.len || view_find(path, 0, "}}") != VIEW_NONE)
		return expected("the name of a field", err);
	buf_addf(&text, "{{ %.*s }}", VIEW_ARG(path));
	struct view whole = arena_takebuf(a, &text);
	c->fields[at] = path;
	c->values[at] = jinja_read(a, "check", whole, err);
	return c->values[at] ? SOW_OK : SOW_INVALID;
}

/* Two fields, and the condition that compares their values, numbers as numbers. */
static int read_relation(struct check *c, const json_value *value, struct arena *a,
			 struct sow_error *err)
{
	struct buf text = BUF_INIT;
	const json_value *first = json_first(value);
	if (json_type(value) != JSON_ARRAY || json_count(value) != 2)
		return error_set(err, SOW_USAGE, "check: %s: expected [FIELD, FIELD]", c->kind->name);
	int status = read_field(c, 0, first, a, err);
	if (!status)
		status = read_field(c, 1, json_next(value, first), a, err);
	if (status)
		return status;
	buf_addf(&text, "(%.*s) == (%.*s)", VIEW_ARG(c->fields[0]), VIEW_ARG(c->fields[1]));
	struct view whole = arena_takebuf(a, &text);
	c->condition = jinja_read_condition(a, "check", whole, err);
	return c->condition ? SOW_OK : SOW_INVALID;
}

/* Holding */

static int64_t count_words(struct view text)
{
	return (int64_t)words_count(text.p, text.len);
}

static int64_t count_chars(struct view text)
{
	return (int64_t)utf8_count(text.p, text.len);
}

static int count_holds(const struct check *c, struct view text, struct buf *why)
{
	const struct kind *k = c->kind;
	int64_t count = k->count(text);
	buf_addf(why, "%.*s has %" PRId64 " %s%s, expected at %s %" PRId64, VIEW_ARG(c->fields[0]), count,
		 k->of, count == 1 ? "" : "s", k->is_most ? "most" : "least", c->number);
	return k->is_most ? count <= c->number : count >= c->number;
}

static void add_shown(const struct check *c, struct view text, struct buf *why)
{
	struct view head = utf8_head(text, SHOWN_MOST);
	buf_addf(why, "%.*s is ", VIEW_ARG(c->fields[0]));
	json_add_text(why, head);
	if (head.len < text.len)
		buf_addstr(why, " and more");
}

static int matches(const struct check *c, struct view text, const json_value *object, struct buf *why)
{
	(void)object;
	add_shown(c, text, why);
	buf_addstr(why, ", which does not match the pattern");
	return pattern_matches(c->pattern, text);
}

static int equal(const struct check *c, struct view text, const json_value *object, struct buf *why)
{
	add_shown(c, text, why);
	buf_addstr(why, ", which is not what was expected");
	return jinja_holds(c->condition, object);
}

static int differ(const struct check *c, struct view text, const json_value *object, struct buf *why)
{
	int holds = jinja_holds(c->condition, object);
	add_shown(c, text, why);
	buf_addf(why, ", and so is %.*s", VIEW_ARG(c->fields[1]));
	return holds < 0 ? holds : !holds;
}

static const struct kind kinds[] = {
	{ "min-words", .read = read_number, .count = count_words, .of = "word" },
	{ "max-words", .read = read_number, .count = count_words, .of = "word", .is_most = true },
	{ "min-chars", .read = read_number, .count = count_chars, .of = "character" },
	{ "max-chars", .read = read_number, .count = count_chars, .of = "character", .is_most = true },
	{ "matches", .read = read_pattern, .holds = matches },
	{ "equal", .is_relation = true, .read = read_relation, .holds = equal },
	{ "differ", .is_relation = true, .read = read_relation, .holds = differ },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static const char forms[] = "{field: …, min-words, max-words, min-chars, max-chars: N or matches: …}, "
			    "{equal: […, …]}, {differ: […, …]} or {that: CONDITION}";

static struct check *add_check(struct map_checks *m, struct arena *a)
{
	struct check *c = arena_alloc(a, sizeof(*c));
	*m->last = c;
	m->last = &c->next;
	return c;
}

static int read_condition(struct map_checks *m, struct view text, struct view name, struct arena *a,
			  struct sow_error *err)
{
	struct check *c = add_check(m, a);
	c->name = name;
	c->said = arena_copyview(a, text);
	c->condition = jinja_read_condition(a, "check", view_of(c->said), err);
	return c->condition ? SOW_OK : SOW_INVALID;
}

static int read_member(struct map_checks *m, const json_value *form, const json_value *member,
		       struct arena *a, struct sow_error *err)
{
	const json_value *field = json_get(form, "field");
	struct view key = json_key(member), name = json_text(json_get(form, "name"));
	size_t i = 0;
	if (view_eqstr(key, "name") || view_eqstr(key, "field"))
		return SOW_OK;
	if (view_eqstr(key, "that"))
		return read_condition(m, json_text(member), name, a, err);
	while (i < KINDS && !view_eqstr(key, kinds[i].name))
		i++;
	if (i == KINDS)
		return error_set(err, SOW_USAGE, "check: unknown '%.*s'; expected %s", VIEW_ARG(key), forms);
	if (kinds[i].is_relation == (field != NULL))
		return error_set(err, SOW_USAGE, "check: %s: expected %s field beside it", kinds[i].name,
				 field ? "no" : "a");
	struct check *c = add_check(m, a);
	c->kind = &kinds[i];
	c->name = name;
	int status = field ? read_field(c, 0, field, a, err) : SOW_OK;
	return status ? status : kinds[i].read(c, member, a, err);
}

static int read_form(struct map_checks *m, struct view text, struct arena *a, struct sow_error *err)
{
	struct sow_error why = { 0 };
	const json_value *form = json_root(json_parse_exact(text, a, NULL, &why));
	struct check **before = m->last;
	int status = SOW_OK;
	if (!form)
		return error_set(err, SOW_USAGE, "check: its JSON is broken: %s", why.text);
	for (const json_value *v = json_first(form); v && !status; v = json_next(form, v))
		status = read_member(m, form, v, a, err);
	return status ? status : m->last == before ? expected(forms, err) : SOW_OK;
}

struct map_checks *map_checks_read(struct arena *a, const char *const *list, size_t count,
				   struct sow_error *err)
{
	struct map_checks *m = arena_alloc(a, sizeof(*m));
	m->last = &m->first;
	for (size_t i = 0; i < count; i++) {
		struct view text = view_of(list[i]);
		int status = view_starts(text, "{") ? read_form(m, text, a, err)
						    : read_condition(m, text, view_of(""), a, err);
		if (status)
			return NULL;
	}
	return m;
}

/* False with the reason in *why. */
static bool condition_holds(const struct check *c, const json_value *object, struct buf *why)
{
	if (c->name.len)
		buf_addf(why, "%.*s: ", VIEW_ARG(c->name));
	buf_addf(why, "this does not hold: %s", c->said);
	return jinja_holds(c->condition, object);
}

static bool check_holds(const struct check *c, const json_value *object, struct buf *why)
{
	struct buf texts[2] = { BUF_INIT, BUF_INIT }, reason = BUF_INIT;
	bool holds = true;
	if (!c->kind)
		return condition_holds(c, object, why);
	for (int i = 0; i < 2 && holds; i++)
		holds = !c->values[i] || !jinja_fill(c->values[i], object, &texts[i], &reason);
	struct view text = view_from(texts[0].data, texts[0].len);
	if (holds)
		holds = c->kind->count ? count_holds(c, text, &reason) : c->kind->holds(c, text, object, &reason);
	if (!holds) {
		struct view name = c->name.len ? c->name : view_of(c->kind->name);
		buf_addf(why, "%.*s: ", VIEW_ARG(name));
		buf_add(why, reason.data, reason.len);
	}
	buf_release(&texts[0]);
	buf_release(&texts[1]);
	buf_release(&reason);
	return holds;
}

int map_checks_hold(const struct map_checks *m, const json_value *object, struct buf *why)
{
	for (const struct check *c = m->first; c; c = c->next) {
		buf_clear(why);
		if (!check_holds(c, object, why))
			return SOW_INVALID;
	}
	buf_clear(why);
	return SOW_OK;
}
