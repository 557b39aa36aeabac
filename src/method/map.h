/* map.h - what the method map is told: a prompt for each record, and what its reply becomes. */
#ifndef METHOD_MAP_H
#define METHOD_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

#define MAP_TRIES_MAX 10

struct map_options {
	struct view prompt;          /* a template (data/jinja.h) */
	const char *prompt_name;     /* for messages: its file, or "prompt" */
	struct view system;          /* likewise; empty: none */
	struct view schema;          /* JSON Schema of a reply that is JSON; empty: none */
	const char *schema_name;
	const char *as;              /* "text", "json", "list", "number"; NULL: text, or what the
				      * other members tell */
	const char *into;            /* the field that is written; NULL: of a JSON object all members */
	const char *range;           /* of a number, "1..5"; NULL: any */
	const char *const *choices;  /* the reply is one of these */
	size_t choice_count;
	const char *const *draws;    /* "tone=friendly*3,terse", "words=20..80" */
	size_t draw_count;
	const char *const *checks;   /* conditions on the record with what was written */
	size_t check_count;
	const char *when;            /* a condition on the record; NULL: all are asked about */
	int64_t tries;               /* 1 to MAP_TRIES_MAX */
	bool replace;                /* a field that is there may be written */
	bool explode;                /* each element of a list becomes a record */
};

#endif
