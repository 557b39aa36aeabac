/* failure.h - the meaning of a failed request. One table; each row says what to do, once.
 *
 *     const struct failure *f = failure_of(&event);
 *
 * `retry` asks again, later or at another server. `fail` ends the request: its record is kept as
 * failed, with the server's own words. `stop` ends the use of the server, and with the last
 * server the run. A usable answer has no row: NULL.
 */
#ifndef TEACHER_HTTP_FAILURE_H
#define TEACHER_HTTP_FAILURE_H

#include <stdbool.h>

#include "io/http_client.h"
#include "teacher/http/answer.h"
#include "teacher/http/answer_words.h"

enum remedy { FAILURE_RETRY, FAILURE_FAIL, FAILURE_STOP };

/* Which failures of a request count as tries. */
enum failure_count {
	COUNT_EACH,
	COUNT_SINGLE,          /* while other requests are answered, or while all that are left fail */
	COUNT_PATIENT          /* while other requests are answered */
};

struct failure {
	const char *name;      /* "too-many-requests" */
	const char *why;       /* "too many requests", for a message */
	enum remedy remedy;
	bool slows;            /* the server is overloaded: send it less at once */
	bool paid;             /* the answer may have been generated, and billed, in vain */
	int strikes;           /* towards the breaker's BREAKER_STRIKES */
	int tries;             /* after so many in a row the request fails; 0: no bound */
	enum failure_count count; /* of `tries` */
	int hours;             /* hours that it lasts, if the server does not say; 0: unknown */
};

/* How one request ended. */
struct failure_event {
	enum http_trouble trouble;
	int status;            /* of HTTP; 0: none */
	const struct answer_words *words; /* of a body with another status than 200 */
	enum answer_kind kind; /* of a body with status 200 */
	bool answered_before;  /* this server has answered some request */
	int pages;             /* web pages in place of answers, in a row */
};
const struct failure *failure_of(const struct failure_event *e);

/* For tests and documents: the ith row, NULL past the last. */
const struct failure *failure_row(size_t i);

#endif
