/* checkpoint.h - a rank's verdicts in a file, so that the same job started again resumes from them.
 *
 *     struct checkpoints c = { .folder = "unique.work", .name = "decided", .key = key, .rank = 3 };
 *     struct checkpoint k = { .size = sizeof(struct verdict) };
 *     if (!checkpoint_load(&c, &k)) { … status = checkpoint_save(&c, &k, err); }
 *     mem_free(k.entries);
 *
 * A file holds the key, the number of entries, the entries as they lie in memory, and a SHA-256 of all of
 * these. It appears whole or not at all. Memory: the entries.
 */
#ifndef CLEAN_CHECKPOINT_H
#define CLEAN_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/hash.h"
#include "sow/sow.h"

struct checkpoints {
	const char *folder;          /* on a file system that all ranks share; NULL: none are kept */
	const char *name;            /* of the files: NAME-00003 */
	struct hash key;             /* of the command, its inputs and the number of ranks */
	size_t rank;
};

struct checkpoint {
	void *entries;
	uint64_t count;
	size_t size;                 /* of an entry */
	uint64_t before, records;    /* numbers and records before this rank's part */
};

/* SOW_OK, SOW_IO. */
int checkpoint_save(const struct checkpoints *c, const struct checkpoint *k, struct sow_error *err);
/* Loads entries of k->size bytes. True if the file is whole and has this key; the caller then frees
 * k->entries. False also where memory is short. */
bool checkpoint_load(const struct checkpoints *c, struct checkpoint *k);

#endif
