#include "io/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/compress.h"
#include "io/spool.h"

#define BLOCK INFILE_PEEK_MAX
#define BOM "\xEF\xBB\xBF"
#define BOM_SIZE ((size_t)3)

/* Bytes that were read and not yet used: bytes[at .. end-1]. */
struct block {
	size_t at;
	size_t end;
	char bytes[BLOCK];
};

struct infile {
	int fd;
	bool owned;              /* the descriptor is ours to close */
	bool started;            /* compression and byte order mark are known */
	bool ended;              /* nothing more comes from the file */
	bool marked;             /* by a UTF-8 byte order mark, which was skipped */
	bool cut;                /* the rest of a line that is too long is still to come */
	struct unpacker *unpacker;
	enum compression kind;
	struct block *wide;      /* UTF-16 that is not yet text; NULL: it is UTF-8 */
	bool big_endian;
	uint64_t due;            /* bytes of the file that may still be read */
	struct stat opened;      /* of a regular file, as it was then */
	size_t repaired;
	size_t number;
	struct buf line;         /* a line that crosses a border of blocks */
	struct sow_error failure; /* the first; each later call gives it again */
	char *path;
	struct block text;
	struct block packed;     /* the file's own bytes, where it is compressed */
};

static size_t left(const struct block *b)
{
	return b->end - b->at;
}

/* Moves the unread bytes to the front. */
static void compact(struct block *b)
{
	memmove(b->bytes, b->bytes + b->at, left(b));
	b->end -= b->at;
	b->at = 0;
}

static int open_fd(struct infile *in, const char *path, struct sow_error *err)
{
	struct stat st;
	if (strcmp(path, "-") == 0) {
		in->fd = STDIN_FILENO;
		fstat(in->fd, &in->opened); /* a closed one fails when it is read */
		return SOW_OK;
	}
	in->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0)
		return error_errno(err, path);
	in->owned = true;
	if (fstat(in->fd, &st) < 0)
		return error_errno(err, path);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return error_errno(err, path);
	}
	in->opened = st;
	return SOW_OK;
}

struct infile *infile_open(const char *path, struct sow_error *err)
{
	struct infile *in = mem_zalloc(sizeof(*in));
	in->due = UINT64_MAX;
	in->line = (struct buf)BUF_INIT;
	in->line.cap = INFILE_LINE_MAX + 1; /* one for a carriage return */
	in->path = mem_copystr(strcmp(path, "-") == 0 ? "standard input" : path);
	int status = open_fd(in, path, err);
	if (status) {
		infile_close(in);
		return NULL;
	}
	return in;
}

struct infile *infile_open_part(const char *path, uint64_t from, uint64_t to, struct sow_error *err)
{
	struct infile *in = infile_open(path, err);
	if (!in)
		return NULL;
	in->due = to - from;
	in->started = from > 0; /* what its first bytes are is known */
	if (!from || lseek(in->fd, (off_t)from, SEEK_SET) >= 0)
		return in;
	error_errno(err, path);
	infile_close(in);
	return NULL;
}

void infile_close(struct infile *in)
{
	if (!in)
		return;
	if (in->owned)
		close(in->fd);
	unpacker_free(in->unpacker);
	mem_free(in->wide);
	buf_release(&in->line);
	mem_free(in->path);
	mem_free(in);
}

/* At the end of a regular file: it may have grown, but what was there may not have been cut off or written over.
 * Files that say that they are empty, as those of /proc do, are not looked at. */
static int check_unchanged(struct infile *in)
{
	struct stat now;
	if (!S_ISREG(in->opened.st_mode) || !in->opened.st_size || fstat(in->fd, &now) < 0)
		return SOW_OK;
	bool is_written = now.st_mtim.tv_sec != in->opened.st_mtim.tv_sec ||
			  now.st_mtim.tv_nsec != in->opened.st_mtim.tv_nsec;
	bool is_cut = now.st_size < lseek(in->fd, 0, SEEK_CUR);
	if (!is_cut && !(is_written && now.st_size <= in->opened.st_size))
		return SOW_OK;
	return error_set(&in->failure, SOW_IO, "%s: changed while it was read", in->path);
}

/* Reads once into the room after `b`'s bytes. */
static int read_some(struct infile *in, struct block *b)
{
	compact(b);
	for (;;) {
		size_t room = BLOCK - b->end, most = in->due < room ? (size_t)in->due : room;
		ssize_t n = read(in->fd, b->bytes + b->end, most);
		if (n >= 0) {
			in->ended = n == 0;
			in->due -= in->due == UINT64_MAX ? 0 : (uint64_t)n;
			b->end += (size_t)n;
			return in->ended ? check_unchanged(in) : SOW_OK;
		}
		if (errno != EINTR)
			return error_errno(&in->failure, in->path);
	}
}

static int broken(struct infile *in, int status)
{
	const char *kind = compression_names[in->kind];
	if (status == SOW_NOMEM)
		return error_nomem(&in->failure);
	if (in->ended && !left(&in->packed))
		return error_set(&in->failure, SOW_INVALID, "%s: ends in the middle of its %s data",
				 in->path, kind);
	return error_set(&in->failure, SOW_INVALID, "%s: damaged %s data", in->path, kind);
}

/* Unpacks until there is more text or the file has ended. */
static int unpack_some(struct infile *in, struct block *text, bool *more)
{
	compact(text);
	struct block *packed = &in->packed;
	for (size_t had = text->end;;) {
		struct pump io = { packed->bytes + packed->at, left(packed),
				   text->bytes + text->end, BLOCK - text->end };
		int status = unpacker_run(in->unpacker, &io);
		packed->at = packed->end - io.in_len;
		text->end = BLOCK - io.out_len;
		if (status)
			return broken(in, status);
		*more = text->end > had;
		if (*more)
			return SOW_OK;
		if (in->ended)
			return unpacker_whole(in->unpacker) ? SOW_OK : broken(in, SOW_INVALID);
		status = read_some(in, packed);
		if (status)
			return status;
	}
}

/* Adds what the file holds to `b`. *more is false at the end of it. */
static int fill_block(struct infile *in, struct block *b, bool *more)
{
	*more = false;
	if (in->unpacker)
		return unpack_some(in, b, more);
	if (in->ended)
		return SOW_OK;
	int status = read_some(in, b);
	*more = !in->ended;
	return status;
}

static unsigned unit_at(const struct infile *in, size_t at)
{
	const unsigned char *p = (const unsigned char *)in->wide->bytes + at;
	return in->big_endian ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

static void add_character(struct block *b, uint32_t c)
{
	char *to = b->bytes + b->end;
	if (c < 0x80) {
		to[0] = (char)c;
		b->end += 1;
	} else if (c < 0x800) {
		to[0] = (char)(0xC0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3F));
		b->end += 2;
	} else if (c < 0x10000) {
		to[0] = (char)(0xE0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3F));
		to[2] = (char)(0x80 | (c & 0x3F));
		b->end += 3;
	} else {
		to[0] = (char)(0xF0 | c >> 18);
		to[1] = (char)(0x80 | (c >> 12 & 0x3F));
		to[2] = (char)(0x80 | (c >> 6 & 0x3F));
		to[3] = (char)(0x80 | (c & 0x3F));
		b->end += 4;
	}
}

/* Takes characters from `wide` as long as they are whole; at the end of the file all. */
static void narrow(struct infile *in, bool last)
{
	struct block *w = in->wide, *text = &in->text;
	while (left(w) && text->end + 4 <= BLOCK) {
		uint32_t c = 0xFFFD;
		size_t taken = 2;
		unsigned unit = left(w) >= 2 ? unit_at(in, w->at) : 0;
		bool pair = unit >= 0xD800 && unit < 0xDC00;
		if (!last && left(w) < (pair ? 4u : 2u))
			return;
		unsigned low = pair && left(w) >= 4 ? unit_at(in, w->at + 2) : 0;
		if (low >= 0xDC00 && low < 0xE000) {
			c = 0x10000 + ((unit - 0xD800u) << 10) + (low - 0xDC00u);
			taken = 4;
		} else if (left(w) >= 2 && (unit < 0xD800 || unit >= 0xE000)) {
			c = unit;
		}
		in->repaired += c == 0xFFFD && unit != 0xFFFD;
		w->at += taken < left(w) ? taken : left(w);
		add_character(text, c);
	}
}

/* Adds to the text. *more is false at the end of it. */
static int fill(struct infile *in, bool *more)
{
	if (!in->wide)
		return fill_block(in, &in->text, more);
	compact(&in->text);
	size_t had = in->text.end;
	for (bool ended = false; in->text.end == had && !ended;) {
		narrow(in, false);
		if (in->text.end > had || in->text.end + 4 > BLOCK)
			break;
		int status = fill_block(in, in->wide, more);
		if (status)
			return status;
		ended = !*more;
		if (ended)
			narrow(in, true);
	}
	*more = in->text.end > had;
	return SOW_OK;
}

/* Is it UTF-16? By its mark, or by an ASCII character whose other byte is zero. */
static bool is_wide(struct infile *in)
{
	const unsigned char *p = (const unsigned char *)in->text.bytes;
	if (in->text.end < 2)
		return false;
	bool marked = (p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF);
	in->big_endian = marked ? p[0] == 0xFE : p[0] == 0;
	if (marked)
		return true;
	return in->text.end >= 4 && (in->big_endian ? p[1] && !p[2] && p[3] : p[0] && !p[1] && p[2] && !p[3]);
}

static void begin_wide(struct infile *in)
{
	in->wide = mem_zalloc(sizeof(*in->wide));
	memcpy(in->wide->bytes, in->text.bytes, in->text.end);
	in->wide->end = in->text.end;
	unsigned first = unit_at(in, 0);
	in->wide->at = first == 0xFEFF ? 2 : 0;
	in->text.end = 0;
}

static int begin_unpacking(struct infile *in)
{
	in->unpacker = unpacker_new(in->kind);
	if (!in->unpacker)
		return error_nomem(&in->failure);
	in->packed.end = in->text.end;
	memcpy(in->packed.bytes, in->text.bytes, in->text.end);
	in->text.end = 0;
	return SOW_OK;
}

/* Looks at the first bytes: is the file compressed, does the text begin with a mark? */
static int start(struct infile *in)
{
	int status = SOW_OK;
	bool more = true;
	in->started = true;
	while (!status && more && in->text.end < COMPRESSION_MAGIC_MAX)
		status = fill(in, &more);
	in->kind = compression_by_magic(in->text.bytes, in->text.end);
	if (!status && in->kind)
		status = begin_unpacking(in);
	for (more = true; !status && more && in->text.end < 4;) /* enough to tell what it is */
		status = fill(in, &more);
	if (!status && is_wide(in)) {
		begin_wide(in);
		return SOW_OK;
	}
	in->marked = !status && in->text.end >= BOM_SIZE && memcmp(in->text.bytes, BOM, BOM_SIZE) == 0;
	if (in->marked)
		in->text.at = BOM_SIZE;
	return status;
}

static int fail_line(struct infile *in)
{
	return error_set(&in->failure, SOW_TOOBIG, "%s:%zu: longer than %zu MiB", in->path,
			 in->number + 1, INFILE_LINE_MAX >> 20);
}

/* Gives out the line: 1, or SOW_TOOBIG. */
static int give_line(struct infile *in, const char *text, size_t len, struct view *line)
{
	if (len && text[len - 1] == '\r')
		len--;
	if (len > INFILE_LINE_MAX)
		return fail_line(in);
	in->number++;
	*line = view_from(text, len);
	return 1;
}

static int next_line(struct infile *in, struct view *line)
{
	struct block *b = &in->text;
	int status = in->failure.status;
	if (!status && !in->started)
		status = start(in);
	buf_clear(&in->line);
	while (!status) {
		const char *from = b->bytes + b->at;
		const char *end = memchr(from, '\n', left(b));
		size_t len = end ? (size_t)(end - from) : left(b);
		b->at += end ? len + 1 : len;
		if (end && !in->line.len)
			return give_line(in, from, len, line);
		if (buf_add(&in->line, from, len)) {
			in->cut = !end;
			return fail_line(in);
		}
		bool more = false;
		if (!end)
			status = fill(in, &more);
		if (!status && !more)
			return end || in->line.len
				? give_line(in, in->line.data, in->line.len, line) : 0;
	}
	return status;
}

static int pass_on(const struct infile *in, int status, struct sow_error *err)
{
	return status < 0 ? error_set(err, in->failure.status, "%s", in->failure.text) : status;
}

int infile_line(struct infile *in, struct view *line, struct sow_error *err)
{
	*line = view_of(NULL);
	return pass_on(in, next_line(in, line), err);
}

static int peek(struct infile *in, size_t least)
{
	bool more = true;
	int status = in->failure.status;
	if (!status && !in->started)
		status = start(in);
	while (!status && more && left(&in->text) < least && left(&in->text) < BLOCK)
		status = fill(in, &more);
	return status ? status : left(&in->text) > 0;
}

int infile_peek(struct infile *in, size_t least, struct view *bytes, struct sow_error *err)
{
	int status = peek(in, least ? least : 1);
	*bytes = view_from(in->text.bytes + in->text.at, status > 0 ? left(&in->text) : 0);
	return pass_on(in, status, err);
}

void infile_take(struct infile *in, size_t len)
{
	in->text.at += len;
}

int infile_pass(struct infile *in, struct sow_error *err)
{
	if (in->failure.status != SOW_TOOBIG)
		return pass_on(in, in->failure.status, err); /* or SOW_OK */
	in->failure = (struct sow_error){ 0 };
	for (bool more = true; in->cut;) {
		struct block *b = &in->text;
		const char *from = b->bytes + b->at, *end = memchr(from, '\n', left(b));
		b->at = end ? (size_t)(end - b->bytes) + 1 : b->end;
		int status = end ? SOW_OK : fill(in, &more);
		in->cut = !end && more && !status;
		if (status)
			return pass_on(in, status, err);
	}
	in->number++;
	return SOW_OK;
}

bool infile_is_plain(const struct infile *in)
{
	struct stat st;
	return in->started && !in->unpacker && !in->wide && fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode);
}

static int copy_to(struct infile *in, FILE *file)
{
	int status;
	while ((status = peek(in, 1)) > 0) {
		struct block *b = &in->text;
		if (fwrite(b->bytes + b->at, 1, left(b), file) != left(b))
			return error_errno(&in->failure, "temporary file");
		b->at = b->end;
	}
	if (!status && fflush(file) != 0)
		return error_errno(&in->failure, "temporary file");
	return status;
}

/* The file itself. */
static FILE *file_of(struct infile *in)
{
	int fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 0);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");
	if (file)
		return file;
	error_errno(&in->failure, in->path);
	if (fd >= 0)
		close(fd);
	return NULL;
}

FILE *infile_seekable(struct infile *in, struct sow_error *err)
{
	struct stat st;
	FILE *file = NULL;
	if (peek(in, 1) >= 0) {
		bool plain = !in->unpacker && !in->wide && fstat(in->fd, &st) == 0 &&
			     S_ISREG(st.st_mode);
		file = plain ? file_of(in) : spool_new(NULL, &in->failure);
		if (file && !plain && copy_to(in, file)) {
			fclose(file);
			file = NULL;
		}
	}
	if (!file)
		pass_on(in, in->failure.status, err);
	return file;
}

bool infile_marked(const struct infile *in)
{
	return in->marked;
}

size_t infile_repaired(const struct infile *in)
{
	return in->repaired;
}

size_t infile_number(const struct infile *in)
{
	return in->number;
}

const char *infile_path(const struct infile *in)
{
	return in->path;
}

static int take_all(struct infile *in, struct buf *out)
{
	bool more = true;
	int status = in->started ? in->failure.status : start(in);
	while (!status && more) {
		struct block *b = &in->text;
		if (buf_try_add(out, b->bytes + b->at, left(b)))
			break;
		b->at = b->end;
		status = fill(in, &more);
	}
	if (out->status == SOW_NOMEM)
		return error_set(&in->failure, SOW_NOMEM, "%s: out of memory", in->path);
	if (out->status)
		return error_set(&in->failure, SOW_TOOBIG, "%s: longer than %zu bytes", in->path,
				 out->cap);
	return status;
}

int infile_rest(struct infile *in, struct buf *out, struct sow_error *err)
{
	size_t before = out->len, cap = out->cap;
	out->cap = cap ? cap : INFILE_WHOLE_MAX;
	int status = pass_on(in, take_all(in, out), err);
	out->cap = cap;
	if (status)
		buf_cut(out, before);
	return status;
}

int infile_whole(const char *path, struct buf *out, struct sow_error *err)
{
	struct sow_error own;
	if (!err)
		err = &own;
	struct infile *in = infile_open(path, err);
	if (!in)
		return err->status;
	int status = infile_rest(in, out, err);
	infile_close(in);
	return status;
}
