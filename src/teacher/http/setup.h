/* setup.h - checks the user's options for servers and prepares them: addresses, keys, headers, and the
 * common parts of all requests. Nothing is sent. */
#ifndef TEACHER_HTTP_SETUP_H
#define TEACHER_HTTP_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "io/http_client.h"
#include "teacher/http/body.h"
#include "teacher/http/secrets.h"
#include "teacher/http/server_pool.h"
#include "teacher/http/thoughts.h"
#include "teacher/teacher.h"

struct setup_http {
	struct arena *arena;
	struct server_pool pool;
	struct body_style style;
	struct secrets secrets;
	struct thoughts thoughts;
	const char **headers;        /* "Name: value", with values from the environment */
	size_t header_count;
	struct http *http;
	const char *identity;
	int cap;                     /* most requests in flight, all servers together */
	int64_t timeout, give_up_after; /* ns; give_up_after 0: never */
	struct buf notice;           /* one line for the user; may be empty */
};

int setup_http_init(struct setup_http *s, const struct teacher_options *o, struct sow_error *err);
/* The endpoint of a call of the server's API, such as "/models", with its keys and headers, and `header`
 * besides (NULL: none); NULL on failure. */
struct http_endpoint *setup_http_endpoint(struct setup_http *s, const struct server *server,
					  const char *path, const char *header, struct sow_error *err);
/* The same for a form: where to ask the server for such numbers. Made once. */
struct http_endpoint *setup_http_form(struct setup_http *s, struct server *server, const struct form *f,
				      struct sow_error *err);
/* Later requests are for this model. */
void setup_http_model(struct setup_http *s, const char *model);
void setup_http_release(struct setup_http *s); /* also after a failure */

#endif
