/* download.h - a large file from an address, in pieces, so that it resumes where it stopped.
 *
 *     status = download_file(&(struct download){ .url = "https://…/m.gguf", .path = "m.gguf" }, err);
 *
 * PATH.part holds the bytes that have arrived, PATH.part.of the server's ETag and the size. The same
 * call resumes from them, or starts over if the server's file has changed. PATH appears when it is
 * whole. The server must support Range, unless the file fits in one piece; object stores and model
 * hubs do.
 *
 * Memory: one piece.
 */
#ifndef IO_DOWNLOAD_H
#define IO_DOWNLOAD_H

#include <stdint.h>

#include "sow/sow.h"

#define DOWNLOAD_PIECE ((int64_t)16 << 20)

struct download {
	const char *url, *path;
	const char *ca_file;         /* PEM; NULL: the system's */
	const char *secret;          /* a header for the address's own host; NULL: none */
	int *answered;               /* the status of the server's last answer, 0 before; may be NULL */
	int64_t piece;               /* bytes asked for at once; 0: DOWNLOAD_PIECE */
	/* What is there and what there will be, after each piece; may be NULL. */
	void (*progress)(void *data, int64_t done, int64_t total);
	void *data;
};

/* SOW_OK; SOW_IO (the server's refusal, the network after several tries, the disk); SOW_INVALID
 * (no address, or a server that gives no parts); SOW_BUSY if another process is fetching it. */
int download_file(const struct download *d, struct sow_error *err);

#endif
