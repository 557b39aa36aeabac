/* serve.h - the mock on a socket.
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
	uint16_t port;               /* 0: any free one */
	const char *log;             /* a file to which it appends a line for each request; NULL: none */
	int64_t requests;            /* ends when so many have ended and none is in flight; 0: never */
	int64_t die_after;           /* ends when so many have ended, even with others in flight; 0: never */
	int64_t down_from, down_to;  /* ns after the start: in between connections end and new ones are
				      * refused; both 0: never */
	int stop_fd;                 /* ends as soon as it is readable; -1: none */
	int eof_fd;                  /* ends at its end of file; -1: none */
	/* Called as soon as it accepts connections; a failure ends it. */
	int (*on_listening)(void *data, int port);
	void *data;
};

/* Serves until one of these ends it. SOW_OK, or the failure, with *err set. */
int mock_serve(const struct serve_options *o, struct sow_error *err);

#endif
