/* serve.h - the mock behind a socket.
 *
 *     struct serve_options o = { .on_listening = say, .stop_fd = -1, .eof_fd = 0, … };
 *     status = mock_serve(&o, err);
 */
#ifndef MOCK_SERVE_H
#define MOCK_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "mock/mock.h"
#include "sow/sow.h"

struct serve_options {
	struct mock_options mock;
	const char *host;
	uint16_t port;               /* 0: any that is free */
	const char *log;             /* append a line for each request; NULL: no */
	int64_t requests;            /* ends when so many have ended and none is under way;
				      * 0: never */
	int64_t die_after;           /* ends when so many have ended, whatever is under way;
				      * 0: never */
	int64_t down_from, down_to;  /* after the start, ns: connections end, new ones are
				      * refused, from then to then; both 0: never */
	int stop_fd;                 /* ends as soon as it can be read; -1: none */
	int eof_fd;                  /* ends at its end of file; -1: none */
	/* Called as soon as connections are taken; a failure ends it. */
	int (*on_listening)(void *data, int port);
	void *data;
};

/* Serves until it is time to end. SOW_OK, or why it could not. */
int mock_serve(const struct serve_options *o, struct sow_error *err);

#endif
