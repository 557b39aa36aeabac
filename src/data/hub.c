#include "data/hub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/view.h"
#include "io/hash.h"
#include "io/http_client.h"
#include "io/infile.h"
#include "io/json.h"

#define TRIES 5
#define FIRST_WAIT (200 * CLOCK_MS) /* before another try; doubles */
#define ANSWER_TIMEOUT (120000 * CLOCK_MS)
#define SEND_TIMEOUT (3600000 * CLOCK_MS)
#define ANSWER_MAX ((size_t)16 << 20)
#define SAMPLE 512       /* bytes of a file that the Hub looks at */
#define TOGETHER 256     /* files in one question */
#define REGULAR_MAX ((size_t)10 << 20) /* of a file that stands in the commit itself */
#define LFS_TYPE "application/vnd.git-lfs+json"

struct file {
	char *path;              /* within the folder */
	char *where;
	size_t size;
	bool large, ignored;
	char hash[HASH_HEX_SIZE];
};

struct hub {
	const struct hub_options *o;
	struct http *http;
	struct arena *arena;
	struct buf base;         /* "https://huggingface.co" */
	struct buf secret;       /* the header */
	struct file *files;
	size_t count, room;
	struct hub_pushed *pushed;
	/* the last answer */
	bool done;
	int status;
	enum http_trouble trouble;
	struct buf words, body, etag;
};

/* Token */

static int read_token(const char *path, struct buf *token)
{
	struct buf text = BUF_INIT;
	if (infile_whole(path, &text, NULL) == SOW_OK) {
		struct view v = view_trim(view_from(text.data, text.len));
		buf_add(token, v.p, v.len);
	}
	buf_release(&text);
	return token->status;
}

int hub_token(struct buf *token, struct sow_error *err)
{
	const char *given = getenv("HF_TOKEN"), *path = getenv("HF_TOKEN_PATH");
	const char *home = getenv("HF_HOME"), *user = getenv("HOME");
	struct buf found = BUF_INIT;
	int status = SOW_OK;
	if (given && *given)
		buf_addstr(token, given);
	else if (path && *path)
		buf_addstr(&found, path);
	else if (home && *home)
		buf_addf(&found, "%s/token", home);
	else if (user && *user)
		buf_addf(&found, "%s/.cache/huggingface/token", user);
	if (found.len)
		status = read_token(found.data, token);
	if (status || buf_failed(&found) || buf_failed(token))
		status = error_nomem(err);
	else if (!token->len)
		status = error_set(err, SOW_MISSING, "no token for the Hub: set HF_TOKEN, or log in with "
				   "`hf auth login`");
	buf_release(&found);
	return status;
}

/* Files */

static int add_file(struct hub *h, const char *path, const char *where, const struct stat *st)
{
	if (mem_grow(&h->files, &h->room, h->count + 1))
		return SOW_NOMEM;
	struct file *f = &h->files[h->count++];
	*f = (struct file){ .path = arena_copystr(h->arena, path),
			    .where = arena_copystr(h->arena, where), .size = (size_t)st->st_size };
	return f->path && f->where ? SOW_OK : SOW_NOMEM;
}

/* `inside` is the path within the folder, "" at first. */
static int list_files(struct hub *h, const char *folder, const char *inside, struct sow_error *err)
{
	DIR *dir = opendir(folder);
	int status = SOW_OK;
	if (!dir)
		return error_errno(err, folder);
	for (struct dirent *e; !status && (e = readdir(dir));) {
		struct stat st;
		struct buf where = BUF_INIT, path = BUF_INIT;
		if (e->d_name[0] == '.')
			continue;
		buf_addf(&where, "%s/%s", folder, e->d_name);
		buf_addf(&path, "%s%s%s", inside, *inside ? "/" : "", e->d_name);
		if (buf_failed(&where) || buf_failed(&path))
			status = error_nomem(err);
		else if (stat(where.data, &st) < 0)
			status = error_errno(err, where.data);
		else if (S_ISDIR(st.st_mode))
			status = list_files(h, where.data, path.data, err);
		else if (S_ISREG(st.st_mode) && add_file(h, path.data, where.data, &st))
			status = error_nomem(err);
		buf_release(&where);
		buf_release(&path);
	}
	closedir(dir);
	return status;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

/* Asking */

static void take_answer(void *data, void *unused, const struct http_answer *a)
{
	struct hub *h = data;
	struct view etag = http_header(a->headers, "etag");
	(void)unused;
	h->done = true;
	h->status = a->status;
	h->trouble = a->trouble;
	buf_clear(&h->words);
	buf_clear(&h->body);
	buf_clear(&h->etag);
	buf_addstr(&h->words, a->words ? a->words : "");
	buf_add(&h->body, a->body.p, a->body.len);
	buf_add(&h->etag, etag.p, etag.len);
}

/* What is sent: a text, or a piece of a file. */
struct message {
	const char *const *headers;
	size_t header_count;
	bool secret;                 /* it goes to the Hub */
	const struct buf *text;
	int file;
	size_t from, len;
};

static int send_once(struct hub *h, const char *url, const struct message *m, struct sow_error *err)
{
	const char *const secrets[] = { h->secret.data };
	struct http_place *p = http_place_new(h->http, url, m->headers, m->header_count, secrets,
					      m->secret ? 1 : 0, err);
	if (!p)
		return err->status;
	struct http_call *c = http_call_new(h->http);
	if (!c)
		return error_nomem(err);
	if (m->text)
		buf_add(http_call_body(c), m->text->data, m->text->len);
	else
		http_call_put(c, m->file, (int64_t)m->from, m->len);
	h->done = false;
	int status = http_call_send(c, p, m->text ? ANSWER_TIMEOUT : SEND_TIMEOUT, NULL);
	if (status)
		return error_nomem(err);
	while (!status && !h->done)
		status = http_turn(h->http, 1000 * CLOCK_MS, take_answer, h, err);
	if (!status && (buf_failed(&h->body) || buf_failed(&h->words) || buf_failed(&h->etag)))
		status = error_nomem(err);
	return status;
}

static bool may_pass(const struct hub *h)
{
	if (h->trouble)
		return h->trouble == HTTP_NO_CONNECTION || h->trouble == HTTP_TIMEOUT ||
		       h->trouble == HTTP_BROKEN;
	return h->status == 408 || h->status == 429 || h->status >= 500;
}

/* The Hub's own words, or the beginning of what it sent. */
static struct view words_of(struct hub *h)
{
	struct sow_error own = { 0 };
	struct view body = view_from(h->body.data, h->body.len);
	struct json *doc = json_parse_lenient(body, h->arena, NULL, NULL, &own);
	const json_value *root = json_root(doc);
	struct view said = json_text(json_get(root, "error"));
	if (!said.len)
		said = json_text(json_get(root, "message"));
	return said.len ? said : view_trim(view_sub(body, 0, 200));
}

static int fail(struct hub *h, const char *what, struct sow_error *err)
{
	if (h->trouble)
		return error_set(err, SOW_IO, "%s: %s: %s", h->base.data, what, h->words.data);
	struct view words = words_of(h);
	return error_set(err, SOW_INVALID, "%s: %s: status %d%s%.*s%s", h->base.data, what, h->status,
			 words.len ? ": " : "", VIEW_ARG(words),
			 h->status == 401 ? "; is the token right, and may it write?" : "");
}

/* Sends it, again where that may help. SOW_OK with an answer of 200 to 299, or of `also`. */
static int ask(struct hub *h, const char *what, const char *url, const struct message *m, int also,
	       struct sow_error *err)
{
	int64_t wait = FIRST_WAIT;
	for (int try = 1;; try++) {
		int status = send_once(h, url, m, err);
		if (status)
			return status;
		if (!h->trouble && ((h->status >= 200 && h->status < 300) || h->status == also))
			return SOW_OK;
		if (try == TRIES || !may_pass(h))
			return fail(h, what, err);
		usleep((useconds_t)(wait / 1000));
		wait *= 2;
	}
}

/* Asks the Hub itself; *reply lives in the arena. */
static int ask_hub(struct hub *h, const char *what, const char *path, const char *type,
		   const struct buf *text, int also, const json_value **reply, struct sow_error *err)
{
	struct buf url = BUF_INIT, content = BUF_INIT, accept = BUF_INIT;
	buf_addf(&url, "%s%s", h->base.data, path);
	buf_addf(&content, "Content-Type: %s", type);
	buf_addf(&accept, "Accept: %s", strcmp(type, LFS_TYPE) == 0 ? LFS_TYPE : "application/json");
	const char *const headers[] = { content.data, accept.data };
	const struct message m = { .headers = headers, .header_count = 2, .secret = true,
				   .text = text };
	int status = buf_failed(&url) || buf_failed(&content) || buf_failed(&accept) || buf_failed(text)
			     ? error_nomem(err) : ask(h, what, url.data, &m, also, err);
	if (!status && reply) {
		struct sow_error own = { 0 };
		struct json *doc = json_parse_lenient(view_from(h->body.data, h->body.len), h->arena,
						      NULL, NULL, &own);
		*reply = json_root(doc);
		if (!doc)
			status = error_set(err, SOW_INVALID, "%s: %s: the answer is no JSON", h->base.data,
					   what);
	}
	buf_release(&url);
	buf_release(&content);
	buf_release(&accept);
	return status;
}

static int finish_text(struct json_out *json, struct buf *text, struct sow_error *err)
{
	int status = json_out_write(json, text, JSON_LINE);
	json_out_free(json);
	if (status == SOW_INVALID)
		return error_set(err, SOW_USAGE, "expected names in UTF-8");
	return status ? error_nomem(err) : SOW_OK;
}

static void add_base64(struct buf *out, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < len; i += 3) {
		size_t rest = len - i;
		unsigned v = (unsigned)bytes[i] << 16 | (rest > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
			     (rest > 2 ? bytes[i + 2] : 0u);
		buf_addch(out, digits[v >> 18]);
		buf_addch(out, digits[v >> 12 & 63]);
		buf_addch(out, rest > 1 ? digits[v >> 6 & 63] : '=');
		buf_addch(out, rest > 2 ? digits[v & 63] : '=');
	}
}

/* The first bytes of a file, or all of them, in base 64. */
static int add_content(struct buf *out, const struct file *f, size_t most, struct sow_error *err)
{
	size_t len = f->size < most ? f->size : most;
	unsigned char *bytes = mem_alloc(len + 1);
	FILE *file = bytes ? fopen(f->where, "rb") : NULL;
	int status = !bytes ? error_nomem(err) : !file ? error_errno(err, f->where) : SOW_OK;
	if (!status && fread(bytes, 1, len, file) != len)
		status = error_set(err, SOW_IO, "%s: changed while it was read", f->where);
	if (!status)
		add_base64(out, bytes, len);
	if (file)
		fclose(file);
	mem_free(bytes);
	return status;
}

/* Steps */

static int make_repository(struct hub *h, struct sow_error *err)
{
	const char *slash = strchr(h->o->repository, '/');
	struct json_out *json = json_out_new();
	struct buf text = BUF_INIT, owner = BUF_INIT;
	if (!json)
		return error_nomem(err);
	buf_add(&owner, h->o->repository, (size_t)(slash - h->o->repository));
	json_out_object(json, NULL);
	json_out_text(json, "type", view_of("dataset"));
	json_out_text(json, "name", view_of(slash + 1));
	json_out_text(json, "organization", view_from(owner.data, owner.len));
	json_out_bool(json, "private", h->o->is_private);
	json_out_end(json);
	int status = finish_text(json, &text, err);
	if (!status) /* 409: it is there */
		status = ask_hub(h, "cannot make the repository", "/api/repos/create",
				 "application/json", &text, 409, NULL, err);
	buf_release(&text);
	buf_release(&owner);
	return status;
}

static struct file *find_file(struct hub *h, struct view path)
{
	for (size_t i = 0; i < h->count; i++) {
		if (view_eqstr(path, h->files[i].path))
			return &h->files[i];
	}
	return NULL;
}

static int describe_files(struct hub *h, size_t from, size_t to, struct buf *text,
			  struct sow_error *err)
{
	struct json_out *json = json_out_new();
	struct buf sample = BUF_INIT;
	int status = json ? SOW_OK : error_nomem(err);
	if (status)
		return status;
	json_out_object(json, NULL);
	json_out_array(json, "files");
	for (size_t i = from; i < to && !status; i++) {
		buf_clear(&sample);
		status = add_content(&sample, &h->files[i], SAMPLE, err);
		json_out_object(json, NULL);
		json_out_text(json, "path", view_of(h->files[i].path));
		json_out_integer(json, "size", (int64_t)h->files[i].size);
		json_out_text(json, "sample", view_from(sample.data, sample.len));
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
	buf_release(&sample);
	int finished = finish_text(json, text, status ? NULL : err);
	return status ? status : finished;
}

/* Asks which of the files are large. */
static int sort_files(struct hub *h, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t from = 0; from < h->count && !status; from += TOGETHER) {
		struct buf text = BUF_INIT, path = BUF_INIT;
		const json_value *reply = NULL;
		size_t to = from + TOGETHER < h->count ? from + TOGETHER : h->count;
		buf_addf(&path, "/api/datasets/%s/preupload/main", h->o->repository);
		status = describe_files(h, from, to, &text, err);
		if (!status)
			status = ask_hub(h, "cannot ask how files are kept", path.data,
					 "application/json", &text, 0, &reply, err);
		const json_value *list = json_get(reply, "files");
		for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
			struct file *f = find_file(h, json_text(json_get(v, "path")));
			if (!f)
				continue;
			f->large = view_eqstr(json_text(json_get(v, "uploadMode")), "lfs");
			f->ignored = json_bool(json_get(v, "shouldIgnore"));
		}
		buf_release(&text);
		buf_release(&path);
	}
	for (size_t i = 0; i < h->count && !status; i++) {
		const struct file *f = &h->files[i];
		if (!f->large && !f->ignored && f->size > REGULAR_MAX)
			status = error_set(err, SOW_TOOBIG, "%s: the Hub wants it in the commit itself, for "
					   "which it is too large", f->where);
	}
	return status;
}

/* Headers of an action as lines, the empty type first, since "application/json" is not what a file
 * is. */
static int action_headers(struct hub *h, const json_value *action, const char *type,
			  const char ***lines, size_t *count)
{
	const json_value *given = json_get(action, "header");
	*lines = arena_array(h->arena, json_count(given) + 1, sizeof(**lines));
	*count = 0;
	if (!*lines)
		return SOW_NOMEM;
	(*lines)[(*count)++] = type;
	for (const json_value *m = json_first(given); m; m = json_next(given, m)) {
		struct view name = json_key(m);
		struct buf line = BUF_INIT;
		if (view_eqstr(name, "chunk_size") || (name.len && ascii_digit(name.p[0])))
			continue;
		buf_addf(&line, "%.*s: %.*s", VIEW_ARG(name), VIEW_ARG(json_text(m)));
		(*lines)[*count] = arena_copystr(h->arena, line.data);
		bool failed = buf_failed(&line) || !(*lines)[*count];
		buf_release(&line);
		if (failed)
			return SOW_NOMEM;
		(*count)++;
	}
	return SOW_OK;
}

/* The parts of a file that is sent in several: the name of each is its number. */
static const json_value *find_part(const json_value *given, size_t number)
{
	for (const json_value *m = json_first(given); m; m = json_next(given, m)) {
		struct view name = json_key(m);
		if (name.len && ascii_digit(name.p[0]) && strtoul(name.p, NULL, 10) == number)
			return m;
	}
	return NULL;
}

static int put(struct hub *h, const struct file *f, const char *url, struct message *m,
	       struct sow_error *err)
{
	m->file = open(f->where, O_RDONLY | O_CLOEXEC);
	if (m->file < 0)
		return error_errno(err, f->where);
	int status = ask(h, "cannot send a file", url, m, 0, err);
	close(m->file);
	return status;
}

static int send_parts(struct hub *h, const struct file *f, const json_value *action, size_t size,
		      struct sow_error *err)
{
	static const char *const no_type[] = { "Content-Type:" };
	static const char *const lfs_type[] = { "Content-Type: " LFS_TYPE, "Accept: " LFS_TYPE };
	const json_value *given = json_get(action, "header");
	struct json_out *json = json_out_new();
	struct buf text = BUF_INIT;
	int status = json ? SOW_OK : error_nomem(err);
	if (status)
		return status;
	json_out_object(json, NULL);
	json_out_text(json, "oid", view_of(f->hash));
	json_out_array(json, "parts");
	for (size_t from = 0, number = 1; from < f->size && !status; from += size, number++) {
		struct message m = { .headers = no_type, .header_count = 1, .from = from,
				     .len = f->size - from < size ? f->size - from : size };
		struct view url = json_text(find_part(given, number));
		if (!url.len)
			status = error_set(err, SOW_INVALID, "%s: no address for part %zu of %s",
					   h->base.data, number, f->path);
		else
			status = put(h, f, url.p, &m, err);
		json_out_object(json, NULL);
		json_out_integer(json, "partNumber", (int64_t)number);
		json_out_text(json, "etag", view_from(h->etag.data, h->etag.len));
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
	int finished = finish_text(json, &text, status ? NULL : err);
	status = status ? status : finished;
	const struct message m = { .headers = lfs_type, .header_count = 2, .text = &text };
	if (!status)
		status = ask(h, "cannot put a file's parts together",
			     json_text(json_get(action, "href")).p, &m, 0, err);
	buf_release(&text);
	return status;
}

static int verify(struct hub *h, const struct file *f, const json_value *action,
		  struct sow_error *err)
{
	struct json_out *json = json_out_new();
	struct buf text = BUF_INIT;
	struct message m = { .text = &text };
	const char **lines;
	if (!json || action_headers(h, action, "Content-Type: " LFS_TYPE, &lines, &m.header_count)) {
		json_out_free(json);
		return error_nomem(err);
	}
	m.headers = lines;
	json_out_object(json, NULL);
	json_out_text(json, "oid", view_of(f->hash));
	json_out_integer(json, "size", (int64_t)f->size);
	json_out_end(json);
	int status = finish_text(json, &text, err);
	if (!status)
		status = ask(h, "cannot have a file verified", json_text(json_get(action, "href")).p, &m,
			     0, err);
	buf_release(&text);
	return status;
}

static void tell(const struct hub *h, const char *what, const char *path)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s %s", what, path);
	if (h->o->tell && !buf_failed(&line))
		h->o->tell(h->o->data, line.data);
	buf_release(&line);
}

/* What the Hub says is to be done with a large file: nothing if it has it. */
static int send_large(struct hub *h, const struct file *f, const json_value *object,
		      struct sow_error *err)
{
	const json_value *actions = json_get(object, "actions");
	const json_value *upload = json_get(actions, "upload"), *check = json_get(actions, "verify");
	struct view url = json_text(json_get(upload, "href"));
	struct view said = json_text(json_get(json_get(object, "error"), "message"));
	struct message m = { .len = f->size };
	const char **lines;
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
	} else if (action_headers(h, upload, "Content-Type:", &lines, &m.header_count)) {
		status = error_nomem(err);
	} else {
		m.headers = lines;
		status = put(h, f, url.p, &m, err);
	}
	if (!status && json_text(json_get(check, "href")).len)
		status = verify(h, f, check, err);
	h->pushed->sent += !status;
	return status;
}

static const struct file *find_large(const struct hub *h, struct view hash)
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
	if (!json)
		return error_nomem(err);
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
		const struct file *f = &h->files[i];
		if (!f->large || f->ignored || find_large(h, view_of(f->hash)) != f)
			continue; /* or another with the same content goes */
		json_out_object(json, NULL);
		json_out_text(json, "oid", view_of(f->hash));
		json_out_integer(json, "size", (int64_t)f->size);
		json_out_end(json);
		++*count;
	}
	json_out_end(json);
	json_out_end(json);
	return finish_text(json, text, err);
}

static int send_some(struct hub *h, size_t from, size_t to, struct sow_error *err)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	const json_value *reply = NULL;
	size_t count = 0;
	buf_addf(&path, "/datasets/%s.git/info/lfs/objects/batch", h->o->repository);
	int status = describe_large(h, from, to, &text, &count, err);
	if (!status && count)
		status = ask_hub(h, "cannot ask where files go", path.data, LFS_TYPE, &text, 0, &reply,
				 err);
	const json_value *list = json_get(reply, "objects");
	size_t told = 0;
	for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
		const struct file *f = find_large(h, json_text(json_get(v, "oid")));
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

static int send_files(struct hub *h, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t i = 0; i < h->count && !status; i++) {
		struct hash hash;
		if (!h->files[i].large)
			continue;
		status = hash_file(h->files[i].where, &hash, err);
		hash_hex(&hash, h->files[i].hash);
	}
	for (size_t from = 0; from < h->count && !status; from += TOGETHER)
		status = send_some(h, from, from + TOGETHER < h->count ? from + TOGETHER : h->count, err);
	return status;
}

/* A line of the commit: {"key": KEY, "value": {…}}. */
static struct json_out *begin_line(const char *key)
{
	struct json_out *json = json_out_new();
	if (json) {
		json_out_object(json, NULL);
		json_out_text(json, "key", view_of(key));
		json_out_object(json, "value");
	}
	return json;
}

static int end_line(struct json_out *json, struct buf *text, struct sow_error *err)
{
	json_out_end(json);
	json_out_end(json);
	int status = finish_text(json, text, err);
	buf_addch(text, '\n');
	return status;
}

static int add_file_line(const struct file *f, struct buf *text, struct sow_error *err)
{
	struct buf content = BUF_INIT;
	struct json_out *json = begin_line(f->large ? "lfsFile" : "file");
	int status = json ? SOW_OK : error_nomem(err);
	if (status)
		return status;
	json_out_text(json, "path", view_of(f->path));
	if (f->large) {
		json_out_text(json, "algo", view_of("sha256"));
		json_out_text(json, "oid", view_of(f->hash));
		json_out_integer(json, "size", (int64_t)f->size);
	} else {
		status = add_content(&content, f, f->size, err);
		json_out_text(json, "content", view_from(content.data, content.len));
		json_out_text(json, "encoding", view_of("base64"));
	}
	int ended = end_line(json, text, status ? NULL : err);
	buf_release(&content);
	return status ? status : ended;
}

static int commit(struct hub *h, struct sow_error *err)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	struct json_out *json = begin_line("header");
	int status = json ? SOW_OK : error_nomem(err);
	if (!status) {
		json_out_text(json, "summary", view_of(h->o->summary ? h->o->summary : "Upload data"));
		status = end_line(json, &text, err);
	}
	for (size_t i = 0; i < h->count && !status; i++) {
		if (h->files[i].ignored)
			continue;
		status = add_file_line(&h->files[i], &text, err);
		h->pushed->files++;
	}
	buf_addf(&path, "/api/datasets/%s/commit/main", h->o->repository);
	if (!status)
		status = ask_hub(h, "cannot commit", path.data, "application/x-ndjson", &text, 0, NULL,
				 err);
	buf_release(&text);
	buf_release(&path);
	return status;
}

static int check(const struct hub_options *o, struct sow_error *err)
{
	const char *slash = strchr(o->repository, '/');
	size_t good = strspn(o->repository, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
					    "-_./");
	if (slash && slash > o->repository && slash[1] && !strchr(slash + 1, '/') &&
	    !o->repository[good])
		return SOW_OK;
	return error_set(err, SOW_USAGE, "expected OWNER/NAME as the Hub has it, not '%s'",
			 o->repository);
}

static int set_up(struct hub *h, struct sow_error *err)
{
	const struct http_options options = { .ca_file = h->o->ca_file, .requests = 1,
					      .body_max = ANSWER_MAX };
	const char *given = getenv("HF_ENDPOINT");
	const char *endpoint = h->o->endpoint ? h->o->endpoint
			       : given && *given ? given : "https://huggingface.co";
	size_t len = strlen(endpoint);
	while (len && endpoint[len - 1] == '/')
		len--;
	buf_add(&h->base, endpoint, len);
	buf_addf(&h->secret, "Authorization: Bearer %s", h->o->token);
	h->arena = arena_new();
	if (!h->arena || buf_failed(&h->base) || buf_failed(&h->secret))
		return error_nomem(err);
	h->http = http_new(&options, err);
	return h->http ? SOW_OK : (int)err->status;
}

static int push(struct hub *h, struct sow_error *err)
{
	int status = list_files(h, h->o->folder, "", err);
	if (status)
		return status;
	if (!h->count)
		return error_set(err, SOW_USAGE, "%s: no files in it", h->o->folder);
	qsort(h->files, h->count, sizeof(*h->files), by_path);
	status = make_repository(h, err);
	if (!status)
		status = sort_files(h, err);
	if (!status)
		status = send_files(h, err);
	if (!status)
		status = commit(h, err);
	snprintf(h->pushed->url, sizeof(h->pushed->url), "%s/datasets/%s", h->base.data,
		 h->o->repository);
	return status;
}

int hub_push(const struct hub_options *o, struct hub_pushed *pushed, struct sow_error *err)
{
	struct sow_error own = { 0 };
	struct hub h = { .o = o, .pushed = pushed, .base = BUF_INIT, .secret = BUF_INIT,
			 .words = BUF_INIT, .body = BUF_INIT, .etag = BUF_INIT };
	err = err ? err : &own;
	*pushed = (struct hub_pushed){ 0 };
	int status = check(o, err);
	if (!status)
		status = set_up(&h, err);
	if (!status)
		status = push(&h, err);
	http_free(h.http);
	arena_free(h.arena);
	mem_free(h.files);
	buf_release(&h.base);
	buf_release(&h.secret);
	buf_release(&h.words);
	buf_release(&h.body);
	buf_release(&h.etag);
	return status;
}
