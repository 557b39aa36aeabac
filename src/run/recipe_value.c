#include "run/recipe_value.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "data/hub_read.h"
#include "method/draws.h"
#include "method/map_checks.h"
#include "run/open_records.h"
#include "run/recipe_nested.h"

static const char recording[] = "replay:", drawn_from[] = "=from:";

void value_reader_init(struct value_reader *v, struct recipe *r, const char *path,
		       struct problems *p)
{
	const char *slash = strrchr(path, '/');
	*v = (struct value_reader){ .recipe = r, .problems = p, .rules = rules_new() };
	v->folder = view_from(path, slash ? (size_t)(slash - path) + 1 : 0);
}

void value_reader_release(struct value_reader *v)
{
	rules_free(v->rules);
	v->rules = NULL;
}

const char *value_copy(struct value_reader *v, struct view text)
{
	return arena_copyview(v->recipe->arena, text);
}

/* Paths */

/* A prompt that may be a text or the name of its file. */
static bool is_prompt(const struct value_reader *v, const struct option *o)
{
	const struct recipe *r = v->recipe;
	const struct method *m = r->step_count ? r->steps[r->step_count - 1].method : NULL;
	bool is_named = strcmp(o->name, "prompt") == 0 || strcmp(o->name, "system") == 0;
	return is_named && m && method_takes(m, "prompt");
}

/* Where in `text` a path begins; VIEW_NONE: it has none. */
static size_t path_in(const struct value_reader *v, const struct option *o, struct view text)
{
	if (is_prompt(v, o))
		return recipe_names_file(text.p) ? 0 : VIEW_NONE;
	if (strcmp(o->name, "draw") == 0) {
		size_t at = view_find(text, 0, "=");
		bool is_file = at != VIEW_NONE && view_starts(view_sub(text, at, text.len), drawn_from);
		return is_file ? at + strlen(drawn_from) : VIEW_NONE;
	}
	if (strcmp(o->name, "teacher") != 0)
		return option_is_path(o) ? 0 : VIEW_NONE;
	if (view_starts(text, recording))
		return strlen(recording);
	return view_ends(text, ".gguf") ? 0 : VIEW_NONE;
}

/* Files that a run reads must exist; others, such as the cache folder, are made. */
static bool is_to_be_there(const struct option *o)
{
	return o->identity || !o->value || strcmp(o->value, "DIR") != 0;
}

static void check_path(struct value_reader *v, const struct option *o, const char *path,
		       struct yaml_place place)
{
	struct stat st;
	bool wants_file = option_is_path(o) && strcmp(o->value, "FILE") == 0;
	if (stat(path, &st) || access(path, R_OK))
		problems_add(v->problems, place, "%s: %s: %s%s", o->name, path, strerror(errno),
			     is_prompt(v, o) ? "; a text has a blank or {{a field}} in it" : "");
	else if (o->records && S_ISDIR(st.st_mode) && !run_exists(path))
		problems_add(v->problems, place, "%s: %s: expected a file or the directory of a run, and there "
			     "is no run.db in it", o->name, path);
	else if (wants_file && !o->records && S_ISDIR(st.st_mode))
		problems_add(v->problems, place, "%s: %s: expected a file, not a folder", o->name,
			     path);
}

/* The value with its path relative to the current folder, in `out`. */
static void resolve(struct value_reader *v, const struct option *o, const struct yaml_node *node,
		    size_t at, struct buf *out)
{
	struct view text = node->text;
	if (at == VIEW_NONE || at == text.len || view_eqstr(text, "-") || hub_names(text.p + at)) {
		buf_add(out, text.p, text.len);
		return;
	}
	buf_add(out, text.p, at);
	if (text.p[at] != '/')
		buf_add(out, v->folder.p, v->folder.len);
	buf_add(out, text.p + at, text.len - at);
	if (is_to_be_there(o))
		check_path(v, o, out->data + at, node->place);
}

void value_resolve(struct value_reader *v, const struct option *o, const struct yaml_node *node,
		   struct buf *out)
{
	resolve(v, o, node, 0, out);
}

/* One value */

/* Options whose items a method reads: an error is reported at the item's place. */
static int check_item(const struct option *o, const char *text, struct sow_error *err)
{
	bool is_draw = strcmp(o->name, "draw") == 0;
	if (!is_draw && strcmp(o->name, "check") != 0)
		return SOW_OK;
	struct arena *a = arena_new();
	const void *read = is_draw ? (const void *)draws_read(a, &text, 1, err)
					       : (const void *)map_checks_read(a, &text, 1, err);
	arena_free(a);
	return read ? SOW_OK : SOW_INVALID;
}

void value_set(struct value_reader *v, const struct option *o, const char *text,
		struct yaml_place place)
{
	struct sow_error err = { 0 };
	int status = recipe_set(v->recipe, o, text, &err);
	if (!status) {
		const struct recipe *r = v->recipe;
		bool is_rule = strcmp(o->name, "rule") == 0;
		status = is_rule ? rules_set(v->rules, text, &err) : check_item(o, text, &err);
		if (!status && is_rule)
			status = rules_fit(text, r->steps[r->step_count - 1].method->name, &err);
		if (status) {
			problems_add(v->problems, place, "%s", err.text); /* it names the option itself */
			return;
		}
	}
	if (status)
		problems_add(v->problems, place, "%s: %s", o->name, err.text);
}

/* YAML's words for yes and no. */
static struct view plain_words(const struct option *o, const struct yaml_node *node)
{
	if (o->type == OPTION_FLAG && !node->quoted && view_eqstr(node->text, "true"))
		return view_of("yes");
	if (o->type == OPTION_FLAG && !node->quoted && view_eqstr(node->text, "false"))
		return view_of("no");
	return node->text;
}

static const char *wanted_of(const struct option *o)
{
	switch (o->type) {
	case OPTION_INT:
		return "a whole number";
	case OPTION_NUMBER:
		return "a number";
	case OPTION_MONEY:
		return "an amount in dollars";
	case OPTION_FLAG:
		return "yes or no";
	case OPTION_CHOICE:
		return o->choices;
	default:
		return option_is_path(o) ? "a path" : "a text";
	}
}

/* Refuses a node that is not a text where an option takes a text. */
static bool refuse(struct value_reader *v, const struct option *o, const struct yaml_node *node)
{
	const char *wanted = wanted_of(o);
	if (node->kind != YAML_TEXT)
		problems_add(v->problems, node->place, "%s: expected %s, not a %s", o->name, wanted,
			     node->kind == YAML_LIST ? "list" : "mapping");
	else if (yaml_is_nothing(node))
		problems_add(v->problems, node->place, "%s: expected %s, not nothing", o->name, wanted);
	else if (memchr(node->text.p, '\0', node->text.len))
		problems_add(v->problems, node->place, "%s: expected text without \"\\0\"", o->name);
	else if (o->type == OPTION_LIST && !o->escapes && !o->lines && strpbrk(node->text.p, "\r\n"))
		problems_add(v->problems, node->place, "%s: expected a text of one line", o->name);
	else
		return false;
	return true;
}

/* A secret that the recipe and run.db would keep. */
static bool is_secret_header(const struct option *o, const char *text)
{
	static const char *const heads[] = { "authorization:", "api-key:", "x-api-key:" };
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (strcmp(o->name, "header") == 0 && !strstr(text, ": env:") &&
		    view_eqfold(view_sub(view_of(text), 0, strlen(heads[i])), view_of(heads[i])))
			return true;
	}
	return false;
}

static void read_text(struct value_reader *v, const struct option *o, const struct yaml_node *node)
{
	struct buf text = BUF_INIT;
	if (refuse(v, o, node))
		return;
	if (o->type == OPTION_FLAG) {
		struct view word = plain_words(o, node);
		buf_add(&text, word.p, word.len);
	} else {
		resolve(v, o, node, path_in(v, o, node->text), &text);
	}
	if (is_secret_header(o, text.data))
		problems_add(v->problems, node->place, "header: a key is never in a recipe; give key-env the "
			     "variable that has it, or key-file its file");
	else
		value_set(v, o, text.data, node->place);
	buf_release(&text);
}

/* Lists */

static void add_part(struct buf *out, const struct yaml_node *node)
{
	if (node->kind != YAML_LIST) {
		buf_add(out, node->text.p, node->text.len);
		return;
	}
	for (const struct yaml_item *i = node->first; i; i = i->next) {
		if (i != node->first)
			buf_addch(out, ',');
		buf_add(out, i->value->text.p, i->value->text.len);
	}
}

/* A text, or a list of them. */
static bool is_flat(const struct yaml_node *node)
{
	if (node->kind == YAML_TEXT)
		return true;
	for (const struct yaml_item *i = node->first; i && node->kind == YAML_LIST; i = i->next) {
		if (i->value->kind != YAML_TEXT)
			return false;
	}
	return node->kind == YAML_LIST;
}

/* An item of a mapping as NAME=VALUE, a list as its items with commas. */
void value_read_pair(struct value_reader *v, const struct option *o, const struct yaml_item *i,
		      char between)
{
	struct buf text = BUF_INIT;
	if (i->again) {
		problems_add(v->problems, i->key->place, "'%s' is already given in line %zu",
			     i->key->text.p, i->again->key->place.line);
		return;
	}
	if (!is_flat(i->value)) {
		problems_add(v->problems, i->value->place, "%s: expected a value of %s, or a list of them",
			     o->name, i->key->text.p);
		return;
	}
	buf_addf(&text, "%s%c", i->key->text.p, between);
	add_part(&text, i->value);
	const struct yaml_node pair = { .kind = YAML_TEXT, .place = i->value->place, .quoted = true,
					.text = view_from(text.data, text.len) };
	read_text(v, o, &pair);
	buf_release(&text);
}

/* '=' or ':' of "NAME=VALUE", where a list may be a mapping; else 0. */
static char separator(const struct option *o)
{
	return o->type == OPTION_LIST ? o->value[strcspn(o->value, "=:")] : '\0';
}

void value_read(struct value_reader *v, const struct option *o, const struct yaml_node *node)
{
	bool is_pairs = node->kind == YAML_MAPPING && separator(o);
	if (nested_read(v, o, node))
		return;
	if (!is_pairs && !(o->type == OPTION_LIST && node->kind == YAML_LIST)) {
		read_text(v, o, node);
		return;
	}
	for (const struct yaml_item *i = node->first; i && !problems_full(v->problems); i = i->next) {
		if (is_pairs)
			value_read_pair(v, o, i, separator(o));
		else if (!nested_read(v, o, i->value))
			read_text(v, o, i->value);
	}
}
