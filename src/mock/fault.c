#include "mock/fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "mock/draws.h"

#define INVALID "invalid_request_error"
#define SERVER "server_error"

const struct fault fault_table[] = {
	{ "400", FAULT_STATUS, 400, INVALID, NULL,
	  "Something in this request is not to our liking.", NULL },
	{ "401", FAULT_STATUS, 401, INVALID, "invalid_api_key", "Incorrect API key provided.",
	  NULL },
	{ "403", FAULT_STATUS, 403, INVALID, "forbidden", "You may not use this model.", NULL },
	{ "404", FAULT_STATUS, 404, INVALID, "model_not_found",
	  "The model does not exist or you do not have access to it.", NULL },
	{ "408", FAULT_STATUS, 408, SERVER, "timeout", "The request took too long to arrive.",
	  NULL },
	{ "413", FAULT_STATUS, 413, INVALID, NULL, "Request body is too large.", NULL },
	{ "429", FAULT_STATUS, 429, "requests", "rate_limit_exceeded",
	  "Rate limit reached. Please try again later.", NULL },
	{ "500", FAULT_STATUS, 500, SERVER, NULL,
	  "The server had an error while processing your request.", NULL },
	{ "502", FAULT_STATUS, 502, SERVER, NULL, "Bad gateway.", NULL },
	{ "503", FAULT_STATUS, 503, SERVER, NULL,
	  "The server is overloaded, please try again later.", NULL },
	{ "504", FAULT_STATUS, 504, SERVER, NULL, "The model did not answer in time.", NULL },
	{ "529", FAULT_STATUS, 529, SERVER, NULL, "Overloaded", NULL },
	{ "quota", FAULT_STATUS, 429, "insufficient_quota", "insufficient_quota",
	  "You exceeded your current quota, please check your plan and billing details.", NULL },
	{ "filter", FAULT_STATUS, 400, INVALID, "content_filter",
	  "The response was filtered due to the prompt triggering the content management policy.",
	  NULL },
	{ .name = "filtered", .kind = FAULT_FILTERED, .help = "an answer that ends as filtered" },
	{ .name = "error", .kind = FAULT_ERROR, .help = "an error within an answer" },
	{ .name = "reset", .kind = FAULT_RESET, .help = "the connection is reset" },
	{ .name = "cut", .kind = FAULT_CUT, .help = "the connection ends within the body" },
	{ .name = "drip", .kind = FAULT_DRIP, .help = "the body comes over two seconds" },
	{ .name = "garbage", .kind = FAULT_GARBAGE, .help = "broken JSON" },
	{ .name = "type", .kind = FAULT_TYPE, .help = "a page of HTML" },
	{ .name = "empty", .kind = FAULT_EMPTY, .help = "no choices" },
	{ .name = "hang", .kind = FAULT_HANG, .help = "no answer, ever" },
};
const size_t fault_count = sizeof(fault_table) / sizeof(*fault_table);

static const char *fault_name(const void *data, size_t i)
{
	(void)data;
	return fault_table[i].name;
}

static const struct fault *fault_find(const char *name, size_t len)
{
	for (size_t i = 0; i < fault_count; i++) {
		if (strlen(fault_table[i].name) == len &&
		    memcmp(fault_table[i].name, name, len) == 0)
			return &fault_table[i];
	}
	return NULL;
}

static int unknown(const char *name, size_t len, struct sow_error *err)
{
	char word[32] = "";
	if (len < sizeof(word))
		memcpy(word, name, len);
	const char *near = nearest_name(word, fault_name, NULL, fault_count);
	return error_set(err, SOW_USAGE, "fault '%.*s' is unknown%s%s%s", (int)len, name,
			 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

int faults_add(struct faults *f, const char *setting, struct sow_error *err)
{
	const char *equals = strchr(setting, '=');
	if (!equals)
		return error_set(err, SOW_USAGE, "fault '%s': expected NAME=PROBABILITY", setting);
	size_t len = (size_t)(equals - setting);
	const struct fault *fault = fault_find(setting, len);
	if (!fault)
		return unknown(setting, len, err);
	char *end;
	double p = strtod(equals + 1, &end), sum = p;
	if (end == equals + 1 || *end || !(p >= 0 && p <= 1))
		return error_set(err, SOW_USAGE,
				 "fault %s: expected a number from 0 to 1, not '%s'", fault->name,
				 equals + 1);
	for (size_t i = 0; i < f->count; i++)
		sum += f->list[i].probability;
	if (sum > 1 + 1e-9)
		return error_set(err, SOW_USAGE,
				 "fault %s: all faults together are more than 1 (%g)", fault->name,
				 sum);
	if (f->count == FAULTS_MAX)
		return error_set(err, SOW_TOOBIG, "more than %d faults", FAULTS_MAX);
	f->list[f->count].fault = fault;
	f->list[f->count++].probability = p;
	return SOW_OK;
}

const struct fault *faults_draw(const struct faults *f, uint64_t seed, const struct hash *body,
				uint32_t attempt)
{
	if (!f->count)
		return NULL;
	struct draw d = attempt_draw(seed, STREAM_FAULT, body, attempt);
	double x = draw_fraction(&d);
	for (size_t i = 0; i < f->count; i++) {
		x -= f->list[i].probability;
		if (x < 0)
			return f->list[i].fault;
	}
	return NULL;
}
