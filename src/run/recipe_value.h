/* recipe_value.h - reads the value of one option from its place in the file. Part of recipe_file.c.
 *
 * A list is a YAML list, or one text; where its items are NAME=VALUE or NAME:VALUE it may be a
 * mapping. Paths are relative to the recipe's folder, and must exist. Every error becomes a
 * problem.
 */
#ifndef RUN_RECIPE_VALUE_H
#define RUN_RECIPE_VALUE_H

#include "base/buf.h"
#include "base/view.h"
#include "io/yaml.h"
#include "method/rules.h"
#include "run/problems.h"
#include "run/recipe.h"

struct value_reader {
	struct recipe *recipe;
	struct view folder;          /* of the recipe, with its "/"; "": the current one */
	struct problems *problems;
	struct rules *rules;         /* to test settings */
};

/* `path` is the recipe's. */
void value_reader_init(struct value_reader *v, struct recipe *r, const char *path,
		       struct problems *p);
void value_reader_release(struct value_reader *v);

void value_read(struct value_reader *v, const struct option *o, const struct yaml_node *node);
/* An item of a mapping as NAME=VALUE, or with another character between. */
void value_read_pair(struct value_reader *v, const struct option *o, const struct yaml_item *i,
		     char between);
/* Sets the option to the text from that place. */
void value_set(struct value_reader *v, const struct option *o, const char *text,
	       struct yaml_place place);
/* Appends a path relative to the current folder; it must exist. */
void value_resolve(struct value_reader *v, const struct option *o, const struct yaml_node *node,
		   struct buf *out);
/* A copy that lives as long as the recipe. */
const char *value_copy(struct value_reader *v, struct view text);

#endif
