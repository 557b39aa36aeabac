/* recipe.h - the settings of a run: one structure, and the table of options that fill it.
 *
 *     struct recipe *r = recipe_new();
 *     status = recipe_add_step(r, "self-instruct", err);
 *     status = recipe_set(r, recipe_option("language", r->steps[0].method), "German", err);
 *     recipe_free(r);
 *
 * A recipe is a row of steps, each with a method, and the teachers, one for each duty. The command
 * line, the recipe file and run.db go through the same rows (base/option.h): those of the table in
 * recipe.c, and each method's own. Identity defines a run and cannot change when it is resumed; the
 * other options say how to run it, and may change.
 *
 * A new option is a row, and its use by the method: docs/dev/adding-a-method.md has an example.
 *
 * recipe_set writes to the step that was added last, and to the teacher of the duty that
 * recipe_select_teacher chose last (the writer).
 */
#ifndef RUN_RECIPE_H
#define RUN_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/option.h"
#include "method/duty.h"
#include "method/method.h"
#include "sow/sow.h"
#include "teacher/teacher.h"

#define RECIPE_STEPS_MAX 16
#define RECIPE_OUTPUTS_MAX 16
#define RECIPE_OPTIONS_MAX 256

struct recipe_step {
	const struct method *method;
	struct method_options o;     /* the method's options; setup.c fills in the rest */
	/* identity */
	const char *seeds;           /* path; NULL: the 175 built in */
	const char *input;           /* path; NULL: documents, or the records of the step before */
	struct list documents;       /* paths of files and folders, instead of an input */
	int64_t chunk, overlap;      /* words of the chunks of documents */
	bool shuffle;                /* take the inputs in an order drawn from the seed */
	const char *documents_language; /* a code; NULL: any */
	const char *convert;         /* a command that converts other formats to text; NULL: none */
	struct list map;             /* WHAT=COLUMN, of the input */
	const char *delimiter;       /* of its cells; NULL: found from its first line */
	struct list against;         /* paths */
	const char *prompt_style;    /* "completion" or "chat"; NULL: by teacher */
	const char *tokenizer;       /* "unicode" or "ascii" */
	const char *prompts;         /* folder with the user's prompts; NULL: none */
	struct list rules;           /* NAME=VALUE */
	bool strict_paper;
	int64_t lookahead;
	int64_t best_of;             /* answers from which a judge chooses one; 1: no judge */
	/* operation */
	int64_t n;                   /* tasks wanted, or inputs; 0: all inputs */
	bool skip_bad;               /* leave out records of the input that cannot be read */

	const struct option *said[RECIPE_OPTIONS_MAX]; /* the options that were given, once each */
	size_t said_count;
};

struct recipe_teacher {
	struct teacher_options o;    /* except its lists, which are: */
	struct list teachers;        /* several are a pool of one model; none: the embedded model */
	struct list headers;
	struct list think_tags;
	int64_t price_in, price_cached, price_out; /* nano-dollars per million tokens */
	double batch_discount;       /* on these prices, for requests in batches */
};

struct recipe_output {
	const char *format;          /* from data/format.h */
	const char *file;            /* in the run's directory, unless it is absolute */
};

struct recipe {
	struct arena *arena;
	const char *path;            /* of the file it was read from; NULL: none */
	struct recipe_step steps[RECIPE_STEPS_MAX];
	size_t step_count;
	struct recipe_teacher teachers[DUTY_COUNT];
	bool has_duty[DUTY_COUNT];   /* else the writer has it; the writer always exists */
	enum duty duty;              /* of the teacher that recipe_set writes to */
	/* identity */
	int64_t seed;
	const char *shard;           /* "K/N"; NULL: the whole input */
	bool rehearses;              /* uses made-up replies (sow plan) */
	/* operation */
	int64_t max_requests;        /* 0: no bound */
	int64_t concurrency;         /* 0: as many as the teacher takes */
	int64_t budget;              /* nano-dollars */
	const char *cache_dir;       /* NULL: the user's cache folder */
	int64_t cache_size;          /* bytes; 0: no bound */
	bool no_cache;
	struct recipe_output outputs[RECIPE_OUTPUTS_MAX];
	size_t output_count;
};

struct recipe *recipe_new(void);              /* no steps */
void recipe_free(struct recipe *r);

/* SOW_USAGE if no method has that name or there are too many steps. */
int recipe_add_step(struct recipe *r, const char *method, struct sow_error *err);
/* From now on recipe_set writes teacher options to this duty. */
void recipe_select_teacher(struct recipe *r, enum duty duty);
/* Does a step make requests of one of these kinds (ASKS_TO)? */
bool recipe_asks(const struct recipe *r, unsigned kinds);
/* If the recipe embeds texts and names no embedder, the built-in embedding model does it, unless the run
 * makes only vectors and names its teacher. For a complete recipe. */
void recipe_choose_embedder(struct recipe *r);
/* The teacher that has this duty. */
const struct recipe_teacher *recipe_teacher(const struct recipe *r, enum duty duty);

/* The options of a run with this method, in the order of help and files; with NULL the options of
 * every method. Returns their count. */
size_t recipe_options(const struct method *m, const struct option *list[RECIPE_OPTIONS_MAX]);
/* The option of that name among them; NULL: unknown. */
const struct option *recipe_option(const char *name, const struct method *m);
/* Its default, which may be the method's; NULL: none. */
const char *recipe_default(const struct option *o, const struct method *m);

/* True if a user's prompt is the name of its file, not the text: it has no blank and no brace. */
bool recipe_names_file(const char *prompt);

bool recipe_is_of_step(const struct option *o); /* also for a method's own option */

/* SOW_INVALID with "expected a whole number from 0 to …, not 'x'". */
int recipe_set(struct recipe *r, const struct option *o, const char *text, struct sow_error *err);
/* True if the step works on the user's files; else it draws from a pool, or works on the records of the
 * step before. */
bool recipe_has_input(const struct recipe_step *step);
/* True if the option was given to the step. */
bool recipe_says(const struct recipe_step *step, const struct option *o);
/* Sets the options that the method's paper fixes (method.takes) to the paper's values. SOW_USAGE where
 * another value was given: "temperature: --strict-paper requires the paper's 0.7, not 1". */
int recipe_insist(struct recipe_step *step, struct arena *a, struct sow_error *err);
/* Appends the value as text ("" for none; a list's items one a line), from the step or from the teacher,
 * as the option's scope says; the other argument is ignored. */
void recipe_text(const struct recipe *r, const struct recipe_step *step,
		 const struct recipe_teacher *teacher, const struct option *o, struct buf *out);

#endif
