/* guard.h - admits requests: by the token in the path, Host, Origin, and a password where one is set.
 *
 *     guard_init(&g, host, port, password, err);
 *     enum guarded answer = guard_check(&g, &request, &path, &by);
 *     if (answer == GUARD_PASS) … path is the part after the token ("api/list") …
 *
 * A page of another site can make a browser send requests, but does not know the token, and its Origin
 * gives it away; a name that was rebound to this machine shows in Host.
 */
#ifndef REVIEW_GUARD_H
#define REVIEW_GUARD_H

#include "base/buf.h"
#include "base/view.h"
#include "io/http_server.h"
#include "sow/sow.h"

#define GUARD_TOKEN_LEN 32

struct guard {
	char token[GUARD_TOKEN_LEN + 1];
	struct buf host;             /* the expected Host, with the port; empty: any */
	const char *password;        /* NULL: none is required */
	int port;
};

enum guarded {
	GUARD_PASS,
	GUARD_UNKNOWN,               /* no token, or a wrong one: answered like an unknown address */
	GUARD_FOREIGN,               /* another Host or Origin */
	GUARD_PASSWORD               /* missing or wrong */
};

/* `host` NULL: this machine only. SOW_OK, SOW_IO. */
int guard_init(struct guard *g, const char *host, int port, const char *password, struct sow_error *err);
void guard_release(struct guard *g);

/* `user`: the name that came with the password is appended; empty without one. */
enum guarded guard_check(const struct guard *g, const struct http_request *q, struct view *path,
			 struct buf *user);

#endif
