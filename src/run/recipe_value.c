#include "run/recipe_value.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

static const char recording[] = "replay:";

int value_reader_init(struct value_reader *v, struct recipe *r, const char *path,
		      struct problems *p)
{
	const char *slash = strrchr(path, '/');
	*v = (struct value_reader){ .recipe = r, .problems = p, .rules = rules_new() };
	v->folder = view_from(path, slash ? (size_t)(slash - path) + 1 : 0);
	return v->rules ? SOW_OK : SOW_NOMEM;
}

void value_reader_release(struct value_reader *v)
{
	rules_free(v->rules);
	v->rules = NULL;
}

const char *value_copy(struct value_reader *v, struct view text)
{
	const char *copy = arena_copyview(v->recipe->arena, text);
	if (!copy)
		v->problems->status = SOW_NOMEM;
	return copy;
}

/* -- paths -------------------------------------------------------------------------------- */

/* Where in `text` a path begins; VIEW_NONE: it has none. */
static size_t path_in(const struct field *f, struct view text)
{
	if (strcmp(f->name, "teacher") != 0)
		return field_is_path(f) ? 0 : VIEW_NONE;
	if (view_starts(text, recording))
		return strlen(recording);
	return view_ends(text, ".gguf") ? 0 : VIEW_NONE;
}

/* What a run reads has to be there; the folder of the cache, say, is made. */
static bool is_to_be_there(const struct field *f)
{
	return f->kind == FIELD_IDENTITY || !f->value || strcmp(f->value, "DIR") != 0;
}

static void check_path(struct value_reader *v, const struct field *f, const char *path,
		       struct yaml_place place)
{
	struct stat st;
	bool wants_file = field_is_path(f) && strcmp(f->value, "FILE") == 0;
	if (stat(path, &st) || access(path, R_OK))
		problems_add(v->problems, place, "%s: %s: %s", f->name, path, strerror(errno));
	else if (wants_file && S_ISDIR(st.st_mode))
		problems_add(v->problems, place, "%s: %s: expected a file, and it is a folder", f->name,
			     path);
}

/* The value with its path as seen from the current folder, in `out`. */
static void resolve(struct value_reader *v, const struct field *f, const struct yaml_node *node,
		    struct buf *out)
{
	struct view text = node->text;
	size_t at = path_in(f, text);
	if (at == VIEW_NONE || at == text.len || view_eqstr(text, "-")) {
		buf_add(out, text.p, text.len);
		return;
	}
	buf_add(out, text.p, at);
	if (text.p[at] != '/')
		buf_add(out, v->folder.p, v->folder.len);
	buf_add(out, text.p + at, text.len - at);
	if (!buf_failed(out) && is_to_be_there(f))
		check_path(v, f, out->data + at, node->place);
}

/* -- one value ------------------------------------------------------------------------------ */

static void set(struct value_reader *v, const struct field *f, const char *text,
		struct yaml_place place)
{
	struct sow_error err = { 0 };
	int status = recipe_set(v->recipe, f, text, &err);
	if (!status && strcmp(f->name, "rule") == 0) {
		const struct recipe *r = v->recipe;
		status = rules_set(v->rules, text, &err);
		if (!status)
			status = rules_fit(text, r->steps[r->step_count - 1].method->name, &err);
		if (status && status != SOW_NOMEM) {
			problems_add(v->problems, place, "%s", err.text); /* it says "rule" itself */
			return;
		}
	}
	if (status == SOW_NOMEM)
		v->problems->status = SOW_NOMEM;
	else if (status)
		problems_add(v->problems, place, "%s: %s", f->name, err.text);
}

/* YAML's words for yes and no. */
static struct view plain_words(const struct field *f, const struct yaml_node *node)
{
	if (f->type == FIELD_FLAG && !node->quoted && view_eqstr(node->text, "true"))
		return view_of("yes");
	if (f->type == FIELD_FLAG && !node->quoted && view_eqstr(node->text, "false"))
		return view_of("no");
	return node->text;
}

static bool is_one_line(struct view text)
{
	return view_find(text, 0, "\n") == VIEW_NONE && view_find(text, 0, "\r") == VIEW_NONE;
}

static const char *wanted_of(const struct field *f)
{
	switch (f->type) {
	case FIELD_INT:
		return "a whole number";
	case FIELD_NUMBER:
		return "a number";
	case FIELD_MONEY:
		return "an amount in dollars";
	case FIELD_FLAG:
		return "yes or no";
	case FIELD_CHOICE:
		return f->choices;
	default:
		return field_is_path(f) ? "a path" : "a text";
	}
}

/* What can't be a value of any field, where a text is wanted. */
static bool refuse(struct value_reader *v, const struct field *f, const struct yaml_node *node)
{
	const char *wanted = wanted_of(f);
	if (node->kind != YAML_TEXT)
		problems_add(v->problems, node->place, "%s: expected %s, not a %s", f->name, wanted,
			     node->kind == YAML_LIST ? "list" : "mapping");
	else if (yaml_is_nothing(node))
		problems_add(v->problems, node->place, "%s: expected %s, not nothing", f->name, wanted);
	else if (memchr(node->text.p, '\0', node->text.len))
		problems_add(v->problems, node->place, "%s: expected text without \"\\0\"", f->name);
	else if (f->type == FIELD_LIST && !is_one_line(node->text))
		problems_add(v->problems, node->place, "%s: expected a text of one line", f->name);
	else
		return false;
	return true;
}

/* A secret that would be kept in the recipe and in run.db. */
static bool is_secret_header(const struct field *f, const char *text)
{
	static const char *const heads[] = { "authorization:", "api-key:", "x-api-key:" };
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (strcmp(f->name, "header") == 0 && !strstr(text, ": env:") &&
		    view_eqfold(view_sub(view_of(text), 0, strlen(heads[i])), view_of(heads[i])))
			return true;
	}
	return false;
}

static void read_text(struct value_reader *v, const struct field *f, const struct yaml_node *node)
{
	struct buf text = BUF_INIT;
	if (refuse(v, f, node))
		return;
	if (f->type == FIELD_FLAG) {
		struct view word = plain_words(f, node);
		buf_add(&text, word.p, word.len);
	} else {
		resolve(v, f, node, &text);
	}
	if (buf_failed(&text))
		v->problems->status = SOW_NOMEM;
	else if (is_secret_header(f, text.data))
		problems_add(v->problems, node->place, "header: a key is never in a recipe; give key-env the "
			     "variable that has it, or key-file its file");
	else
		set(v, f, text.data, node->place);
	buf_release(&text);
}

/* -- lists ---------------------------------------------------------------------------------- */

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
static void read_pair(struct value_reader *v, const struct field *f, const struct yaml_item *i,
		      char between)
{
	struct buf text = BUF_INIT;
	if (i->again) {
		problems_add(v->problems, i->key->place, "'%s' is there already, in line %zu",
			     i->key->text.p, i->again->key->place.line);
		return;
	}
	if (!is_flat(i->value)) {
		problems_add(v->problems, i->value->place, "%s: expected a value of %s, or a list of them",
			     f->name, i->key->text.p);
		return;
	}
	buf_addf(&text, "%s%c", i->key->text.p, between);
	add_part(&text, i->value);
	const struct yaml_node pair = { .kind = YAML_TEXT, .place = i->value->place, .quoted = true,
					.text = view_from(text.data, text.len) };
	if (buf_failed(&text))
		v->problems->status = SOW_NOMEM;
	else
		read_text(v, f, &pair);
	buf_release(&text);
}

/* '=' or ':' of "NAME=VALUE", where a list may be a mapping; else 0. */
static char separator(const struct field *f)
{
	return f->type == FIELD_LIST ? f->value[strcspn(f->value, "=:")] : '\0';
}

void value_read(struct value_reader *v, const struct field *f, const struct yaml_node *node)
{
	bool is_pairs = node->kind == YAML_MAPPING && separator(f);
	if (!is_pairs && !(f->type == FIELD_LIST && node->kind == YAML_LIST)) {
		read_text(v, f, node);
		return;
	}
	for (const struct yaml_item *i = node->first; i && !problems_full(v->problems); i = i->next) {
		if (is_pairs)
			read_pair(v, f, i, separator(f));
		else
			read_text(v, f, i->value);
	}
}
