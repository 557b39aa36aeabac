/* map.h - the options of the method map: a prompt for each record, and what its reply becomes. */
#ifndef METHOD_MAP_H
#define METHOD_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/option.h"
#include "base/view.h"

#define MAP_TRIES_MAX 10

/* A file that is read whole. */
struct map_file {
	const char *path;            /* NULL: no file */
	const struct view *records;  /* each as JSON: an object, or of a file of texts the text */
	size_t count;                /* at least 1, if one is read */
};

struct map_options {
	const char *prompt_said;     /* the template itself, or its file */
	const char *schema_said;     /* the schema's file */
	/* read by the run from the options: */
	struct view prompt;          /* a template (data/jinja.h) */
	const char *prompt_name;     /* for messages: its file, or "prompt" */
	struct view system;          /* likewise; empty: none */
	struct view schema;          /* JSON Schema of a reply that is JSON; empty: none */
	const char *schema_name;
	const struct map_file *draw_files; /* one for each of draws */
	struct map_file join_file;
	/* options: */
	const char *as;              /* "text", "json", "list", "number"; NULL: text, or what the other
				      * members imply */
	const char *into;            /* the field to write, "a.b": one within an object; NULL: of a JSON
				      * object all members */
	const char *range;           /* of a number, "1..5"; NULL: any */
	struct list choices;         /* the reply is one of these */
	struct list draws;           /* method/draws.h: "tone=friendly*3,terse", "words=20..80" */
	const char *join_said;       /* a file whose records are joined with the input's; NULL: none */
	const char *join_by;         /* this field of both has the same value */
	struct list checks;          /* method/map_checks.h: on the record after the reply is written */
	const char *when;            /* a condition on the record; NULL: requests for all */
	int64_t tries;               /* 1 to MAP_TRIES_MAX */
	bool replace;                /* an existing field may be overwritten */
	bool explode;                /* each element of a list becomes a record */
	bool gather;                 /* several samples are a list in the record, not a record each */
	const char *duty;            /* a name of duty_names; NULL: the writer's */
};

#endif
