/* compress.h - gzip and zstd, as streams of bytes. The only face of zlib and zstd.
 *
 *     struct pump io = { .in = block, .in_len = n, .out = room, .out_len = size };
 *     status = unpacker_run(u, &io);    // in and out have moved on by what was done
 *
 * A file may be several gzip members or zstd frames one after another, as `cat a.gz b.gz`
 * makes them. What is packed depends on the bytes alone: no time, no name.
 */
#ifndef IO_COMPRESS_H
#define IO_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "sow/sow.h"

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };
extern const char *const compression_names[]; /* "none", "gzip", "zstd" */

#define COMPRESSION_MAGIC_MAX 4               /* bytes needed to tell */
enum compression compression_by_magic(const char *bytes, size_t len);
enum compression compression_by_name(const char *path); /* .gz, .zst */
/* The name without .gz or .zst. */
struct view compression_stem(const char *path);
/* True if that ends like this, in any case, and is more than the ending: "a.CSV.gz", ".csv". */
bool compression_stem_ends(const char *path, const char *ending);

struct pump {
	const char *in;
	size_t in_len;    /* bytes to be had */
	char *out;
	size_t out_len;   /* bytes of room */
};

struct unpacker;
struct unpacker *unpacker_new(enum compression c); /* NULL when out of memory */
void unpacker_free(struct unpacker *u);            /* NULL is fine */
/* Does what it can until `in` is empty or `out` full. SOW_OK, SOW_NOMEM, SOW_INVALID. */
int unpacker_run(struct unpacker *u, struct pump *io);
/* True if the input may end here. */
bool unpacker_whole(const struct unpacker *u);

struct packer;
struct packer *packer_new(enum compression c);     /* NULL when out of memory */
void packer_free(struct packer *p);                /* NULL is fine */
/* The same; with `end`, 1 when all is out and SOW_OK when it needs more room. */
int packer_run(struct packer *p, struct pump *io, bool end);

#endif
