#include "mock/stats.h"

#include <stdio.h>

#include "base/buf.h"
#include "mock/wire.h"

void stats_begin(struct stats *s)
{
	s->requests++;
	if (++s->in_flight > s->peak)
		s->peak = s->in_flight;
}

void stats_end(struct stats *s, unsigned status, bool answered)
{
	s->in_flight--;
	s->answered += answered;
	if (status < STATUS_MAX)
		s->by_status[status]++;
}

static void put_statuses(const struct stats *s, struct json_out *json)
{
	json_out_object(json, "by_status");
	for (unsigned i = 0; i < STATUS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%u", i);
		if (s->by_status[i])
			json_out_integer(json, i ? name : "none", s->by_status[i]);
	}
	json_out_end(json);
}

static void put_faults(const struct stats *s, struct json_out *json)
{
	json_out_object(json, "faults");
	for (size_t i = 0; i < fault_count; i++) {
		if (s->faults[i])
			json_out_integer(json, fault_table[i].name, s->faults[i]);
	}
	json_out_end(json);
}

static void put_violations(const struct stats *s, struct json_out *json)
{
	json_out_object(json, "violations");
	for (size_t i = 0; i < LIMIT_COUNT; i++)
		json_out_integer(json, limit_names[i], s->violations[i]);
	json_out_end(json);
}

int stats_reply(const struct stats *s, struct json_out *json, struct http_reply *out)
{
	json_out_object(json, NULL);
	json_out_integer(json, "requests", s->requests);
	json_out_integer(json, "answered", s->answered);
	json_out_integer(json, "asked_again", s->asked_again);
	json_out_integer(json, "answered_again", s->answered_again);
	json_out_integer(json, "in_flight", s->in_flight);
	json_out_integer(json, "peak_in_flight", s->peak);
	put_statuses(s, json);
	put_faults(s, json);
	put_violations(s, json);
	json_out_integer(json, "prompt_tokens", s->prompt_tokens);
	json_out_integer(json, "completion_tokens", s->completion_tokens);
	json_out_object(json, "connections");
	json_out_integer(json, "opened", s->connections.opened);
	json_out_integer(json, "open", s->connections.open);
	json_out_integer(json, "peak", s->connections.peak);
	json_out_end(json);
	json_out_end(json);
	struct buf text = BUF_INIT;
	int status = json_out_write(json, &text, JSON_PRETTY);
	buf_addch(&text, '\n');
	if (!status)
		status = wire_body(&text, 200, "application/json", out);
	buf_release(&text);
	return status;
}
