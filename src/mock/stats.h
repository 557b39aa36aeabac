/* stats.h - the mock's counts, as GET /stats reports them. */
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
	int64_t requests;             /* for completions, in all */
	int64_t answered;             /* with 200, completely, to the end */
	int64_t asked_again;          /* whose body had been sent before */
	int64_t answered_again;       /* answered, though their body had been answered before */
	int64_t in_flight, peak;      /* requests whose reply is not sent yet */
	int64_t prompt_tokens, completion_tokens; /* of begun answers */
	int64_t by_status[STATUS_MAX]; /* 0: ended without a status (reset, hung) */
	int64_t violations[LIMIT_COUNT];
	int64_t faults[FAULTS_MAX];   /* by row of fault_table */
	struct http_counts connections;
};

void stats_begin(struct stats *s);
void stats_end(struct stats *s, unsigned status, bool answered);
int stats_reply(const struct stats *s, struct json_out *json, struct http_reply *out);

#endif
