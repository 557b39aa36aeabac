/* hub_private.h - what the parts of hub.h share.
 *
 * | file        | what it knows                                              |
 * |-------------|------------------------------------------------------------|
 * | hub_ask.c   | a request and its answer                                   |
 * | hub_large.c | how large files go to the storage that the Hub names       |
 * | hub.c       | the token, the files, and the steps of a push              |
 */
#ifndef DATA_HUB_PRIVATE_H
#define DATA_HUB_PRIVATE_H

#include "base/arena.h"
#include "base/view.h"
#include "data/hub.h"
#include "io/hash.h"
#include "io/http_sync.h"
#include "io/json.h"

#define HUB_TOGETHER 256     /* files in one question */
#define HUB_LFS_TYPE "application/vnd.git-lfs+json"

struct hub_file {
	char *path;              /* within the folder */
	char *where;
	size_t size;
	bool large, ignored;     /* never both */
	char hash[HASH_HEX_SIZE];
};

struct hub {
	const struct hub_options *o;
	struct http_sync http;
	struct arena *arena;
	struct buf base;         /* "https://huggingface.co" */
	struct buf secret;       /* the header */
	struct hub_file *files;
	size_t count, room;
	struct hub_pushed *pushed;
};

/* The body of a request: a text, or a piece of a file. */
struct hub_message {
	const char *const *headers;
	size_t header_count;
	bool secret;                 /* with the token: it goes to the Hub */
	const struct buf *text;
	int file;
	size_t from, len;
};

/* Sends it, and retries where that may help. SOW_OK for a status of 200 to 299, or `also`; else the Hub's
 * message after `what` ("cannot send a file"). */
int hub_send(struct hub *h, const char *what, const char *url, const struct hub_message *m, int also,
	     struct sow_error *err);
/* Sends a request to the Hub itself, at a path that begins with a slash; *reply lives in the arena. `reply`
 * may be NULL. */
int hub_ask(struct hub *h, const char *what, const struct buf *path, const char *type,
	    const struct buf *text, int also, const json_value **reply, struct sow_error *err);
/* Appends the JSON, and frees it. SOW_OK, or SOW_USAGE for a name that is not UTF-8. */
int hub_text(struct json_out *json, struct buf *text, struct sow_error *err);

/* Hashes the large files, and sends those that the Hub does not have. */
int hub_send_large(struct hub *h, struct sow_error *err);

#endif
