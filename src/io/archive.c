#include "io/archive.h"

#include <errno.h>
#include <string.h>
#include <zip.h>

#include "base/error.h"
#include "base/mem.h"

#define BLOCK ((size_t)64 << 10)

struct archive {
	zip_t *zip;
	size_t taken;                /* bytes read of all members so far */
};

static int fail(struct sow_error *err, const char *name, zip_error_t *why)
{
	int status = SOW_INVALID;
	if (zip_error_code_zip(why) == ZIP_ER_MEMORY)
		return error_nomem(err);
	if (zip_error_system_type(why) == ZIP_ET_SYS)
		status = SOW_IO;
	return error_set(err, (enum sow_status)status, "%s%s%s", name ? name : "not a ZIP archive, or a broken one",
			 name ? ": " : "", name ? zip_error_strerror(why) : "");
}

static struct archive *open_source(zip_source_t *source, zip_error_t *why, struct sow_error *err)
{
	zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, why) : NULL;
	struct archive *a = NULL;
	if (zip) {
		a = mem_zalloc(sizeof(*a));
		a->zip = zip;
	} else {
		zip_source_free(source); /* NULL is fine */
		fail(err, NULL, why);
	}
	zip_error_fini(why);
	return a;
}

struct archive *archive_open(const char *path, struct sow_error *err)
{
	zip_error_t why;
	FILE *file = fopen(path, "rbe");
	if (!file) {
		error_set(err, SOW_IO, "%s", strerror(errno));
		return NULL;
	}
	zip_error_init(&why);
	zip_source_t *source = zip_source_filep_create(file, 0, -1, &why);
	if (!source)
		fclose(file);
	return open_source(source, &why, err);
}

struct archive *archive_of(struct view bytes, struct sow_error *err)
{
	zip_error_t why;
	zip_error_init(&why);
	return open_source(zip_source_buffer_create(bytes.p, bytes.len, 0, &why), &why, err);
}

void archive_close(struct archive *a)
{
	if (!a)
		return;
	zip_discard(a->zip);
	mem_free(a);
}

static int too_much(const char *name, struct sow_error *err)
{
	return error_set(err, SOW_TOOBIG, "%s: more than %zu MiB of text unpacked", name,
			 ARCHIVE_BYTES_MAX >> 20);
}

/* Unpacks it block by block, so that a size it lies about costs nothing. */
static int unpack(struct archive *a, zip_file_t *file, const zip_stat_t *st, struct buf *out,
		  struct sow_error *err)
{
	size_t before = out->len;
	for (;;) {
		char *room = buf_space(out, BLOCK);
		if (!room)
			return too_much(st->name, err);
		zip_int64_t got = zip_fread(file, room, BLOCK);
		if (got < 0)
			return fail(err, st->name, zip_file_get_error(file));
		if (!got)
			return SOW_OK;
		buf_wrote(out, (size_t)got);
		a->taken += (size_t)got;
		size_t size = out->len - before;
		if (size > ARCHIVE_RATIO_FROM && size / ARCHIVE_RATIO_MAX > st->comp_size)
			return error_set(err, SOW_INVALID, "%s: unpacks to more than %d times its size", st->name,
					 ARCHIVE_RATIO_MAX);
		if (a->taken > ARCHIVE_BYTES_MAX)
			return too_much(st->name, err);
	}
}

int archive_read(struct archive *a, const char *name, struct buf *out, struct sow_error *err)
{
	zip_stat_t st;
	zip_int64_t at = zip_name_locate(a->zip, name, 0);
	if (at < 0)
		return error_set(err, SOW_MISSING, "%s: not in the archive", name);
	if (zip_stat_index(a->zip, (zip_uint64_t)at, 0, &st))
		return fail(err, name, zip_get_error(a->zip));
	if ((st.valid & ZIP_STAT_ENCRYPTION_METHOD) && st.encryption_method != ZIP_EM_NONE)
		return error_set(err, SOW_INVALID, "encrypted");
	if (!(st.valid & ZIP_STAT_COMP_SIZE))
		st.comp_size = 0;
	st.name = name;
	zip_file_t *file = zip_fopen_index(a->zip, (zip_uint64_t)at, 0);
	if (!file)
		return fail(err, name, zip_get_error(a->zip));
	size_t before = out->len;
	int status = unpack(a, file, &st, out, err);
	if (zip_fclose(file) && !status)
		status = error_set(err, SOW_INVALID, "%s: broken", name);
	if (status)
		buf_cut(out, before);
	return status;
}
