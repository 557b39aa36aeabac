/* recipe.h - what a run is told: one structure, one table of its fields.
 *
 *     struct recipe *r = recipe_new();
 *     status = recipe_add_step(r, "self-instruct", err);
 *     status = recipe_set(r, recipe_field("language", NULL), "German", err);
 *     recipe_free(r);
 *
 * A recipe is a row of steps, each with a method, and the teachers, one for each duty. The
 * command line, the recipe file and run.db go through the same table. Identity fields make a
 * run what it is and can't change on resuming; operation fields say how it is carried out
 * and may.
 *
 * recipe_set writes to the step that was added last, and to the teacher whose duty
 * recipe_duty chose last (the writer).
 */
#ifndef RUN_RECIPE_H
#define RUN_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "method/duty.h"
#include "method/method.h"
#include "sow/sow.h"

struct list {
	const char **items;
	size_t count;
};

#define RECIPE_STEPS_MAX 16
#define RECIPE_OUTPUTS_MAX 16

struct recipe_step {
	const struct method *method;
	/* identity */
	const char *seeds;           /* path; NULL: the 175 built in */
	const char *input;           /* path; NULL: what the step before made */
	struct list map;             /* WHAT=COLUMN, of the input */
	const char *delimiter;       /* of its cells; NULL: as its first line tells */
	struct list against;         /* paths */
	const char *language;        /* NULL: English */
	const char *topic;           /* NULL: any */
	const char *prompt_style;    /* "completion" or "chat"; NULL: by teacher */
	const char *variant;         /* "paper" or "released" */
	const char *tokenizer;       /* "unicode" or "ascii" */
	const char *prompts;         /* folder with prompts of the user's; NULL: none */
	const char *system;          /* system message; NULL: none */
	bool no_system_out;          /* not kept in the records */
	struct list rules;           /* NAME=VALUE */
	bool classification_only;
	bool capitalize;
	bool strict_paper;
	int64_t lookahead;
	int64_t samples;             /* answers to each prompt */
	int64_t best_of;             /* answers of which a judge chooses one; 1: no judge */
	double temperature, top_p;   /* negative: the teacher's own */
	int64_t max_tokens;          /* 0: the teacher's own */
	int64_t rounds;              /* of evolution */
	struct list weights;         /* OPERATION=N */
	const char *eliminate;       /* "before" or "after" the answer */
	bool again;                  /* also answer what has an answer */
	const char *prompt;          /* of map: a text or a file */
	const char *into, *as, *range; /* where its reply goes, and as what */
	const char *schema;          /* file with a JSON Schema */
	const char *when;            /* condition on a record */
	struct list choices, draws, checks;
	int64_t tries;
	bool replace, explode;
	/* operation */
	int64_t n;                   /* tasks wanted, or inputs; 0: all inputs */
	bool skip_bad;               /* leave out records of the input that cannot be read */
};

struct recipe_teacher {
	struct list teachers;        /* several are a pool of one model; none: the embedded model */
	const char *model;
	const char *api;             /* "chat" or "completion" */
	const char *key_file, *key_env;
	struct list headers;
	struct list think_tags;
	const char *extra_body;      /* JSON */
	const char *ca_file;
	const char *cache_as;        /* identity */
	int64_t max_completion_tokens;
	bool stream;
	int64_t timeout, give_up_after; /* seconds; 0: as the teacher has it */
	int64_t parallel, context, threads, gpu_layers;
	int64_t price_in, price_cached, price_out; /* nano-dollars for a million tokens; -1: none */
};

struct recipe_output {
	const char *format;          /* of data/format.h */
	const char *file;            /* in the run's directory, if it is not absolute */
};

struct recipe {
	struct arena *arena;
	const char *path;            /* of the file it was read from; NULL: none */
	struct recipe_step steps[RECIPE_STEPS_MAX];
	size_t step_count;
	struct recipe_teacher teachers[DUTY_COUNT];
	bool has_duty[DUTY_COUNT];   /* else the writer does it; the writer is always there */
	enum duty duty;              /* of the teacher that recipe_set writes to */
	/* identity */
	int64_t seed;
	/* operation */
	int64_t max_requests;        /* 0: no bound */
	int64_t concurrency;         /* 0: as many as the teacher takes */
	int64_t budget;              /* nano-dollars; -1: no bound */
	const char *cache_dir;       /* NULL: the user's cache folder */
	int64_t cache_size;          /* MiB; 0: no bound */
	bool no_cache;
	struct recipe_output outputs[RECIPE_OUTPUTS_MAX];
	size_t output_count;
};

enum field_type {
	FIELD_TEXT, FIELD_CHOICE, FIELD_INT, FIELD_NUMBER, FIELD_MONEY, FIELD_FLAG,
	FIELD_LIST /* given once for each item */
};

enum field_kind { FIELD_IDENTITY, FIELD_OPERATION };
enum field_scope { FIELD_OF_RUN, FIELD_OF_STEP, FIELD_OF_TEACHER };

struct field {
	const char *name;            /* "max-requests": --max-requests */
	char letter;                 /* 'n': -n; 0: none */
	enum field_type type;
	enum field_kind kind;
	enum field_scope scope;
	const char *methods;         /* "self-instruct evol"; NULL: every method */
	size_t offset;               /* in the structure of its scope */
	double least, most;          /* FIELD_INT, FIELD_NUMBER, FIELD_MONEY (dollars) */
	const char *choices;         /* FIELD_CHOICE: "paper|released" */
	const char *value;           /* the value's name in --help; FILE and DIR are paths */
	const char *fallback;        /* default, as text; NULL: none */
	const char *help;
};
extern const struct field recipe_fields[];
extern const size_t recipe_field_count;

struct recipe *recipe_new(void);              /* no steps; NULL when out of memory */
void recipe_free(struct recipe *r);

/* SOW_USAGE if there is no such method or there are too many steps; SOW_NOMEM. */
int recipe_add_step(struct recipe *r, const char *method, struct sow_error *err);
/* From now on teacher fields are those of this duty. */
void recipe_duty(struct recipe *r, enum duty duty);
/* Who does it. */
const struct recipe_teacher *recipe_teacher(const struct recipe *r, enum duty duty);

/* The field of that name that the method has; NULL method: any. NULL: unknown. */
const struct field *recipe_field(const char *name, const struct method *m);
bool field_fits(const struct field *f, const struct method *m); /* NULL method: true */
bool field_is_path(const struct field *f);
/* SOW_INVALID with "expected a whole number from 0 to …, not 'x'". */
int recipe_set(struct recipe *r, const struct field *f, const char *text, struct sow_error *err);
/* The value as text ("" for none; a list's items one a line), of the step or the teacher
 * given, which the field's scope says; the other is not looked at. */
int recipe_text(const struct recipe *r, const struct recipe_step *step,
		const struct recipe_teacher *teacher, const struct field *f, struct buf *out);

#endif
