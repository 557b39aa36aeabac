/* record RUN N [CACHE]: a run of N tasks whose replies are made up, to be replayed. With CACHE,
 * replies are looked up and kept in that folder.
 *
 * record RUN RECIPE.yaml: the same of a recipe's file; record RUN FILE: an evolution of the
 * tasks in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/recipe_file.h"
#include "run/run.h"
#include "../support/fake.h"

static void say(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "record: %s\n", line);
}

static int record(const struct recipe *r, const char *run)
{
	struct sow_error err = { 0 };
	struct run_outcome outcome;
	const struct run_hooks hooks = { .teacher = &fake_inventor, .message = say };
	int status = run_recipe(r, run, &hooks, &outcome, &err);
	if (status)
		say(NULL, err.text);
	return status || outcome.end != RUN_DONE;
}

static int record_file(const char *path, const char *run)
{
	struct sow_error err = { 0 };
	struct recipe_file f;
	int failed = recipe_file_read(&f, path, &err);
	if (failed)
		say(NULL, err.text);
	else
		failed = record(f.recipe, run);
	recipe_file_release(&f);
	return failed != 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strstr(argv[2], ".yaml"))
		return record_file(argv[2], argv[1]);
	struct recipe *r = argc == 3 || argc == 4 ? recipe_new() : NULL;
	int n = r ? atoi(argv[2]) : 0;
	if (!r || recipe_add_step(r, n ? "self-instruct" : "evol", NULL))
		return 2;
	r->steps[0].n = n;
	r->steps[0].input = n ? NULL : argv[2];
	r->no_cache = argc == 3;
	r->cache_dir = argv[3];
	r->concurrency = 64;
	int failed = record(r, argv[1]);
	recipe_free(r);
	return failed;
}
