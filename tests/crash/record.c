/* record RUN N [CACHE]: a run of N tasks whose replies are made up, to be replayed. With CACHE,
 * replies are looked up and kept in that folder.
 * record RUN FILE: likewise, an evolution of the tasks in FILE. */
#include <stdio.h>
#include <stdlib.h>

#include "run/run.h"
#include "../support/fake.h"

static void say(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "record: %s\n", line);
}

int main(int argc, char **argv)
{
	struct sow_error err = { 0 };
	struct run_outcome outcome;
	const struct run_hooks hooks = { .teacher = &fake_inventor, .message = say };
	struct recipe *r = argc == 3 || argc == 4 ? recipe_new() : NULL;
	int n = r ? atoi(argv[2]) : 0;
	if (!r || recipe_add_step(r, n ? "self-instruct" : "evol", &err))
		return 2;
	r->steps[0].n = n;
	r->steps[0].input = n ? NULL : argv[2];
	r->no_cache = argc == 3;
	r->cache_dir = argv[3];
	r->concurrency = 64;
	int status = run_recipe(r, argv[1], &hooks, &outcome, &err);
	recipe_free(r);
	if (status)
		fprintf(stderr, "record: %s\n", err.text);
	return status || outcome.end != RUN_DONE;
}
