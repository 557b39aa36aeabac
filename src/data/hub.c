#include "data/hub_private.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/infile.h"

#define ANSWER_MAX ((size_t)16 << 20)
#define SAMPLE 512       /* bytes of a file that the Hub looks at */
#define REGULAR_MAX ((size_t)10 << 20) /* of a file that the commit itself contains */

/* Token */

/* Without the newline that a file or a shell leaves at its end: it goes into a header. */
static void add_token(struct buf *token, struct view given)
{
	given = view_trim(given);
	buf_add(token, given.p, given.len);
}

static void read_token(const char *path, struct buf *token)
{
	struct buf text = BUF_INIT;
	if (infile_whole(path, &text, NULL) == SOW_OK)
		add_token(token, view_from(text.data, text.len));
	buf_release(&text);
}

int hub_token(struct buf *token, struct sow_error *err)
{
	const char *given = getenv("HF_TOKEN"), *path = getenv("HF_TOKEN_PATH");
	const char *home = getenv("HF_HOME"), *user = getenv("HOME");
	struct buf found = BUF_INIT;
	int status = SOW_OK;
	if (given && *given)
		add_token(token, view_of(given));
	else if (path && *path)
		buf_addstr(&found, path);
	else if (home && *home)
		buf_addf(&found, "%s/token", home);
	else if (user && *user)
		buf_addf(&found, "%s/.cache/huggingface/token", user);
	if (found.len)
		read_token(found.data, token);
	if (!token->len)
		status = error_set(err, SOW_MISSING, "no token for the Hub: set HF_TOKEN, or log in with "
				   "`hf auth login`");
	buf_release(&found);
	return status;
}

void hub_endpoint(const char *given, struct buf *out)
{
	const char *variable = getenv("HF_ENDPOINT");
	const char *endpoint = given ? given : variable && *variable ? variable : "https://huggingface.co";
	size_t len = strlen(endpoint);
	while (len && endpoint[len - 1] == '/')
		len--;
	buf_add(out, endpoint, len);
}

/* Files */

static void add_file(struct hub *h, const char *path, const char *where, const struct stat *st)
{
	mem_grow(&h->files, &h->room, h->count + 1);
	h->files[h->count++] = (struct hub_file){
		.path = arena_copystr(h->arena, path), .where = arena_copystr(h->arena, where),
		.size = (size_t)st->st_size,
	};
}

/* `inside` is the path within the folder, "" at first. */
static int list_files(struct hub *h, const char *folder, const char *inside, struct sow_error *err)
{
	DIR *dir = opendir(folder);
	int status = SOW_OK;
	if (!dir)
		return error_errno(err, folder);
	for (struct dirent *e; !status && (errno = 0, e = readdir(dir));) {
		struct stat st;
		struct buf where = BUF_INIT, path = BUF_INIT;
		if (e->d_name[0] == '.')
			continue;
		buf_addf(&where, "%s/%s", folder, e->d_name);
		buf_addf(&path, "%s%s%s", inside, *inside ? "/" : "", e->d_name);
		if (stat(where.data, &st) < 0)
			status = error_errno(err, where.data);
		else if (S_ISDIR(st.st_mode))
			status = list_files(h, where.data, path.data, err);
		else if (S_ISREG(st.st_mode))
			add_file(h, path.data, where.data, &st);
		buf_release(&where);
		buf_release(&path);
	}
	if (!status && errno)
		status = error_errno(err, folder);
	closedir(dir);
	return status;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct hub_file *)a)->path, ((const struct hub_file *)b)->path);
}

/* The first bytes of a file, or all of them, in base 64. */
static int add_content(struct buf *out, const struct hub_file *f, size_t most, struct sow_error *err)
{
	size_t len = f->size < most ? f->size : most;
	unsigned char *bytes = mem_alloc(len + 1);
	FILE *file = fopen(f->where, "rb");
	int status = !file ? error_errno(err, f->where) : SOW_OK;
	if (!status && fread(bytes, 1, len, file) != len)
		status = error_set(err, SOW_IO, "%s: changed while it was read", f->where);
	if (!status)
		base64_add(out, bytes, len);
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
	struct buf text = BUF_INIT, path = BUF_INIT;
	const struct view owner = view_from(h->o->repository, (size_t)(slash - h->o->repository));
	json_out_object(json, NULL);
	json_out_text(json, "type", view_of("dataset"));
	json_out_text(json, "name", view_of(slash + 1));
	json_out_text(json, "organization", owner);
	if (h->o->is_private)
		json_out_text(json, "visibility", view_of("private"));
	json_out_end(json);
	int status = hub_text(json, &text, err);
	buf_addstr(&path, "/api/repos/create");
	if (!status) /* 409: it exists */
		status = hub_ask(h, "cannot make the repository", &path, "application/json", &text, 409,
				 NULL, err);
	buf_release(&text);
	buf_release(&path);
	return status;
}

/* One of the files in the question. */
static struct hub_file *find_file(struct hub *h, size_t from, size_t to, struct view path)
{
	for (size_t i = from; i < to; i++) {
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
	int status = SOW_OK;
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
	int finished = hub_text(json, text, status ? NULL : err);
	return status ? status : finished;
}

/* Asks which of the files are large. */
static int sort_files(struct hub *h, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t from = 0; from < h->count && !status; from += HUB_TOGETHER) {
		struct buf text = BUF_INIT, path = BUF_INIT;
		const json_value *reply = NULL;
		size_t to = from + HUB_TOGETHER < h->count ? from + HUB_TOGETHER : h->count;
		buf_addf(&path, "/api/datasets/%s/preupload/main", h->o->repository);
		status = describe_files(h, from, to, &text, err);
		if (!status)
			status = hub_ask(h, "cannot ask how files are kept", &path,
					 "application/json", &text, 0, &reply, err);
		const json_value *list = json_get(reply, "files");
		for (const json_value *v = json_first(list); v && !status; v = json_next(list, v)) {
			struct hub_file *f = find_file(h, from, to, json_text(json_get(v, "path")));
			if (!f)
				continue;
			f->ignored = json_bool(json_get(v, "shouldIgnore"));
			f->large = f->size && !f->ignored &&
				   view_eqstr(json_text(json_get(v, "uploadMode")), "lfs");
		}
		buf_release(&text);
		buf_release(&path);
	}
	for (size_t i = 0; i < h->count && !status; i++) {
		const struct hub_file *f = &h->files[i];
		if (!f->large && !f->ignored && f->size > REGULAR_MAX)
			status = error_set(err, SOW_TOOBIG, "%s: the Hub wants it in the commit itself, for "
					   "which it is too large", f->where);
	}
	return status;
}

/* A line of the commit: {"key": KEY, "value": {…}}. */
static struct json_out *begin_line(const char *key)
{
	struct json_out *json = json_out_new();
	json_out_object(json, NULL);
	json_out_text(json, "key", view_of(key));
	json_out_object(json, "value");
	return json;
}

static int end_line(struct json_out *json, struct buf *text, struct sow_error *err)
{
	json_out_end(json);
	json_out_end(json);
	int status = hub_text(json, text, err);
	buf_addch(text, '\n');
	return status;
}

static int add_file_line(const struct hub_file *f, struct buf *text, struct sow_error *err)
{
	struct buf content = BUF_INIT;
	struct json_out *json = begin_line(f->large ? "lfsFile" : "file");
	int status = SOW_OK;
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
	int status = SOW_OK;
	json_out_text(json, "summary", view_of(h->o->summary ? h->o->summary : "Upload data"));
	json_out_text(json, "description", view_of(""));
	status = end_line(json, &text, err);
	for (size_t i = 0; i < h->count && !status; i++) {
		if (h->files[i].ignored)
			continue;
		status = add_file_line(&h->files[i], &text, err);
		h->pushed->files++;
	}
	buf_addf(&path, "/api/datasets/%s/commit/main", h->o->repository);
	if (!status)
		status = hub_ask(h, "cannot commit", &path, "application/x-ndjson", &text, 0, NULL, err);
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
	hub_endpoint(h->o->endpoint, &h->base);
	buf_addf(&h->secret, "Authorization: Bearer %s", h->o->token);
	h->arena = arena_new();
	return http_sync_open(&h->http, h->o->ca_file, ANSWER_MAX, err);
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
		status = hub_send_large(h, err);
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
			 .http = HTTP_SYNC_INIT };
	err = err ? err : &own;
	*pushed = (struct hub_pushed){ 0 };
	int status = check(o, err);
	if (!status)
		status = set_up(&h, err);
	if (!status)
		status = push(&h, err);
	http_sync_release(&h.http);
	arena_free(h.arena);
	mem_free(h.files);
	buf_release(&h.base);
	buf_release(&h.secret);
	return status;
}
