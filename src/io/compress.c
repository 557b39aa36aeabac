#include "io/compress.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"
#include "base/view.h"

#define GZIP_WINDOW (15 + 16) /* the largest window, gzip's header and trailer */
#define GZIP_LEVEL 6
#define GZIP_MEMORY 8
#define ZSTD_LEVEL 3

const char *const compression_names[] = { "none", "gzip", "zstd" };

enum compression compression_by_magic(const char *bytes, size_t len)
{
	if (len >= 2 && memcmp(bytes, "\x1F\x8B", 2) == 0)
		return COMPRESSION_GZIP;
	if (len >= 4 && memcmp(bytes, "\x28\xB5\x2F\xFD", 4) == 0)
		return COMPRESSION_ZSTD;
	/* a skippable frame, which pzstd and seekable archives may begin with */
	if (len >= 4 && (bytes[0] & 0xF0) == 0x50 && memcmp(bytes + 1, "\x2A\x4D\x18", 3) == 0)
		return COMPRESSION_ZSTD;
	return COMPRESSION_NONE;
}

enum compression compression_by_name(const char *path)
{
	struct view name = view_of(path);
	if (view_ends(name, ".gz"))
		return COMPRESSION_GZIP;
	return view_ends(name, ".zst") ? COMPRESSION_ZSTD : COMPRESSION_NONE;
}

struct view compression_stem(const char *path)
{
	static const size_t suffix[] = {
		[COMPRESSION_NONE] = 0, [COMPRESSION_GZIP] = 3, [COMPRESSION_ZSTD] = 4,
	};
	struct view name = view_of(path);
	name.len -= suffix[compression_by_name(path)];
	return name;
}

bool compression_stem_ends(const char *path, const char *ending)
{
	struct view stem = compression_stem(path);
	size_t len = strlen(ending);
	return stem.len > len && view_eqfold(view_sub(stem, stem.len - len, stem.len), view_of(ending));
}

static void *gzip_alloc(void *ctx, uInt count, uInt size)
{
	(void)ctx;
	return mem_alloc((size_t)count * size);
}

static void gzip_free(void *ctx, void *p)
{
	(void)ctx;
	mem_free(p);
}

/* zlib counts in unsigned int: hands it what fits, and takes note of what it did. */
static void gzip_lend(z_stream *z, const struct pump *io)
{
	z->next_in = (Bytef *)(uintptr_t)io->in; /* not written to, whatever its type says */
	z->avail_in = io->in_len < UINT_MAX ? (uInt)io->in_len : UINT_MAX;
	z->next_out = (Bytef *)io->out;
	z->avail_out = io->out_len < UINT_MAX ? (uInt)io->out_len : UINT_MAX;
}

static void gzip_take_back(const z_stream *z, struct pump *io)
{
	io->in_len -= (size_t)((const char *)z->next_in - io->in);
	io->in = (const char *)z->next_in;
	io->out_len -= (size_t)((char *)z->next_out - io->out);
	io->out = (char *)z->next_out;
}

static void zstd_moved(struct pump *io, const ZSTD_inBuffer *in, const ZSTD_outBuffer *out)
{
	io->in += in->pos;
	io->in_len -= in->pos;
	io->out += out->pos;
	io->out_len -= out->pos;
}

/* Unpacking */

struct unpacker {
	enum compression kind;
	bool inside;   /* a member or frame */
	bool padding;  /* zeros after a gzip member, as tapes leave them */
	z_stream z;
	ZSTD_DCtx *d;
};

struct unpacker *unpacker_new(enum compression c)
{
	struct unpacker *u = mem_zalloc(sizeof(*u));
	u->kind = c;
	u->inside = true;
	u->z.zalloc = gzip_alloc;
	u->z.zfree = gzip_free;
	bool made = c == COMPRESSION_ZSTD ? (u->d = ZSTD_createDCtx()) != NULL
					  : inflateInit2(&u->z, GZIP_WINDOW) == Z_OK;
	if (!made) {
		mem_free(u);
		return NULL;
	}
	return u;
}

void unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	if (u->kind == COMPRESSION_ZSTD)
		ZSTD_freeDCtx(u->d);
	else
		inflateEnd(&u->z);
	mem_free(u);
}

/* What stands between two members: nothing, or zeros up to the end of the file. */
static int gzip_between(struct unpacker *u, struct pump *io)
{
	while (io->in_len && *io->in == '\0') {
		u->padding = true;
		io->in++;
		io->in_len--;
	}
	if (!io->in_len)
		return SOW_OK;
	if (u->padding || inflateReset(&u->z) != Z_OK)
		return SOW_INVALID;
	u->inside = true;
	return SOW_OK;
}

static int gzip_unpack(struct unpacker *u, struct pump *io)
{
	/* With no input left there may still be output held back for want of room. */
	do {
		if (!u->inside) {
			int status = gzip_between(u, io);
			if (status || !u->inside)
				return status;
		}
		gzip_lend(&u->z, io);
		int result = inflate(&u->z, Z_NO_FLUSH);
		gzip_take_back(&u->z, io);
		if (result == Z_MEM_ERROR)
			return SOW_NOMEM;
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
			return SOW_INVALID;
		u->inside = result != Z_STREAM_END;
	} while (io->in_len && io->out_len);
	return SOW_OK;
}

static int zstd_unpack(struct unpacker *u, struct pump *io)
{
	do { /* as above */
		ZSTD_inBuffer in = { io->in, io->in_len, 0 };
		ZSTD_outBuffer out = { io->out, io->out_len, 0 };
		size_t left = ZSTD_decompressStream(u->d, &out, &in);
		bool idle = !in.pos && !out.pos;
		zstd_moved(io, &in, &out);
		if (ZSTD_isError(left))
			return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation
				? SOW_NOMEM : SOW_INVALID;
		if (idle)
			break;
		u->inside = left != 0;
	} while (io->in_len && io->out_len);
	return SOW_OK;
}

int unpacker_run(struct unpacker *u, struct pump *io)
{
	return u->kind == COMPRESSION_ZSTD ? zstd_unpack(u, io) : gzip_unpack(u, io);
}

bool unpacker_whole(const struct unpacker *u)
{
	return !u->inside;
}

/* Packing */

struct packer {
	enum compression kind;
	z_stream z;
	ZSTD_CCtx *c;
};

static bool zstd_set_up(struct packer *p)
{
	p->c = ZSTD_createCCtx();
	return p->c
		&& !ZSTD_isError(ZSTD_CCtx_setParameter(p->c, ZSTD_c_compressionLevel, ZSTD_LEVEL))
		&& !ZSTD_isError(ZSTD_CCtx_setParameter(p->c, ZSTD_c_checksumFlag, 1));
}

static bool gzip_set_up(struct packer *p)
{
	p->z.zalloc = gzip_alloc;
	p->z.zfree = gzip_free;
	return deflateInit2(&p->z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			    Z_DEFAULT_STRATEGY) == Z_OK;
}

struct packer *packer_new(enum compression c)
{
	struct packer *p = mem_zalloc(sizeof(*p));
	p->kind = c;
	if (!(c == COMPRESSION_ZSTD ? zstd_set_up(p) : gzip_set_up(p))) {
		packer_free(p);
		return NULL;
	}
	return p;
}

void packer_free(struct packer *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->c);
	deflateEnd(&p->z); /* refuses politely what was never set up */
	mem_free(p);
}

static int gzip_pack(struct packer *p, struct pump *io, bool end)
{
	do {
		gzip_lend(&p->z, io);
		/* what does not fit zlib's counter comes in the next round */
		bool last = end && p->z.avail_in == io->in_len;
		int result = deflate(&p->z, last ? Z_FINISH : Z_NO_FLUSH);
		gzip_take_back(&p->z, io);
		if (result == Z_STREAM_END)
			return 1;
		if (result != Z_OK && result != Z_BUF_ERROR)
			return SOW_INVALID;
	} while (io->in_len && io->out_len);
	return SOW_OK;
}

static int zstd_pack(struct packer *p, struct pump *io, bool end)
{
	ZSTD_inBuffer in = { io->in, io->in_len, 0 };
	ZSTD_outBuffer out = { io->out, io->out_len, 0 };
	size_t left;
	do {
		left = ZSTD_compressStream2(p->c, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return SOW_NOMEM; /* nothing else can fail here */
	} while ((in.pos < in.size || (end && left)) && out.pos < out.size);
	zstd_moved(io, &in, &out);
	return end && !left;
}

int packer_run(struct packer *p, struct pump *io, bool end)
{
	return p->kind == COMPRESSION_ZSTD ? zstd_pack(p, io, end) : gzip_pack(p, io, end);
}
