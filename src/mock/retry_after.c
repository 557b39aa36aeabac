#include "mock/retry_after.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"

int retry_after_read(struct retry_after *r, const char *text, struct sow_error *err)
{
	char *end;
	long long seconds = strtoll(text, &end, 10);
	*r = (struct retry_after){ .form = RETRY_SECONDS, .seconds = 1 };
	if (strcmp(text, "date") == 0) {
		r->form = RETRY_DATE;
	} else if (strcmp(text, "none") == 0) {
		r->form = RETRY_NONE;
	} else if (end != text && !*end && seconds >= 0 && seconds <= 86400) {
		r->seconds = seconds;
	} else {
		return error_set(
			err, SOW_USAGE,
			"retry-after: expected seconds from 0 to 86400, date or none, not '%s'",
			text);
	}
	return SOW_OK;
}

void retry_after_put(const struct retry_after *r, int64_t wait, int64_t wall,
		     struct http_reply *out)
{
	int64_t seconds = (wait + CLOCK_SECOND - 1) / CLOCK_SECOND;
	char date[64];
	struct tm tm;
	time_t when = (time_t)((wall + wait + CLOCK_SECOND - 1) / CLOCK_SECOND);
	switch (r->form) {
	case RETRY_SECONDS:
		http_reply_field(out, "Retry-After", "%" PRId64, seconds);
		break;
	case RETRY_DATE:
		gmtime_r(&when, &tm);
		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		http_reply_field(out, "Retry-After", "%s", date);
		break;
	case RETRY_NONE:
		break;
	}
}
