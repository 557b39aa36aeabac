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
#include "base/view.h"
#include "io/http_sync.h"
#include "io/infile.h"
#include "io/outfile.h"

#define TRIES 6
#define FIRST_WAIT CLOCK_SECOND      /* doubled each time */
#define PIECE_TIMEOUT (600 * CLOCK_SECOND)

struct transfer {
	const struct download *d;
	int64_t piece;
	struct http_sync http;
	int fd;
	int64_t have, total;         /* total -1: not known yet */
	struct buf part, note;       /* paths */
	int64_t from, size;          /* of the answer's Content-Range; size -1: there is none */
};

/* "bytes FROM-TO/SIZE" */
static void read_range(struct transfer *t)
{
	struct view v = http_sync_header(&t->http, "content-range");
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

static int refuse(const struct transfer *t, struct sow_error *err)
{
	const struct http_sync *answer = &t->http;
	if (answer->trouble == HTTP_BODY_TOO_BIG)
		return error_set(err, SOW_INVALID, "%s: the server gives no parts of files, so a fetch "
				 "could not resume where it stopped; fetch it with another program",
				 t->d->url);
	if (answer->trouble)
		return error_set(err, SOW_IO, "%s: %s", t->d->url, answer->words.data);
	return error_set(err, SOW_IO, "%s: the server answered with status %d", t->d->url,
			 answer->status);
}

static int start_over(struct transfer *t, struct sow_error *err)
{
	t->have = 0;
	t->total = -1;
	return ftruncate(t->fd, 0) == 0 ? SOW_OK : error_errno(err, t->part.data);
}

/* Asks for the next piece. */
static int ask(struct transfer *t, struct sow_error *err)
{
	char range[80];
	snprintf(range, sizeof(range), "Range: bytes=%" PRId64 "-%" PRId64, t->have,
		 t->have + t->piece - 1);
	const char *const headers[] = { range, "Content-Type:", "Accept-Encoding: identity" };
	const struct http_sync_request r = { .url = t->d->url, .headers = headers, .header_count = 3,
					     .secrets = &t->d->secret,
					     .secret_count = t->d->secret ? 1 : 0,
					     .get = true, .tries = TRIES, .first_wait = FIRST_WAIT,
					     .timeout = PIECE_TIMEOUT };
	int status = http_sync_ask(&t->http, &r, err);
	if (status)
		return status;
	if (t->d->answered)
		*t->d->answered = t->http.status;
	read_range(t);
	if (t->http.trouble)
		return refuse(t, err);
	/* The file there has become shorter than the part that is here. */
	if (t->http.status == 416 && t->have > 0) {
		status = start_over(t, err);
		return status ? status : ask(t, err);
	}
	return t->http.status == 200 || t->http.status == 206 ? SOW_OK : refuse(t, err);
}

/* A line that identifies the file at the server: a download resumes only while it is the same. */
static void name_file(const struct transfer *t, struct buf *out)
{
	struct view etag = http_sync_header(&t->http, "etag");
	buf_addf(out, "%" PRId64 " %.*s\n", t->size, VIEW_ARG(etag));
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

/* Is the local part a part of the file that the server has? */
static bool is_of_file(const struct transfer *t)
{
	struct buf line = BUF_INIT, noted = BUF_INIT;
	struct sow_error own = { 0 };
	name_file(t, &line);
	bool same = access(t->note.data, F_OK) == 0 && infile_whole(t->note.data, &noted, &own) == SOW_OK &&
		    noted.len == line.len &&
		    memcmp(noted.data, line.data, line.len) == 0;
	buf_release(&line);
	buf_release(&noted);
	return same;
}

static int keep(struct transfer *t, struct sow_error *err)
{
	const struct buf *body = &t->http.body;
	size_t at = 0;
	while (at < body->len) {
		ssize_t n = pwrite(t->fd, body->data + at, body->len - at, t->have + (int64_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, t->part.data);
		at += (size_t)n;
	}
	t->have += (int64_t)body->len;
	return SOW_OK;
}

/* What the server sent: all of it in one answer, or the piece that was asked for. */
static int take_piece(struct transfer *t, struct sow_error *err)
{
	const struct buf *body = &t->http.body;
	bool whole = t->http.status == 200;
	if (!whole && (t->size <= 0 || t->from != t->have || !body->len ||
		       t->have + (int64_t)body->len > t->size))
		return error_set(err, SOW_IO, "%s: the server sent another part than it was asked for",
				 t->d->url);
	if (whole) {
		int status = start_over(t, err);
		t->total = (int64_t)body->len;
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
			      .total = -1, .part = BUF_INIT, .note = BUF_INIT,
			      .http = HTTP_SYNC_INIT };
	buf_addf(&t.part, "%s.part", d->path);
	buf_addf(&t.note, "%s.part.of", d->path);
	int status = http_sync_open(&t.http, d->ca_file, (size_t)t.piece, err);
	if (!status)
		status = transfer(&t, err);
	http_sync_release(&t.http);
	if (t.fd >= 0)
		close(t.fd);
	buf_release(&t.part);
	buf_release(&t.note);
	return status;
}
