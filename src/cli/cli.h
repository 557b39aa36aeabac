/* cli.h - a command of the program: a row of the table in main.c.
 *
 * Each cmd_NAME.c holds one `const struct command`, its options, and the function that carries it
 * out once they are read; the command of a method is made from the method's row. Exit statuses
 * are the program's promise to scripts.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_WRONG_USAGE = 2,
	EXIT_UNFINISHED = 3   /* stopped early and can be resumed */
};

struct option;    /* base/option.h */
struct arguments; /* options.h */

struct command {
	const char *name;
	const char *summary;          /* a line of `sow help` */
	const char *usage;            /* after the name: "DIR [options]" */
	const char *about;            /* one paragraph */
	const struct option *options;
	size_t option_count;
	size_t values;                /* size of the structure that they are set in */
	const char *operand;          /* "DIR": exactly one is needed; NULL: none is taken */
	const char *operand_more;     /* "ID": one more may follow; NULL: none may */
	bool operand_many;            /* any number of further ones may */
	const char *operand_default;  /* where none is given; NULL: one has to be */
	const char *method;           /* takes the fields of a recipe with it too; NULL: no */
	bool ranks;                   /* several processes can carry it out together (ranks.h) */
	bool runs_recipe;             /* takes what may change of a whole recipe */
	const char *example;          /* lines */
	const char *exits;            /* "0 done, 1 failed, …" */
	/* Carries it out by what was given. Exit status. */
	int (*run)(const struct command *c, void *values, const struct arguments *args);
	/* Instead of it, of a command that reads its options itself; argv[0] is its name. */
	int (*start)(const struct command *c, int argc, char **argv);
};

extern const struct command command_evol; /* in part: the method's row has the rest */
extern const struct command command_run;
extern const struct command command_check;
extern const struct command command_init;
extern const struct command command_plan;
extern const struct command command_status;
extern const struct command command_view;
extern const struct command command_review;
extern const struct command command_export;
extern const struct command command_push;
extern const struct command command_cancel;
extern const struct command command_merge;
extern const struct command command_retry;
extern const struct command command_convert;
extern const struct command command_stats;
extern const struct command command_report;
extern const struct command command_novel;
extern const struct command command_dedup;
extern const struct command command_decontaminate;
extern const struct command command_select;
extern const struct command command_tags;
extern const struct command command_mock;
extern const struct command command_cache;
extern const struct command command_model;
extern const struct command command_doctor;

/* How the program was called, for commands that a user can paste. */
extern const char *program_name;

#endif
