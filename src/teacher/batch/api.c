#include "teacher/batch/api.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "teacher/http/backoff.h"

#define MB ((size_t)1000 * 1000)
#define DAY ",\"completion_window\":\"24h\""

static const struct batch_api rows[] = {
	{ .name = "Mistral", .hosts = "api.mistral.ai", .path = "/batch/jobs", .body = "body",
	  .cancel = "/cancel", .says_model = true, .is_named = true, .requests = 10000,
	  .bytes = 100 * MB },
	{ .name = "OpenRouter", .hosts = "openrouter.ai", .path = "/batches", .body = "body",
	  .results = "/results", .says_model = true, .in_pages = true, .requests = 50000,
	  .bytes = 100 * MB },
	{ .name = "Together", .hosts = "api.together.xyz|api.together.ai", .path = "/batches",
	  .purpose = "batch-api", .cancel = "/cancel", .body = "body", .window = DAY,
	  .says_where = true, .is_named = true, .requests = 50000, .bytes = 100 * MB },
	{ .name = "Anthropic", .path = "/messages/batches", .body = "params", .cancel = "/cancel",
	  .results = "/results", .requests = 100000, .bytes = 256 * MB },
	{ .name = "OpenAI", .hosts = "", .path = "/batches", .purpose = "batch", .cancel = "/cancel",
	  .body = "body", .window = DAY, .says_where = true, .is_named = true, .requests = 50000,
	  .bytes = 200 * MB },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

const struct batch_api *batch_api_row(size_t i)
{
	return i < ROWS ? &rows[i] : NULL;
}

static bool is_among(struct view host, const char *hosts)
{
	struct view rest = view_of(hosts);
	while (rest.len) {
		size_t bar = view_find(rest, 0, "|");
		if (view_eqfold(view_sub(rest, 0, bar), host))
			return true;
		rest = bar == VIEW_NONE ? view_of("") : view_sub(rest, bar + 1, rest.len);
	}
	return false;
}

const struct batch_api *batch_api_of(const char *host, const struct wire *w)
{
	for (size_t i = 0; i < ROWS; i++) {
		bool is_language = strcmp(rows[i].name, w->name) == 0;
		bool is_host = w == &wire_openai && is_among(view_of(host), rows[i].hosts ? rows[i].hosts : "");
		if (is_language || is_host)
			return &rows[i];
	}
	return &rows[ROWS - 1];
}

/* Writing */

void batch_api_line(const struct batch_api *api, struct buf *out, const char *id, const char *endpoint,
		    struct view body)
{
	buf_addf(out, "{\"custom_id\":\"%s\",", id);
	if (api->says_where)
		buf_addf(out, "\"method\":\"POST\",\"url\":\"%s\",", endpoint);
	buf_addf(out, "\"%s\":", api->body);
	buf_add(out, body.p, body.len);
	buf_addstr(out, "}\n");
}

static void add_lines(struct buf *out, struct view lines)
{
	struct view rest = lines, line;
	bool is_first = true;
	buf_addstr(out, "\"requests\":[");
	while (view_line(&rest, &line)) {
		buf_addstr(out, is_first ? "" : ",");
		buf_add(out, line.p, line.len);
		is_first = false;
	}
	buf_addch(out, ']');
}

void batch_api_create(const struct batch_api *api, struct buf *out, const char *name,
		      const char *endpoint, const char *model, struct view file, struct view lines)
{
	buf_addch(out, '{');
	if (api->purpose) {
		buf_addstr(out, "\"input_file_id\":");
		json_add_text(out, file);
	} else {
		add_lines(out, lines);
	}
	if (api->purpose || api->says_model)
		buf_addf(out, ",\"endpoint\":\"%s\"", endpoint);
	if (api->says_model)
		buf_addf(out, ",\"model\":%s", model);
	buf_addstr(out, api->window ? api->window : "");
	if (api->is_named)
		buf_addf(out, ",\"metadata\":{\"sow\":\"%s\"}", name);
	buf_addch(out, '}');
}

/* Reading */

/* The first of the members with those names that exists. */
static const json_value *get_any(const json_value *v, const char *const *names)
{
	for (; *names; names++) {
		const json_value *found = json_get(v, *names);
		if (!json_is_missing(found))
			return found;
	}
	return NULL;
}

static int64_t count_at(const json_value *root, const char *const *names)
{
	const json_value *counts = json_get(root, "request_counts");
	int64_t n = json_integer(get_any(json_is_missing(counts) ? root : counts, names));
	return n > 0 ? n : 0;
}

/* Seconds since 1970, or a date. */
static int64_t time_at(const json_value *v)
{
	int64_t now = clock_wall();
	if (json_type(v) != JSON_TEXT)
		return json_integer(v) * CLOCK_SECOND;
	int64_t wait = backoff_timestamp(json_text(v), now);
	return wait < 0 ? 0 : now + wait;
}

static bool is_word(struct view word, const char *const *list)
{
	for (; *list; list++) {
		if (view_eqfold(word, view_of(*list)))
			return true;
	}
	return false;
}

void batch_api_read(const struct batch_api *api, const json_value *root, struct batch_news *news)
{
	/* OpenAI's, Together's, Mistral's; Anthropic has one status for every end. */
	static const char *const ended[] = { "completed", "expired", "cancelled", "canceled", "ended",
					     "success", "timeout_exceeded", "partially_succeeded", NULL };
	static const char *const failed[] = { "failed", NULL };
	static const char *const totals[] = { "total", "total_requests", NULL };
	static const char *const answers[] = { "completed", "succeeded", "succeeded_requests", NULL };
	static const char *const failures[] = { "failed", "errored", "failed_requests", NULL };
	static const char *const outputs[] = { "output_file_id", "output_file", NULL };
	static const char *const error_files[] = { "error_file_id", "error_file", NULL };
	static const char *const words[] = { "errors", "error", NULL };
	static const char *const states[] = { "processing_status", "status", NULL };
	const json_value *metadata = json_get(root, "metadata");
	*news = (struct batch_news){
		.id = json_text(json_get(root, "id")),
		.name = json_text(json_get(metadata, "sow")),
		.status = json_text(get_any(root, states)),
		.total = count_at(root, totals),
		.answered = count_at(root, answers),
		.failed = count_at(root, failures),
		.made = time_at(json_get(root, "created_at")),
		.expires = time_at(json_get(root, "expires_at")),
		.errors = get_any(root, words),
	};
	if (!news->total) { /* Anthropic splits them */
		static const char *const parts[][2] = { { "processing" }, { "canceled" }, { "expired" } };
		news->total = news->answered + news->failed;
		for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			news->total += count_at(root, (const char *[]){ parts[i][0], NULL });
	}
	news->files[0] = json_text(get_any(root, outputs));
	news->files[1] = json_text(get_any(root, error_files));
	bool has_results = api->results || news->files[0].len || news->files[1].len;
	if (is_word(news->status, failed))
		news->state = has_results && !api->results ? BATCH_ENDED : BATCH_FAILED;
	else if (is_word(news->status, ended))
		news->state = BATCH_ENDED;
	if (json_type(news->errors) == JSON_OBJECT && json_get(news->errors, "data"))
		news->errors = json_get(news->errors, "data");
	if (!json_count(news->errors) && json_type(news->errors) != JSON_TEXT)
		news->errors = NULL;
}

/* Anthropic's {"type": "succeeded", "message": …}. */
static void read_result(const json_value *result, struct batch_line *line)
{
	struct view type = json_text(json_get(result, "type"));
	if (view_eqstr(type, "succeeded")) {
		line->kind = LINE_ANSWER;
		line->status = 200;
		line->body = json_get(result, "message");
	} else if (view_eqstr(type, "errored")) {
		line->kind = LINE_FAILURE;
		line->body = json_get(result, "error");
	}
}

void batch_api_result(const json_value *root, struct batch_line *line)
{
	const json_value *response = json_get(root, "response"), *error = json_get(root, "error");
	const json_value *result = json_get(root, "result");
	struct view code = json_text(json_get(error, "code"));
	*line = (struct batch_line){ .id = json_text(json_get(root, "custom_id")), .kind = LINE_NOT_ASKED };
	if (json_type(result) == JSON_OBJECT) {
		read_result(result, line);
		return;
	}
	if (json_type(response) == JSON_OBJECT) {
		line->status = (int)json_integer(json_get(response, "status_code"));
		line->body = json_get(response, "body");
		bool is_fine = line->status >= 200 && line->status <= 299;
		line->kind = is_fine ? LINE_ANSWER : LINE_FAILURE;
	} else if (!json_is_missing(error) && !view_eqstr(code, "batch_expired") &&
		   !view_eqstr(code, "batch_cancelled")) {
		line->kind = LINE_FAILURE;
		line->body = root; /* whose "error" names it */
	}
}
