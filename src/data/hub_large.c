#include "data/hub_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"

/* Headers of an action as lines, the empty type first, since a file is not "application/json". */
static const char **action_headers(struct hub *h, const json_value *action, const char *type, size_t *count)
{
	const json_value *given = json_get(action, "header");
	const char **lines = arena_array(h->arena, json_count(given) + 1, sizeof(*lines));
	*count = 0;
	lines[(*count)++] = type;
	for (const json_value *m = json_first(given); m; m = json_next(given, m)) {
		struct view name = json_key(m);
		struct buf line = BUF_INIT;
		if (view_eqstr(name, "chunk_size") || (name.len && ascii_digit(name.p[0])))
			continue;
		buf_addf(&line, "%.*s: %.*s", VIEW_ARG(name), VIEW_ARG(json_text(m)));
		lines[(*count)++] = arena_copystr(h->arena, line.data);
		buf_release(&line);
	}
	return lines;
}

/* The parts of a file sent in several: the name of each is its number. */
static const json_value *find_part(const json_value *given, size_t number)
{
	for (const json_value *m = json_first(given); m; m = json_next(given, m)) {
		struct view name = json_key(m);
		if (name.len && ascii_digit(name.p[0]) && strtoul(name.p, NULL, 10) == number)
			return m;
	}
	return NULL;
}

static int put(struct hub *h, const struct hub_file *f, const char *url, struct hub_message *m,
	       struct sow_error *err)
{
	m->file = open(f->where, O_RDONLY | O_CLOEXEC);
	if (m->file < 0)
		return error_errno(err, f->where);
	int status = hub_send(h, "cannot send a file", url, m, 0, err);
	close(m->file);
	return status;
}

static int send_part(struct hub *h, const struct hub_file *f, const json_value *parts, size_t number,
		     size_t from, size_t size, struct sow_error *err)
{
	static const char *const no_type[] = { "Content-Type:" };
	struct hub_message m = { .headers = no_type, .header_count = 1, .from = from,
				 .len = f->size - from < size ? f->size - from : size };
	struct view url = json_text(find_part(parts, number));
	if (!url.len)
		return error_set(err, SOW_INVALID, "%s: no address for part %zu of %s", h->base.data,
				 number, f->path);
	return put(h, f, url.p, &m, err);
}

/* Reports to the Hub the tag that it gave each part. */
static int join_parts(struct hub *h, const json_value *action, const struct buf *text,
		      struct sow_error *err)
{
	static const char *const types[] = { "Content-Type: " HUB_LFS_TYPE, "Accept: " HUB_LFS_TYPE };
	const struct hub_message m = { .headers = types, .header_count = 2, .text = text };
	return hub_send(h, "cannot put a file's parts together",
			json_text(json_get(action, "href")).p, &m, 0, err);
}

static int send_parts(struct hub *h, const struct hub_file *f, const json_value *action, size_t size,
		      struct sow_error *err)
{
	struct json_out *json = json_out_new();
	struct buf text = BUF_INIT;
	int status = SOW_OK;
	json_out_object(json, NULL);
	json_out_text(json, "oid", view_of(f->hash));
	json_out_array(json, "parts");
	for (size_t from = 0, number = 1; from < f->size && !status; from += size, number++) {
		status = send_part(h, f, json_get(action, "header"), number, from, size, err);
		json_out_object(json, NULL);
		json_out_integer(json, "partNumber", (int64_t)number);
		json_out_text(json, "etag", http_sync_header(&h->http, "etag"));
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
	int finished = hub_text(json, &text, status ? NULL : err);
	status = status ? status : finished;
	if (!status)
		status = join_parts(h, action, &text, err);
	buf_release(&text);
	return status;
}

static bool is_of_hub(const struct hub *h, struct view url)
{
	return view_starts(url, h->base.data) && url.len > h->base.len && url.p[h->base.len] == '/';
}

static int verify(struct hub *h, const struct hub_file *f, const json_value *action,
		  struct sow_error *err)
{
	struct view url = json_text(json_get(action, "href"));
	struct json_out *json = json_out_new();
	struct buf text = BUF_INIT;
	struct hub_message m = { .text = &text, .secret = is_of_hub(h, url) };
	m.headers = action_headers(h, action, "Content-Type: " HUB_LFS_TYPE, &m.header_count);
	json_out_object(json, NULL);
	json_out_text(json, "oid", view_of(f->hash));
	json_out_integer(json, "size", (int64_t)f->size);
	json_out_end(json);
	int status = hub_text(json, &text, err);
	if (!status)
		status = hub_send(h, "cannot have a file verified", url.p, &m, 0, err);
	buf_release(&text);
	return status;
}

static void tell(const struct hub *h, const char *what, const char *path)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s %s", what, path);
	if (h->o->tell)
		h->o->tell(h->o->data, line.data);
	buf_release(&line);
}

/* Does what the Hub's reply demands for a large file: nothing if it has the file. */
static int send_large(struct hub *h, const struct hub_file *f, const json_value *object,
		      struct sow_error *err)
{
	const json_value *actions = json_get(object, "actions");
	const json_value *upload = json_get(actions, "upload"), *check = json_get(actions, "verify");
	struct view url = json_text(json_get(upload, "href"));
	struct view said = json_text(json_get(json_get(object, "error"), "message"));
	struct hub_message m = { .len = f->size };
	if (said.len)
		return error_set(err, SOW_INVALID, "%s: %s: %.*s", h->base.data, f->path,
				 VIEW_ARG(said));
	if (!url.len) {
		h->pushed->there++;
		return SOW_OK;
	}
	tell(h, "sending", f->path);
	struct view chunk = json_text(json_get(json_get(upload, "header"), "chunk_size"));
	size_t size = chunk.len ? strtoul(chunk.p, NULL, 10) : 0;
	int status = SOW_OK;
	if (size) {
		status = send_parts(h, f, upload, size, err);
	} else {
		m.headers = action_headers(h, upload, "Content-Type:", &m.header_count);
		status = put(h, f, url.p, &m, err);
	}
	if (!status && json_text(json_get(check, "href")).len)
		status = verify(h, f, check, err);
	h->pushed->sent += !status;
	return status;
}

static const struct hub_file *find_large(const struct hub *h, struct view hash)
{
	for (size_t i = 0; i < h->count; i++) {
		if (h->files[i].large && view_eqstr(hash, h->files[i].hash))
			return &h->files[i];
	}
	return NULL;
}

static int describe_large(struct hub *h, size_t from, size_t to, struct buf *text, size_t *count,
			  struct sow_error *err)
{
	struct json_out *json = json_out_new();
	*count = 0;
	json_out_object(json, NULL);
	json_out_text(json, "operation", view_of("upload"));
	json_out_array(json, "transfers");
	json_out_text(json, NULL, view_of("basic"));
	json_out_text(json, NULL, view_of("multipart"));
	json_out_end(json);
	json_out_text(json, "hash_algo", view_of("sha_256"));
	json_out_array(json, "objects");
	for (size_t i = from; i < to; i++) {
		const struct hub_file *f = &h->files[i];
		if (!f->large || find_large(h, view_of(f->hash)) != f)
			continue; /* or it sends another with the same content */
		json_out_object(json, NULL);
		json_out_text(json, "oid", view_of(f->hash));
		json_out_integer(json, "size", (int64_t)f->size);
		json_out_end(json);
		++*count;
	}
	json_out_end(json);
	json_out_end(json);
	return hub_text(json, text, err);
}

static int send_some(struct hub *h, size_t from, size_t to, struct sow_error *err)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	const json_value *reply = NULL;
	size_t count = 0;
	buf_addf(&path, "/datasets/%s.git/info/lfs/objects/batch", h->o->repository);
	int status = describe_large(h, from, to, &text, &count, err);
	if (!status && count)
		status = hub_ask(h, "cannot ask where files go", &path, HUB_LFS_TYPE, &text, 0, &reply,
				 err);
	const json_value *list = json_get(reply, "objects");
	size_t told = 0;
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		const struct hub_file *f = find_large(h, json_text(json_get(v, "oid")));
		told += f != NULL;
		status = f ? send_large(h, f, v, err) : SOW_OK;
	}
	if (!status && told < count)
		status = error_set(err, SOW_INVALID, "%s: it says where %zu files go, and not %zu",
				   h->base.data, told, count);
	buf_release(&text);
	buf_release(&path);
	return status;
}

int hub_send_large(struct hub *h, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t i = 0; i < h->count && !status; i++) {
		struct hash hash;
		if (!h->files[i].large)
			continue;
		status = hash_file(h->files[i].where, &hash, err);
		hash_hex(&hash, h->files[i].hash);
	}
	for (size_t from = 0; from < h->count && !status; from += HUB_TOGETHER)
		status = send_some(h, from, from + HUB_TOGETHER < h->count ? from + HUB_TOGETHER : h->count, err);
	return status;
}
