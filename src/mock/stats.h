/* stats.h - what the mock has counted, as GET /stats tells it. */
#ifndef MOCK_STATS_H
#define MOCK_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "io/http_server.h"
#include "io/json.h"
#include "mock/fault.h"
#include "mock/limits.h"

#define STATUS_MAX 600

struct stats {
	int64_t requests;             /* for completions, ever */
	int64_t answered;             /* with 200, whole, to the end */
	int64_t asked_again;          /* whose body had been asked before */
	int64_t answered_again;       /* answered, though their body had been answered before */
	int64_t in_flight, peak;      /* requests whose reply is not out yet */
	int64_t prompt_tokens, completion_tokens; /* of answers that were begun */
	int64_t by_status[STATUS_MAX]; /* 0: ended without a status (reset, hung) */
	int64_t violations[LIMIT_COUNT];
	int64_t faults[FAULTS_MAX];   /* by row of fault_table */
	struct http_counts connections;
};

void stats_begin(struct stats *s);
void stats_end(struct stats *s, unsigned status, bool answered);
int stats_reply(const struct stats *s, struct json_out *json, struct http_reply *out);

#endif
