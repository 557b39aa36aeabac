/* review.h - a page in the browser on which people look at records and give verdicts.
 *
 *     struct review_options o = { .path = "data.jsonl", .by = "ada", .stop_fd = fd,
 *                                 .on_listening = say, .data = data };
 *     status = review_serve(&o, err);        // until stop_fd is readable
 *
 * Serves a page on 127.0.0.1 under an address that holds a token of 128 random bits; every request
 * needs it, with the server's own name as Host, and as Origin if there is one. With
 * another host it requires a password as well.
 *
 * The parts: index.h holds the records, fill.h reads them, links.h ties verdicts to them, query.h
 * chooses; guard.h lets requests in, api.h answers them.
 */
#ifndef REVIEW_REVIEW_H
#define REVIEW_REVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/records.h"
#include "sow/sow.h"

struct review_options {
	const char *path;            /* a file, or a run's folder */
	bool is_run;
	const struct records_options *reading; /* of a file */
	const char *by;              /* the reviewer, if the page names none */
	size_t sample;               /* only so many records; 0: all */
	uint64_t seed;
	const char *host;            /* NULL: 127.0.0.1 */
	const char *password;        /* required with a host; NULL: none */
	uint16_t port;               /* 0: any free one */
	bool live;                   /* the page begins with the run's progress */
	int stop_fd;                 /* ends it once readable; -1: never */
	/* The address to open, once it answers. Not SOW_OK: review_serve ends with that status. */
	int (*on_listening)(void *data, const char *address);
	/* For a line about a problem that does not end it; may be NULL. */
	void (*tell)(void *data, const char *line);
	void *data;
};

int review_serve(const struct review_options *o, struct sow_error *err);

#endif
