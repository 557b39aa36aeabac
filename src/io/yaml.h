/* yaml.h - a YAML document as a tree in which every node knows its place. The only face of
 * libfyaml.
 *
 *     const struct yaml_node *root;
 *     status = yaml_parse(text, arena, &root, &place, err);
 *     for (const struct yaml_item *i = root->first; i; i = i->next)
 *             ... i->key->text, i->value->place.line ...
 *
 * One document; a text without one gives NULL. The tree lives in the arena, and texts have a
 * NUL behind them. An alias is the node its anchor stands at, itself: it costs nothing however
 * often it is named, and its place is the anchor's. "<<" adds what a mapping, or a list of
 * them, has and this one has not. A key that comes again is kept, and points to the first.
 *
 * Refused: tags, keys that are not plain text, control characters, what nests deeper than
 * YAML_DEPTH_MAX, more than YAML_BYTES_MAX, and more than YAML_ITEMS_MAX items once "<<" is
 * done with.
 */
#ifndef IO_YAML_H
#define IO_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "sow/sow.h"

#define YAML_BYTES_MAX ((size_t)1 << 20)
#define YAML_ITEMS_MAX 100000
#define YAML_DEPTH_MAX 32

struct yaml_place {
	size_t line, column;         /* from 1; the column in characters */
};

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAPPING };

struct yaml_item;

struct yaml_node {
	enum yaml_kind kind;
	struct yaml_place place;
	struct view text;            /* of a YAML_TEXT: what it stands for, without quotes */
	bool quoted;
	const struct yaml_item *first; /* of a list or mapping; NULL: it is empty */
};

struct yaml_item {
	const struct yaml_node *key; /* NULL in a list */
	const struct yaml_node *value;
	const struct yaml_item *again; /* the first with this key, if this is not it; else NULL */
	const struct yaml_item *next;
};

/* SOW_OK; SOW_INVALID or SOW_TOOBIG with what was expected in *err and where in *place;
 * SOW_NOMEM. */
int yaml_parse(struct view text, struct arena *a, const struct yaml_node **root,
	       struct yaml_place *place, struct sow_error *err);

/* True for no value at all, "~" and "null". */
bool yaml_is_nothing(const struct yaml_node *node);

#endif
