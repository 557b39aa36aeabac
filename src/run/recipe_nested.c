#include "run/recipe_nested.h"

#include <string.h>

#include "base/buf.h"
#include "io/json.h"

static const struct yaml_node *member(const struct yaml_node *mapping, const char *name)
{
	for (const struct yaml_item *i = mapping->first; i; i = i->next) {
		if (view_eqstr(i->key->text, name) && !i->again)
			return i->value;
	}
	return NULL;
}

static bool is_text(const struct yaml_node *node)
{
	return node->kind == YAML_TEXT && !yaml_is_nothing(node) && node->text.len &&
	       !memchr(node->text.p, '\0', node->text.len);
}

/* False if a name occurs twice, which it reports. */
static bool check_again(struct value_reader *v, const struct yaml_node *mapping)
{
	for (const struct yaml_item *i = mapping->first; i; i = i->next) {
		if (!i->again)
			continue;
		problems_add(v->problems, i->key->place, "'%s' is already given in line %zu", i->key->text.p,
			     i->again->key->place.line);
		return false;
	}
	return true;
}

/* As JSON */

/* A plain number, true or false. */
static bool is_literal(const struct yaml_node *node)
{
	if (node->quoted || !node->text.len)
		return false;
	struct json *doc = json_parse(node->text.p, node->text.len, NULL);
	enum json_type type = json_type(doc ? json_root(doc) : NULL);
	json_free(doc);
	return type == JSON_NUMBER || type == JSON_BOOL;
}

static void add_json(const struct yaml_node *node, struct buf *out)
{
	bool is_list = node->kind == YAML_LIST;
	if (node->kind == YAML_TEXT) {
		if (yaml_is_nothing(node))
			buf_addstr(out, "null");
		else if (is_literal(node))
			buf_add(out, node->text.p, node->text.len);
		else
			json_add_text(out, node->text);
		return;
	}
	buf_addch(out, is_list ? '[' : '{');
	for (const struct yaml_item *i = node->first; i; i = i->next) {
		if (is_list && i != node->first)
			buf_addch(out, ',');
		if (!is_list)
			json_add_key(out, i->key->text);
		add_json(i->value, out);
	}
	buf_addch(out, is_list ? ']' : '}');
}

static void set_json(struct value_reader *v, const struct option *o, struct buf *text,
		     struct yaml_place place)
{
	value_set(v, o, text->data, place);
	buf_release(text);
}

/* Adds the path, resolved from the recipe's folder. */
static void add_file(struct value_reader *v, const struct option *o, const struct yaml_node *path,
		     struct buf *out)
{
	struct buf resolved = BUF_INIT;
	value_resolve(v, o, path, &resolved);
	buf_addstr(out, "{\"from\":");
	json_add_text(out, view_from(resolved.data, resolved.len));
	buf_addch(out, '}');
	buf_release(&resolved);
}

static void read_draw(struct value_reader *v, const struct option *o, const struct yaml_item *item)
{
	const struct yaml_node *form = item->value, *path = member(form, "from");
	struct buf text = BUF_INIT;
	if (!check_again(v, form))
		return;
	if (memchr(item->key->text.p, '=', item->key->text.len)) {
		problems_add(v->problems, item->key->place, "draw: expected a name without =");
		return;
	}
	buf_addf(&text, "%s=", item->key->text.p);
	if (path && !form->first->next && is_text(path))
		add_file(v, o, path, &text);
	else
		add_json(form, &text);
	set_json(v, o, &text, form->place);
}

static void read_draws(struct value_reader *v, const struct option *o, const struct yaml_node *node)
{
	if (!check_again(v, node))
		return;
	for (const struct yaml_item *i = node->first; i && !problems_full(v->problems); i = i->next) {
		if (i->value->kind == YAML_MAPPING)
			read_draw(v, o, i);
		else
			value_read_pair(v, o, i, '=');
	}
}

static void read_check(struct value_reader *v, const struct option *o, const struct yaml_node *node)
{
	struct buf text = BUF_INIT;
	if (!check_again(v, node))
		return;
	add_json(node, &text);
	set_json(v, o, &text, node->place);
}

/* Allows only these members; false if there are others, which it reports. */
static bool expect_members(struct value_reader *v, const char *what, const struct yaml_node *node,
			   const char *const *names, const char *expected)
{
	if (!check_again(v, node))
		return false;
	for (const struct yaml_item *i = node->first; i; i = i->next) {
		const char *const *name = names;
		while (*name && !view_eqstr(i->key->text, *name))
			name++;
		if (*name)
			continue;
		problems_add(v->problems, i->key->place, "%s: unknown '%s'; expected %s", what, i->key->text.p,
			     expected);
		return false;
	}
	return true;
}

static const struct option *option_of(const struct value_reader *v, const char *name)
{
	const struct recipe *r = v->recipe;
	return recipe_option(name, r->steps[r->step_count - 1].method);
}

static void read_join(struct value_reader *v, const struct option *o, const struct yaml_node *node)
{
	static const char *const names[] = { "file", "by", NULL };
	const struct yaml_node *file = member(node, "file"), *by = member(node, "by");
	if (!expect_members(v, "join", node, names, "file and by"))
		return;
	if (!file) {
		problems_add(v->problems, node->place, "join: expected file: FILE");
		return;
	}
	value_read(v, o, file);
	if (by)
		value_read(v, option_of(v, "join-by"), by);
}

bool nested_read(struct value_reader *v, const struct option *o, const struct yaml_node *node)
{
	static const struct {
		const char *name;
		void (*read)(struct value_reader *v, const struct option *o, const struct yaml_node *node);
	} forms[] = { { "draw", read_draws }, { "check", read_check }, { "join", read_join } };
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (node->kind == YAML_MAPPING && strcmp(o->name, forms[i].name) == 0)
			return forms[i].read(v, o, node), true;
	}
	return false;
}

/* Output */

bool nested_has_output(const struct method *m)
{
	return !m || (method_takes(m, "as") && method_takes(m, "into"));
}

/* "FROM..TO" for `range`, or --as number. */
static void set_number(struct value_reader *v, const struct yaml_node *node)
{
	const struct yaml_node *from = member(node, "from"), *to = member(node, "to");
	struct buf text = BUF_INIT;
	if (!from && !to) {
		value_set(v, option_of(v, "as"), "number", node->place);
		return;
	}
	if (!from || !to || !is_text(from) || !is_text(to)) {
		problems_add(v->problems, node->place, "output: expected numbers from and to, or neither");
		return;
	}
	buf_addf(&text, "%s..%s", from->text.p, to->text.p);
	set_json(v, option_of(v, "range"), &text, node->place);
}

static void set_choices(struct value_reader *v, const struct yaml_node *node)
{
	const struct yaml_node *of = member(node, "of");
	if (of && of->kind == YAML_LIST && of->first)
		value_read(v, option_of(v, "choice"), of);
	else
		problems_add(v->problems, of ? of->place : node->place, "output: expected of: a list of what "
			     "the reply may be");
}

static void set_list(struct value_reader *v, const struct yaml_node *node)
{
	value_set(v, option_of(v, "as"), "list", node->place);
}

static void set_text(struct value_reader *v, const struct yaml_node *node)
{
	(void)v;
	(void)node; /* the default without `output` */
}

static void set_schema(struct value_reader *v, const struct yaml_node *node)
{
	const struct yaml_node *schema = member(node, "json");
	if (yaml_is_nothing(schema))
		value_set(v, option_of(v, "as"), "json", node->place);
	else
		value_read(v, option_of(v, "schema"), schema);
}

static const struct {
	const char *names[4];        /* the first is the kind; it holds the field, except for json */
	void (*set)(struct value_reader *v, const struct yaml_node *node);
} kinds[] = {
	{ { "text", NULL }, set_text },
	{ { "list", NULL }, set_list },
	{ { "number", "from", "to", NULL }, set_number },
	{ { "choice", "of", NULL }, set_choices },
	{ { "json", "into", NULL }, set_schema },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static const char kinds_expected[] = "{text: FIELD}, {list: FIELD}, {number: FIELD, from: 1, to: 5}, "
				     "{choice: FIELD, of: […]} or {json: SCHEMA, into: FIELD}";

/* The name of an option that was given besides `output` and does the same. */
static const char *said_beside(const struct value_reader *v)
{
	static const char *const names[] = { "as", "into", "schema", "range", "choice" };
	const struct recipe_step *step = &v->recipe->steps[v->recipe->step_count - 1];
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (recipe_says(step, option_of(v, names[i])))
			return names[i];
	}
	return NULL;
}

void nested_read_output(struct value_reader *v, const struct yaml_node *node)
{
	const char *beside = said_beside(v);
	size_t kind = 0;
	if (node->kind != YAML_MAPPING || !node->first) {
		problems_add(v->problems, node->place, "output: expected %s", kinds_expected);
		return;
	}
	while (kind < KINDS && !member(node, kinds[kind].names[0]))
		kind++;
	if (kind == KINDS) {
		problems_add(v->problems, node->place, "output: expected %s", kinds_expected);
		return;
	}
	if (!expect_members(v, "output", node, kinds[kind].names, kinds_expected))
		return;
	if (beside) {
		problems_add(v->problems, node->place, "output: the step says '%s' as well; expected one of "
			     "them", beside);
		return;
	}
	bool is_json = kinds[kind].set == set_schema;
	const struct yaml_node *into = member(node, is_json ? "into" : kinds[kind].names[0]);
	if (into)
		value_read(v, option_of(v, "into"), into);
	kinds[kind].set(v, node);
}
