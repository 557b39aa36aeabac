#include "teacher/model_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/folder.h"
#include "io/infile.h"
#include "io/outfile.h"

/* The folder of remembered names, made if needed; empty if it cannot be made. */
static void cache_folder(struct buf *out)
{
	int status = folder_cache(NULL, out, NULL);
	if (!status)
		buf_addstr(out, "/models");
	if (status || folder_make(out->data, NULL))
		buf_cut(out, 0);
}

/* One small file a model, named after its path: nothing to merge, nothing to lock. */
static void cache_path(const char *real, struct buf *out)
{
	struct hash h;
	char hex[HASH_HEX_SIZE];
	cache_folder(out);
	if (!out->len)
		return;
	hash_bytes(real, strlen(real), &h);
	hash_hex(&h, hex);
	buf_addf(out, "/%.32s", hex);
}

/* The facts that must not have changed, as the line that the file holds before the hash. */
static void describe(const char *real, const struct stat *st, struct buf *out)
{
	buf_addf(out, "%s\n%" PRIdMAX " %" PRIdMAX ".%09ld %" PRIuMAX " ", real,
		 (intmax_t)st->st_size, (intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		 (uintmax_t)st->st_ino);
}

static bool recall(const char *cache, const struct buf *what, struct hash *out)
{
	struct buf text = BUF_INIT;
	bool known = cache[0] && infile_whole(cache, &text, NULL) == SOW_OK &&
		text.len == what->len + HASH_HEX_SIZE &&
		memcmp(text.data, what->data, what->len) == 0 &&
		text.data[text.len - 1] == '\n' &&
		hash_from_hex(text.data + what->len, HASH_HEX_SIZE - 1, out) == SOW_OK;
	buf_release(&text);
	return known;
}

static void remember(const char *cache, const struct buf *what, const struct hash *h)
{
	struct outfile *file = cache[0] ? outfile_open(cache, NULL) : NULL;
	if (!file)
		return;
	char hex[HASH_HEX_SIZE];
	hash_hex(h, hex);
	outfile_write(file, what->data, what->len);
	outfile_write(file, hex, HASH_HEX_SIZE - 1);
	outfile_write(file, "\n", 1);
	outfile_finish(file, NULL); /* a failure costs the next start some seconds */
}

int model_id(const char *path, char out[MODEL_ID_SIZE], struct sow_error *err)
{
	struct stat st;
	char *real = realpath(path, NULL);
	if (!real || stat(real, &st) < 0) {
		int status = error_errno(err, path);
		free(real);
		return status;
	}
	struct buf cache = BUF_INIT, what = BUF_INIT;
	struct hash h;
	int status = SOW_OK;
	cache_path(real, &cache);
	describe(real, &st, &what);
	if (!recall(cache.data, &what, &h)) {
		status = hash_file(real, &h, err);
		if (status == SOW_OK)
			remember(cache.data, &what, &h);
	}
	if (status == SOW_OK) {
		memcpy(out, "gguf:", 5);
		hash_hex(&h, out + 5);
	}
	buf_release(&what);
	buf_release(&cache);
	free(real);
	return status;
}
