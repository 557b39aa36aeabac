#include "mock/log.h"

#include <inttypes.h>

#include "base/clock.h"

static void add_seconds(struct buf *out, const char *name, int64_t ns)
{
	buf_addf(out, "\"%s\":%" PRId64 ".%06" PRId64 ",", name, ns / CLOCK_SECOND,
		 ns % CLOCK_SECOND / 1000);
}

void log_add(struct buf *out, const struct log_line *l)
{
	char hex[HASH_HEX_SIZE];
	hash_hex(&l->body, hex);
	buf_addf(out, "{\"n\":%" PRId64 ",", l->n);
	add_seconds(out, "time", l->wall);
	add_seconds(out, "took", l->took);
	buf_addf(out, "\"body\":\"%s\",\"seed\":%" PRId64 ",\"key\":\"%s\",\"attempt\":%" PRIu32
		 ",\"fault\":%s%s%s,", hex, l->seed, l->key, l->attempt, l->fault ? "\"" : "",
		 l->fault ? l->fault : "null",
		 l->fault ? "\"" : "");
	buf_addf(out, "\"status\":%u,\"answered\":%s}\n", l->status,
		 l->answered ? "true" : "false");
}
