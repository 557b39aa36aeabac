#include "run/seeds.h"

#include <stdio.h>

#include "base/embedded.h"
#include "base/error.h"
#include "io/folder.h"
#include "run/open_records.h"

const char seeds_builtin[] = "data/seed_tasks.jsonl";

/* A run's own tasks have names like those of another run; here they are seeds. */
static void give_names(struct record_list *seeds, struct arena *a, bool of_run)
{
	for (size_t i = 0; i < seeds->count; i++) {
		struct record *t = &seeds->list[i];
		char id[32];
		if (t->id.len && !of_run)
			continue;
		snprintf(id, sizeof(id), "seed_%zu", i);
		char *copy = arena_copystr(a, id);
		t->id = view_of(copy);
	}
}

int seeds_read(struct record_list *seeds, struct arena *a, const char *path, struct sow_error *err)
{
	const struct embedded_file *f = embedded_find(seeds_builtin);
	int status = path ? open_record_list(seeds, a, path, err)
			  : record_list_parse(seeds, a, seeds_builtin, view_from(f->text, f->len), err);
	if (!status)
		give_names(seeds, a, path && folder_is(path));
	return status;
}

/* A method that shows whole records hashes them whole. */
bool seeds_match(const struct record_list *seeds, struct view hash)
{
	char hex[HASH_HEX_SIZE];
	for (int whole = 0; whole < 2; whole++) {
		record_list_hash(seeds, whole, hex);
		if (view_eqstr(hash, hex))
			return true;
	}
	return false;
}
