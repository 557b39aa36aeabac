/* Recipes, as arbitrary bytes: as a YAML tree, and as a recipe. */
#include <string.h>

#include "check.h"
#include "io/yaml.h"
#include "run/recipe_file.h"

static size_t lines_of(struct view text)
{
	size_t lines = 1;
	for (size_t i = 0; i < text.len; i++)
		lines += text.p[i] == '\n' || text.p[i] == '\r';
	return lines;
}

static bool is_place(struct yaml_place place, struct view text)
{
	return place.line >= 1 && place.line <= lines_of(text) + 1 && place.column >= 1 &&
	       place.column <= text.len + 1;
}

/* Shared nodes are walked once for each name; a bound keeps that short. */
static void walk(const struct yaml_node *node, struct view text, size_t depth, size_t *left)
{
	if (!*left)
		return;
	--*left;
	CHECK(depth <= YAML_DEPTH_MAX * 64);
	CHECK(is_place(node->place, text));
	CHECK(node->kind == YAML_TEXT ? !node->first : !node->text.len);
	if (node->kind == YAML_TEXT)
		CHECK(!node->text.p[node->text.len]);
	for (const struct yaml_item *i = node->first; i && *left; i = i->next) {
		CHECK((node->kind == YAML_MAPPING) == (i->key != NULL));
		CHECK(!i->again || view_eq(i->again->key->text, i->key->text));
		if (i->key)
			walk(i->key, text, depth + 1, left);
		walk(i->value, text, depth + 1, left);
	}
}

static void check_tree(struct view text)
{
	struct arena *a = arena_new();
	const struct yaml_node *root;
	struct yaml_place place = { 0, 0 };
	struct sow_error err = { 0 };
	size_t left = 5000;
	CHECK(a);
	int status = yaml_parse(text, a, &root, &place, &err);
	if (status)
		CHECK(!root && is_message(&err) && is_place(place, text));
	else if (root)
		walk(root, text, 0, &left);
	arena_free(a);
}

/* A recipe that can be used, or why it can't. */
static void check_recipe(struct view text)
{
	struct recipe_file f;
	struct sow_error err = { 0 };
	int status = recipe_file_parse(&f, "/nowhere/recipe.yaml", text, &err);
	CHECK(status == SOW_OK || (status == SOW_INVALID && is_message(&err)));
	CHECK((status != SOW_OK) == (f.problems.count > 0));
	for (size_t i = 0; i < f.problems.count; i++) {
		struct view line = view_of(f.problems.list[i].text);
		CHECK(line.len && utf8_valid(line.p, line.len, NULL));
		CHECK(view_find(line, 0, "\n") == VIEW_NONE);
		CHECK(is_place(f.problems.list[i].place, text));
	}
	for (size_t i = 0; i < f.recipe->step_count && !status; i++)
		CHECK(f.recipe->steps[i].method);
	CHECK(status || f.recipe->step_count);
	recipe_file_release(&f);
}

/* libfyaml 0.7.12 loses a buffer of its own, a few KiB, where a quoted text of many quotes has no
 * end. For LeakSanitizer; nothing of ours is called through the library. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_from((const char *)data, size);
	check_tree(text);
	check_recipe(text);
	return 0;
}
