/* recipe_nested.h - the mappings in which a step of a recipe may write options of map. Part of
 * recipe_file.c and recipe_value.c.
 *
 *     draw: {tone: {choice: [friendly, terse], weights: [3, 1]}, who: {from: people.jsonl}}
 *     check: [{field: answer, min-words: 3}]
 *     join: {file: prices.csv, by: isbn}
 *     output: {number: grade, from: 1, to: 5}
 *
 * They become the values of the same options on the command line: for draw and check
 * the mapping as JSON, a line each; output is as, into, schema, range and choice.
 */
#ifndef RUN_RECIPE_NESTED_H
#define RUN_RECIPE_NESTED_H

#include "run/recipe_value.h"

/* True if the option has such a form and the node is one; then it has been read. */
bool nested_read(struct value_reader *v, const struct option *o, const struct yaml_node *node);

/* True if a step of the method may have `output`. */
bool nested_has_output(const struct method *m);
/* Reads `output` for the step that was added last, after its other options. */
void nested_read_output(struct value_reader *v, const struct yaml_node *node);

#endif
