/* reviewing.h - what the commands that serve a page have in common: where, to whom, until when.
 *
 *     struct chosen { struct reviewing reviewing; … };
 *     static const struct option options[] = { …, REVIEWING_OPTIONS(struct chosen, reviewing) };
 *     exit = reviewing_check(c, &o.reviewing);
 *     return reviewing_serve(&o.reviewing, &review_options);
 */
#ifndef CLI_REVIEWING_H
#define CLI_REVIEWING_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "review/review.h"

struct reviewing {
	const char *host, *password_file;
	int64_t port;
	bool no_open;
};

#define REVIEWING_AT(type, member, field) (offsetof(type, member) + offsetof(struct reviewing, field))
#define REVIEWING_OPTIONS(type, member) \
	{ "port", 'p', OPTION_INT, REVIEWING_AT(type, member, port), "N", \
	  "of the page (0: any that is free)", 0, 65535 }, \
	{ "host", 0, OPTION_TEXT, REVIEWING_AT(type, member, host), "NAME", \
	  "address to listen on, for others too; with --password-file (default: 127.0.0.1)" }, \
	{ "password-file", 0, OPTION_TEXT, REVIEWING_AT(type, member, password_file), "FILE", \
	  "its first line is the password; people log in with it and with a name of their own" }, \
	{ "no-open", 0, OPTION_FLAG, REVIEWING_AT(type, member, no_open), NULL, \
	  "print the address and open no browser" }

/* -1 if the options make sense together; else the exit status, with everything said. */
int reviewing_check(const struct command *c, const struct reviewing *o);
/* Serves until it is interrupted; fills in what the options say, and a name where there is none.
 * The exit status. */
int reviewing_serve(const struct reviewing *o, struct review_options *review);

#endif
