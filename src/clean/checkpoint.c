#include "clean/checkpoint.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/outfile.h"

#define KIND UINT64_C(0x32646c7474657301) /* the form of the file */

struct header { /* without gaps */
	uint64_t kind, rank, count, size, before, records;
	struct hash key;
};

static struct header header_of(const struct checkpoints *c, const struct checkpoint *k)
{
	return (struct header){ KIND, c->rank, k->count, k->size, k->before, k->records, c->key };
}

static void name_file(const struct checkpoints *c, struct buf *path)
{
	buf_addf(path, "%s/%s-%05zu", c->folder, c->name, c->rank);
}

static void sum_up(const struct header *h, const void *entries, struct hash *sum)
{
	struct hasher *hasher = hasher_new();
	hasher_add(hasher, h, sizeof(*h));
	if (h->count)
		hasher_add(hasher, entries, (size_t)(h->count * h->size));
	hasher_finish(hasher, sum);
}

int checkpoint_save(const struct checkpoints *c, const struct checkpoint *k, struct sow_error *err)
{
	const struct header h = header_of(c, k);
	struct hash sum;
	struct buf path = BUF_INIT;
	name_file(c, &path);
	struct outfile *out = outfile_open(path.data, err);
	if (out) {
		sum_up(&h, k->entries, &sum);
		outfile_write(out, (const char *)&h, sizeof(h));
		if (k->count)
			outfile_write(out, k->entries, (size_t)(k->count * k->size));
		outfile_write(out, (const char *)&sum, sizeof(sum));
	}
	int status = out ? outfile_finish(out, err) : (int)err->status;
	buf_release(&path);
	return status;
}

/* A count that is broken must not ask for memory. */
static bool is_as_long(FILE *file, const struct header *h)
{
	struct stat st;
	return fstat(fileno(file), &st) == 0 && (uint64_t)st.st_size >= sizeof(*h) &&
	       h->count <= ((uint64_t)st.st_size - sizeof(*h)) / h->size;
}

static bool read_all(const struct checkpoints *c, struct checkpoint *k, FILE *file)
{
	struct header h;
	struct hash sum, want;
	if (fread(&h, sizeof(h), 1, file) != 1 || h.size != k->size || !is_as_long(file, &h))
		return false;
	k->count = h.count;
	k->before = h.before;
	k->records = h.records;
	const struct header own = header_of(c, k);
	if (memcmp(&h, &own, sizeof(h)) != 0)
		return false;
	k->entries = mem_try_alloc((size_t)(h.count * h.size) + 1);
	if (!k->entries || fread(k->entries, h.size, (size_t)h.count, file) != h.count ||
	    fread(&want, sizeof(want), 1, file) != 1 || fgetc(file) != EOF)
		return false;
	sum_up(&h, k->entries, &sum);
	return memcmp(&sum, &want, sizeof(sum)) == 0;
}

bool checkpoint_load(const struct checkpoints *c, struct checkpoint *k)
{
	struct buf path = BUF_INIT;
	name_file(c, &path);
	FILE *file = fopen(path.data, "rbe");
	k->entries = NULL;
	bool whole = file && read_all(c, k, file);
	if (file)
		fclose(file);
	buf_release(&path);
	if (whole)
		return true;
	mem_free(k->entries);
	k->entries = NULL;
	k->count = 0;
	return false;
}
