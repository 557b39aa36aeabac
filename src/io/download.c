#include "io/download.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "io/http_client.h"
#include "io/infile.h"
#include "io/outfile.h"

#define TRIES 6
#define FIRST_WAIT CLOCK_SECOND      /* doubled each time */
#define PIECE_TIMEOUT (600 * CLOCK_SECOND)

struct transfer {
	const struct download *d;
	int64_t piece;
	struct http *http;
	int fd;
	int64_t have, total;         /* total -1: not known yet */
	struct buf part, note, etag; /* paths; what the file at the server is now */
	/* of the answer to the last request */
	bool done;
	int status;
	enum http_trouble trouble;
	struct buf words, body;
	int64_t from, size;          /* of Content-Range; size -1: there is none */
};

/* "bytes FROM-TO/SIZE" */
static void read_range(struct transfer *t, struct view headers)
{
	struct view v = http_header(headers, "content-range");
	char text[96];
	t->from = 0;
	t->size = -1;
	if (!v.len || v.len >= sizeof(text))
		return;
	memcpy(text, v.p, v.len);
	text[v.len] = 0;
	int64_t to;
	if (sscanf(text, "bytes %" SCNd64 "-%" SCNd64 "/%" SCNd64, &t->from, &to, &t->size) != 3)
		t->size = -1;
}

static void take(void *data, void *call_data, const struct http_answer *a)
{
	struct transfer *t = data;
	(void)call_data;
	t->done = true;
	t->status = a->status;
	t->trouble = a->trouble;
	buf_clear(&t->words);
	buf_addstr(&t->words, a->words ? a->words : "");
	buf_clear(&t->body);
	buf_add(&t->body, a->body.p, a->body.len);
	read_range(t, a->headers);
	struct view etag = http_header(a->headers, "etag");
	buf_clear(&t->etag);
	buf_add(&t->etag, etag.p, etag.len);
}

static int ask_once(struct transfer *t, struct sow_error *err)
{
	char range[80];
	snprintf(range, sizeof(range), "Range: bytes=%" PRId64 "-%" PRId64, t->have,
		 t->have + t->piece - 1);
	const char *const headers[] = { range, "Content-Type:", "Accept-Encoding: identity" };
	struct http_place *p = http_place_new(t->http, t->d->url, headers, 3, NULL, 0, err);
	struct http_call *c = p ? http_call_new(t->http) : NULL;
	if (!c)
		return p ? error_nomem(err) : SOW_INVALID;
	http_call_get(c);
	t->done = false;
	int status = http_call_send(c, p, PIECE_TIMEOUT, NULL);
	while (!status && !t->done)
		status = http_turn(t->http, CLOCK_SECOND, take, t, err);
	if (!status && (buf_failed(&t->words) || buf_failed(&t->body) || buf_failed(&t->etag)))
		status = error_nomem(err);
	return status;
}

static bool may_pass(const struct transfer *t)
{
	if (t->trouble)
		return t->trouble == HTTP_NO_CONNECTION || t->trouble == HTTP_TIMEOUT ||
		       t->trouble == HTTP_BROKEN || t->trouble == HTTP_NO_HOST;
	return t->status == 408 || t->status == 429 || t->status >= 500;
}

static int refuse(const struct transfer *t, struct sow_error *err)
{
	if (t->trouble == HTTP_BODY_TOO_BIG)
		return error_set(err, SOW_INVALID, "%s: the server gives no parts of files, so a fetch "
				 "could not go on where it stopped; fetch it with another program",
				 t->d->url);
	if (t->trouble)
		return error_set(err, SOW_IO, "%s: %s", t->d->url, t->words.data);
	return error_set(err, SOW_IO, "%s: the server answered with status %d", t->d->url, t->status);
}

static int start_over(struct transfer *t, struct sow_error *err)
{
	t->have = 0;
	t->total = -1;
	return ftruncate(t->fd, 0) == 0 ? SOW_OK : error_errno(err, t->part.data);
}

/* Asks for the next piece until it is there, or will not come. */
static int ask(struct transfer *t, struct sow_error *err)
{
	int64_t wait = FIRST_WAIT;
	for (int try = 1;; try++) {
		int status = ask_once(t, err);
		if (status || (!t->trouble && (t->status == 200 || t->status == 206)))
			return status;
		/* The file there has become shorter than the part that is here. */
		if (!t->trouble && t->status == 416 && t->have > 0) {
			status = start_over(t, err);
			if (status)
				return status;
			continue;
		}
		if (try == TRIES || !may_pass(t))
			return refuse(t, err);
		usleep((useconds_t)(wait / 1000));
		wait *= 2;
	}
}

/* A line that names the file at the server: what was begun goes on only while it is the same. */
static void name_file(const struct transfer *t, struct buf *out)
{
	buf_addf(out, "%" PRId64 " %.*s\n", t->size, (int)t->etag.len, t->etag.len ? t->etag.data : "");
}

static int note_file(struct transfer *t, struct sow_error *err)
{
	struct buf line = BUF_INIT;
	name_file(t, &line);
	struct outfile *f = outfile_open(t->note.data, err);
	int status = f ? SOW_OK : SOW_IO;
	if (f) {
		outfile_write(f, line.data, line.len);
		status = outfile_finish(f, err);
	}
	buf_release(&line);
	return status;
}

/* Is the part that is here one of the file that is there? */
static bool is_of_file(const struct transfer *t)
{
	struct buf line = BUF_INIT, noted = BUF_INIT;
	struct sow_error own = { 0 };
	name_file(t, &line);
	bool same = access(t->note.data, F_OK) == 0 && infile_whole(t->note.data, &noted, &own) == SOW_OK &&
		    !buf_failed(&line) && noted.len == line.len &&
		    memcmp(noted.data, line.data, line.len) == 0;
	buf_release(&line);
	buf_release(&noted);
	return same;
}

static int keep(struct transfer *t, struct sow_error *err)
{
	size_t at = 0;
	while (at < t->body.len) {
		ssize_t n = pwrite(t->fd, t->body.data + at, t->body.len - at, t->have + (int64_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, t->part.data);
		at += (size_t)n;
	}
	t->have += (int64_t)t->body.len;
	return SOW_OK;
}

/* What the server sent: all of it in one answer, or the piece that was asked for. */
static int take_piece(struct transfer *t, struct sow_error *err)
{
	bool whole = t->status == 200;
	if (!whole && (t->size <= 0 || t->from != t->have || !t->body.len ||
		       t->have + (int64_t)t->body.len > t->size))
		return error_set(err, SOW_IO, "%s: the server sent another part than it was asked for",
				 t->d->url);
	if (whole) {
		int status = start_over(t, err);
		t->total = (int64_t)t->body.len;
		return status ? status : keep(t, err);
	}
	if (t->total < 0 && !is_of_file(t)) {
		bool first = t->have == 0;
		int status = start_over(t, err);
		if (!status)
			status = note_file(t, err);
		if (status || !first)
			return status;
	} else if (t->total >= 0 && !is_of_file(t)) {
		return start_over(t, err);
	}
	t->total = t->size;
	return keep(t, err);
}

static int open_part(struct transfer *t, struct sow_error *err)
{
	struct stat st;
	t->fd = open(t->part.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (t->fd < 0)
		return error_errno(err, t->part.data);
	if (flock(t->fd, LOCK_EX | LOCK_NB) != 0)
		return error_set(err, SOW_BUSY, "%s: another process is fetching it", t->part.data);
	if (fstat(t->fd, &st) != 0)
		return error_errno(err, t->part.data);
	/* One byte is asked for again of a part that is whole: it tells of which file it is. */
	t->have = st.st_size > 0 ? (int64_t)st.st_size - 1 : 0;
	return SOW_OK;
}

static int finish(struct transfer *t, struct sow_error *err)
{
	if (fsync(t->fd) != 0)
		return error_errno(err, t->part.data);
	if (rename(t->part.data, t->d->path) != 0)
		return error_errno(err, t->d->path);
	unlink(t->note.data);
	return SOW_OK;
}

static int transfer(struct transfer *t, struct sow_error *err)
{
	int status = open_part(t, err);
	while (!status && (t->total < 0 || t->have < t->total)) {
		status = ask(t, err);
		if (!status)
			status = take_piece(t, err);
		if (!status && t->d->progress && t->total >= 0)
			t->d->progress(t->d->data, t->have, t->total);
	}
	return status ? status : finish(t, err);
}

int download_file(const struct download *d, struct sow_error *err)
{
	struct transfer t = { .d = d, .piece = d->piece ? d->piece : DOWNLOAD_PIECE, .fd = -1,
			      .total = -1, .part = BUF_INIT, .note = BUF_INIT, .etag = BUF_INIT,
			      .words = BUF_INIT, .body = BUF_INIT };
	buf_addf(&t.part, "%s.part", d->path);
	buf_addf(&t.note, "%s.part.of", d->path);
	int status = buf_failed(&t.part) || buf_failed(&t.note) ? error_nomem(err) : SOW_OK;
	if (!status) {
		t.http = http_new(&(struct http_options){ .ca_file = d->ca_file, .requests = 1,
							  .body_max = (size_t)t.piece }, err);
		status = t.http ? transfer(&t, err) : SOW_IO;
	}
	http_free(t.http);
	if (t.fd >= 0)
		close(t.fd);
	buf_release(&t.part);
	buf_release(&t.note);
	buf_release(&t.etag);
	buf_release(&t.words);
	buf_release(&t.body);
	return status;
}
