/* review_page.h - what review and status --serve share: the options of a page, and serving it.
 *
 *     struct chosen { struct review_page page; … };
 *     static const struct option options[] = { …, REVIEW_PAGE_OPTIONS(struct chosen, page) };
 *     exit = review_page_check(c, &o.page);
 *     return review_page_serve(&o.page, &review_options);
 */
#ifndef CLI_REVIEW_PAGE_H
#define CLI_REVIEW_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "review/review.h"

struct review_page {
	const char *host, *password_file;
	int64_t port;
	bool no_open;
};

#define REVIEW_PAGE_AT(type, member, field) (offsetof(type, member) + offsetof(struct review_page, field))
#define REVIEW_PAGE_OPTIONS(type, member) \
	{ "port", 'p', OPTION_INT, REVIEW_PAGE_AT(type, member, port), "N", \
	  "of the page (0: any that is free)", 0, 65535 }, \
	{ "host", 0, OPTION_TEXT, REVIEW_PAGE_AT(type, member, host), "NAME", \
	  "address to listen on, for others too; with --password-file (default: 127.0.0.1)" }, \
	{ "password-file", 0, OPTION_TEXT, REVIEW_PAGE_AT(type, member, password_file), "FILE", \
	  "its first line is the password; people log in with it and with a name of their own" }, \
	{ "no-open", 0, OPTION_FLAG, REVIEW_PAGE_AT(type, member, no_open), NULL, \
	  "print the address and open no browser" }

/* -1 if the options make sense together; else the exit status, after printing the error. */
int review_page_check(const struct command *c, const struct review_page *o);
/* Serves until it is interrupted. Fills in `review` from the options, with the user's name if it has no `by`.
 * Returns the exit status. */
int review_page_serve(const struct review_page *o, struct review_options *review);

#endif
