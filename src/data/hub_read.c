#include "data/hub_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "data/hub.h"
#include "data/hub_choice.h"
#include "io/download.h"
#include "io/folder.h"
#include "io/hash.h"
#include "io/http_sync.h"
#include "io/infile.h"
#include "io/json.h"
#include "io/outfile.h"

#define ANSWER_MAX ((size_t)16 << 20)
#define TRIES 4
#define FIRST_WAIT (300 * CLOCK_MS)
#define ANSWER_TIMEOUT (60 * CLOCK_SECOND)
#define PAGES_MAX 1000
#define CONVERTED "refs/convert/parquet"
#define HASH_LEAST 40        /* digits of git's hash */

static struct {
	void (*line)(const char *text);
	void (*live)(const char *text);
} watcher;

void hub_watch(void (*line)(const char *text), void (*live)(const char *text))
{
	watcher.line = line;
	watcher.live = live;
}

bool hub_names(const char *path)
{
	return strncmp(path, HUB_PREFIX, strlen(HUB_PREFIX)) == 0;
}

struct reader {
	struct hub_spec s;
	const char *revision;        /* the wanted one: a branch, a tag, a commit */
	struct view commit;          /* of that revision */
	struct arena *a;
	struct http_sync http;
	struct buf base;             /* "https://huggingface.co" */
	struct buf secret;           /* the header; empty: none */
	struct buf folder;           /* of this data set in the cache */
	struct hub_listing listing;
	struct sow_error *err;
};

/* Addresses and paths */

static bool is_hash(struct view v)
{
	size_t i = 0;
	while (i < v.len && strchr("0123456789abcdef", v.p[i]))
		i++;
	return i == v.len && v.len >= HASH_LEAST && v.len <= HASH_HEX_SIZE - 1;
}

/* A slash is kept only where it separates folders. */
static void add_escaped(struct buf *out, const char *text, bool is_path)
{
	for (const char *p = text; *p; p++) {
		bool plain = ascii_alpha(*p) || ascii_digit(*p) || strchr("-_.~", *p) || (*p == '/' && is_path);
		if (plain)
			buf_addch(out, *p);
		else
			buf_addf(out, "%%%02X", (unsigned char)*p);
	}
}

static void add_name(struct buf *out, const char *text)
{
	for (const char *p = text; *p; p++)
		buf_addch(out, ascii_alpha(*p) || ascii_digit(*p) || strchr("-_.", *p) ? *p : '+');
}

static int set_up(struct reader *r)
{
	struct buf token = BUF_INIT;
	hub_endpoint(NULL, &r->base);
	if (hub_token(&token, NULL) == SOW_OK)
		buf_addf(&r->secret, "Authorization: Bearer %s", token.data);
	buf_release(&token);
	int status = folder_cache(NULL, &r->folder, r->err);
	buf_addstr(&r->folder, "/hub/");
	add_name(&r->folder, r->base.data);
	buf_addch(&r->folder, '/');
	add_name(&r->folder, r->s.repository);
	if (!status)
		status = folder_make(r->folder.data, r->err);
	return status ? status : http_sync_open(&r->http, NULL, ANSWER_MAX, r->err);
}

/* What the Hub refuses */

static const char *whose_token(const struct reader *r)
{
	return r->secret.len ? "that the token may not read"
			     : "that needs a token: set HF_TOKEN, or log in with `hf auth login`";
}

static int gated(const struct reader *r)
{
	return error_set(r->err, SOW_MISSING, "%s: it is gated; ask for access at %s/datasets/%s%s",
			 r->s.text, r->base.data, r->s.repository,
			 r->secret.len ? ", with the account of the token"
				       : ", and set HF_TOKEN or log in with `hf auth login`");
}

static struct view words_of(const struct reader *r)
{
	struct view said = http_sync_header(&r->http, "x-error-message");
	return said.len ? said : view_sub(view_trim(view_from(r->http.body.data, r->http.body.len)), 0, 200);
}

static int refused(const struct reader *r)
{
	struct view code = http_sync_header(&r->http, "x-error-code"), words = words_of(r);
	int status = r->http.status;
	if (r->http.trouble)
		return error_set(r->err, SOW_IO, "%s: %s: %s; is there a network? HF_HUB_OFFLINE=1 reads "
				 "what was fetched before", r->s.text, r->base.data, r->http.words.data);
	if (view_eqstr(code, "GatedRepo") || (status == 403 && !code.len))
		return gated(r);
	if (view_eqstr(code, "RevisionNotFound"))
		return error_set(r->err, SOW_MISSING, "%s: %s has no revision %s", r->s.text,
				 r->s.repository, r->revision);
	if (status == 401 || status == 404)
		return error_set(r->err, SOW_MISSING, "%s: no data set of that name at %s, or one %s",
				 r->s.text, r->base.data, whose_token(r));
	return error_set(r->err, SOW_INVALID, "%s: %s: status %d%s%.*s", r->s.text, r->base.data, status,
			 words.len ? ": " : "", VIEW_ARG(words));
}

/* Asking */

/* The answer as JSON in *reply. *missing, unless NULL: set where the Hub does not have it, which is then not
 * a failure. */
static int ask(struct reader *r, const char *url, const json_value **reply, bool *missing)
{
	const char *const headers[] = { "Content-Type:", "Accept: application/json" };
	const char *const secrets[] = { r->secret.data };
	const struct http_sync_request q = {
		.url = url, .headers = headers, .header_count = 2, .secrets = secrets,
		.secret_count = r->secret.len ? 1 : 0, .get = true, .tries = TRIES,
		.first_wait = FIRST_WAIT, .timeout = ANSWER_TIMEOUT,
	};
	int status = http_sync_ask(&r->http, &q, r->err);
	if (status)
		return status;
	if (missing && !r->http.trouble && r->http.status == 404) {
		*missing = true;
		return SOW_OK;
	}
	if (r->http.trouble || r->http.status != 200)
		return refused(r);
	struct view body = view_from(r->http.body.data, r->http.body.len);
	struct json *doc = json_parse_lenient(body, r->a, NULL, NULL, NULL);
	*reply = json_root(doc);
	return doc ? SOW_OK : error_set(r->err, SOW_INVALID, "%s: %s: expected JSON; is it a Hub?", r->s.text, url);
}

/* Pages of a list */

/* The URL of the next page in <URL>; rel="…", <URL>; rel="next"; empty: none. */
static struct view next_link(struct view links)
{
	size_t from = view_find(links, 0, "<"), end;
	while ((end = view_find(links, from, ">")) != VIEW_NONE) {
		size_t following = view_find(links, end, "<");
		struct view about = view_sub(links, end, following), url = view_sub(links, from + 1, end);
		size_t rel = view_find(about, 0, "rel=");
		about = view_sub(about, rel, view_find(about, rel, ";"));
		if (view_find(about, 0, "next") != VIEW_NONE)
			return url;
		from = following;
	}
	return view_of("");
}

/* The length of "https://HOST" at the front of an address; 0: it has no host. */
static size_t host_length(struct view url)
{
	size_t host = view_starts(url, "https://") ? 8 : view_starts(url, "http://") ? 7
		      : view_starts(url, "//") ? 2 : 0;
	while (host && host < url.len && !strchr("/?#", url.p[host]))
		host++;
	return host;
}

/* The page after the one at `url`. The request goes to the endpoint in use, whatever host the link names: it
 * carries the token, and a mirror may pass on the links of the Hub that it mirrors. *more: there is one.
 * SOW_OK or SOW_INVALID. */
static int next_page(const struct reader *r, struct buf *url, bool *more)
{
	struct view links = http_sync_header(&r->http, "link"), next = next_link(links);
	struct view path = view_sub(next, host_length(next), next.len);
	const char *folder = r->base.data + host_length(view_from(r->base.data, r->base.len));
	struct buf to = BUF_INIT;
	*more = next.len > 0;
	if (!*more && (!links.len || view_find(links, 0, ">") != VIEW_NONE))
		return SOW_OK;
	if (*folder && view_starts(path, folder) && view_starts(view_sub(path, strlen(folder), path.len), "/"))
		path = view_sub(path, strlen(folder), path.len);
	if (view_starts(next, "?"))
		buf_add(&to, url->data, strcspn(url->data, "?"));
	else if (view_starts(path, "/"))
		buf_add(&to, r->base.data, r->base.len);
	else
		return error_set(r->err, SOW_INVALID, "%s: %s: the link to the next page of its list of files "
				 "is not understood: %.*s", r->s.text, r->base.data, VIEW_ARG(links));
	buf_add(&to, path.p, path.len);
	buf_release(url);
	*url = to;
	return SOW_OK;
}

/* The list of files: made from answers, kept as a text in our form, and read from that. */

static void write_entries(struct json_out *out, const json_value *page)
{
	for (const json_value *v = json_first(page); v; v = json_next(page, v)) {
		const json_value *lfs = json_get(v, "lfs");
		if (!view_eqstr(json_text(json_get(v, "type")), "file"))
			continue;
		json_out_object(out, NULL);
		json_out_text(out, "path", json_text(json_get(v, "path")));
		json_out_text(out, "oid", json_text(json_get(lfs ? lfs : v, "oid")));
		json_out_integer(out, "size", json_integer(json_get(v, "size")));
		json_out_bool(out, "large", lfs != NULL);
		json_out_end(out);
	}
}

static int write_pages(struct reader *r, struct json_out *out)
{
	struct buf url = BUF_INIT;
	const json_value *page = NULL;
	int status = SOW_OK, pages = 0;
	bool more = false;
	buf_addf(&url, "%s/api/datasets/%s/tree/%.*s?recursive=true", r->base.data, r->s.repository,
		 VIEW_ARG(r->commit));
	do {
		status = ask(r, url.data, &page, NULL);
		if (!status && pages++ == PAGES_MAX)
			status = error_set(r->err, SOW_TOOBIG, "%s: its list of files has more than %d pages",
					   r->s.text, PAGES_MAX);
		if (!status) {
			write_entries(out, page);
			status = next_page(r, &url, &more);
		}
	} while (!status && more);
	buf_release(&url);
	return status;
}

static void listing_path(const struct reader *r, struct buf *out)
{
	buf_addf(out, "%s/files-of-", r->folder.data);
	add_name(out, r->revision);
	buf_addstr(out, ".json");
}

static int keep_listing(const struct reader *r, const struct buf *text)
{
	struct buf path = BUF_INIT;
	listing_path(r, &path);
	struct outfile *f = outfile_open(path.data, r->err);
	int status = f ? SOW_OK : (int)r->err->status;
	if (f) {
		outfile_write(f, text->data, text->len);
		status = outfile_finish(f, r->err);
	}
	buf_release(&path);
	return status;
}

static int write_listing(struct reader *r, const json_value *about, struct buf *text)
{
	struct json_out *out = json_out_new();
	const json_value *configs = json_get(json_get(about, "cardData"), "configs");
	json_out_object(out, NULL);
	json_out_text(out, "commit", r->commit);
	if (json_type(configs) == JSON_ARRAY)
		json_out_value(out, "configs", configs);
	json_out_array(out, "files");
	int status = write_pages(r, out);
	json_out_end(out);
	json_out_end(out);
	if (!status && json_out_write(out, text, JSON_LINE))
		status = error_nomem(r->err);
	json_out_free(out);
	return status;
}

/* *missing as in ask. */
static int ask_listing(struct reader *r, struct buf *text, bool *missing)
{
	struct buf url = BUF_INIT;
	const json_value *about = NULL;
	buf_addf(&url, "%s/api/datasets/%s/revision/", r->base.data, r->s.repository);
	add_escaped(&url, r->revision, false);
	int status = ask(r, url.data, &about, missing);
	buf_release(&url);
	if (status || (missing && *missing))
		return status;
	r->commit = json_text(json_get(about, "sha"));
	if (!is_hash(r->commit))
		return error_set(r->err, SOW_INVALID, "%s: %s: expected the hash of a commit; is it a Hub?",
				 r->s.text, r->base.data);
	status = write_listing(r, about, text);
	return status ? status : keep_listing(r, text);
}

static int read_listing(struct reader *r, struct view text)
{
	struct json *doc = json_parse_lenient(text, r->a, NULL, NULL, r->err);
	const json_value *root = json_root(doc), *files = json_get(root, "files");
	size_t count = json_count(files);
	if (!doc)
		return r->err->status;
	r->commit = json_text(json_get(root, "commit"));
	r->listing = (struct hub_listing){ .list = arena_array(r->a, count + 1, sizeof(*r->listing.list)),
					   .configs = json_get(root, "configs") };
	for (const json_value *v = json_first(files); v; v = json_next(files, v)) {
		struct hub_entry *e = &r->listing.list[r->listing.count++];
		*e = (struct hub_entry){ .path = arena_copyview(r->a, json_text(json_get(v, "path"))),
					 .oid = arena_copyview(r->a, json_text(json_get(v, "oid"))),
					 .size = json_integer(json_get(v, "size")),
					 .large = json_bool(json_get(v, "large")) };
		if (!is_hash(view_of(e->oid))) /* it names a folder of the cache */
			return error_set(r->err, SOW_INVALID, "%s: %s: expected the hash of a file", r->s.text,
					 e->path);
	}
	return SOW_OK;
}

static bool is_offline(void)
{
	const char *said = getenv("HF_HUB_OFFLINE");
	return said && (strcmp(said, "1") == 0 || strcasecmp(said, "true") == 0 ||
			strcasecmp(said, "yes") == 0 || strcasecmp(said, "on") == 0);
}

static int list_files(struct reader *r, bool *missing)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	bool is_commit = is_hash(view_of(r->revision));
	listing_path(r, &path);
	int status = SOW_OK;
	bool kept = access(path.data, R_OK) == 0;
	if (is_offline() && !kept)
		status = error_set(r->err, SOW_MISSING, "%s: HF_HUB_OFFLINE is set, and it was not fetched "
				   "before", r->s.text);
	if (!status)
		status = kept && (is_commit || is_offline()) ? infile_whole(path.data, &text, r->err)
							     : ask_listing(r, &text, missing);
	if (!status && !(missing && *missing)) {
		const char *copy = arena_copy(r->a, text.data, text.len);
		status = read_listing(r, view_from(copy, text.len));
	}
	buf_release(&text);
	buf_release(&path);
	return status;
}

/* Fetching */

struct fetching {
	int64_t before, total;       /* bytes of the files fetched so far, and of all */
};

static void show_progress(void *data, int64_t done, int64_t total)
{
	const struct fetching *f = data;
	char line[96];
	(void)total;
	snprintf(line, sizeof(line), "%.0f of %.0f MB", (double)(f->before + done) / 1e6,
		 (double)f->total / 1e6);
	if (watcher.live)
		watcher.live(line);
}

static void local_path(const struct reader *r, const struct hub_entry *e, struct buf *folder,
		       struct buf *path)
{
	const char *slash = strrchr(e->path, '/');
	buf_addf(folder, "%s/%s", r->folder.data, e->oid);
	buf_addf(path, "%s/%s", folder->data, slash ? slash + 1 : e->path);
}

static int check_file(const struct reader *r, const struct hub_entry *e, const char *path)
{
	struct hash found, wanted;
	struct stat st;
	bool same = stat(path, &st) == 0 && st.st_size == e->size;
	if (same && e->large) {
		int status = hash_file(path, &found, r->err);
		if (status)
			return status;
		same = hash_from_hex(e->oid, strlen(e->oid), &wanted) == SOW_OK &&
		       memcmp(&found, &wanted, sizeof(found)) == 0;
	}
	if (same)
		return SOW_OK;
	unlink(path);
	return error_set(r->err, SOW_INVALID, "%s: %s arrived with other bytes than the Hub has; run it "
			 "again to fetch it anew", r->s.text, e->path);
}

static int fetch_file(const struct reader *r, const struct hub_entry *e, const char *path,
		      struct fetching *f)
{
	struct buf url = BUF_INIT;
	int answered = 0;
	buf_addf(&url, "%s/datasets/%s/resolve/%.*s/", r->base.data, r->s.repository, VIEW_ARG(r->commit));
	add_escaped(&url, e->path, true);
	const struct download d = { .url = url.data, .path = path, .answered = &answered,
				    .secret = r->secret.len ? r->secret.data : NULL,
				    .progress = show_progress, .data = f };
	int status = download_file(&d, r->err);
	if (status == SOW_IO && (answered == 401 || answered == 403))
		status = gated(r);
	buf_release(&url);
	if (watcher.live)
		watcher.live("");
	return status ? status : check_file(r, e, path);
}

/* Reports the chosen files that are not in the cache, as a line for the user who waits. */
static void tell_missing(const struct reader *r, size_t count, int64_t bytes)
{
	char line[256];
	if (!count || !watcher.line)
		return;
	snprintf(line, sizeof(line), "%s: fetching %zu %s, %.1f MB", r->s.text, count,
		 count == 1 ? "file" : "files", (double)bytes / 1e6);
	watcher.line(line);
}

static int place_files(struct reader *r, const struct hub_choice *c, struct hub_files *files,
		       struct fetching *f)
{
	size_t missing = 0;
	for (size_t i = 0; i < c->count; i++) {
		struct buf folder = BUF_INIT, path = BUF_INIT, name = BUF_INIT;
		local_path(r, c->list[i], &folder, &path);
		buf_addf(&name, HUB_PREFIX "%s%s%s/%s", r->s.repository, r->s.revision ? "@" : "",
			 r->s.revision ? r->s.revision : "", c->list[i]->path);
		int status = folder_make(folder.data, r->err);
		if (!status && access(path.data, R_OK) != 0) {
			f->total += c->list[i]->size;
			missing++;
		}
		files->list[i] = (struct hub_local){ arena_takebuf(r->a, &path).p,
						     arena_takebuf(r->a, &name).p };
		buf_release(&folder);
		if (status)
			return status;
	}
	tell_missing(r, missing, f->total);
	return SOW_OK;
}

static int fetch(struct reader *r, const struct hub_choice *c, struct hub_files *files)
{
	struct fetching f = { 0 };
	files->count = c->count;
	files->list = arena_array(r->a, c->count, sizeof(*files->list));
	int status = place_files(r, c, files, &f);
	for (size_t i = 0; i < c->count && !status; i++) {
		if (access(files->list[i].path, R_OK) == 0)
			continue;
		if (is_offline())
			return error_set(r->err, SOW_MISSING, "%s: HF_HUB_OFFLINE is set, and %s was not fetched "
					 "before", r->s.text, c->list[i]->path);
		status = fetch_file(r, c->list[i], files->list[i].path, &f);
		f.before += c->list[i]->size;
	}
	return status;
}

static void tell_choice(struct reader *r, const struct hub_choice *c, bool converted,
			struct hub_files *files)
{
	struct buf told = BUF_INIT;
	bool part = false;
	for (size_t i = 0; i < c->count; i++)
		part = part || strstr(c->list[i]->path, "partial-");
	if (c->split)
		buf_addf(&told, "split %s, ", c->split);
	buf_addf(&told, "%zu %s of revision %.7s", c->count, c->count == 1 ? "file" : "files", r->commit.p);
	if (c->others.len)
		buf_addf(&told, "; not read: %.*s", VIEW_ARG(c->others));
	if (converted)
		buf_addf(&told, "; as the Hub converted it to Parquet%s", part ? ", which is a part of it" : "");
	files->told = arena_takebuf(r->a, &told);
}

/* Only the Hub's Parquet conversion can be read: one folder a configuration. */
static int choose_converted(struct reader *r, struct hub_choice *c, bool *converted)
{
	struct sow_error why = *r->err;
	bool missing = false;
	r->revision = CONVERTED;
	int status = list_files(r, &missing);
	if (status || missing) {
		*r->err = why;
		return why.status;
	}
	*converted = true;
	r->s.revision = CONVERTED;
	const char *first = r->listing.count ? r->listing.list[0].path : "";
	size_t len = strcspn(first, "/");
	for (size_t i = 0; i < r->listing.count && !r->s.path; i++) {
		const char *path = r->listing.list[i].path;
		if (strchr(path, '/') && (strncmp(first, path, len) != 0 || path[len] != '/'))
			return error_set(r->err, SOW_INVALID, "%s: it has several configurations; name one, as "
					 HUB_PREFIX "%s/%.*s", r->s.text, r->s.repository, (int)strcspn(path, "/"),
					 path);
	}
	return hub_choose(&r->s, &r->listing, r->a, c, r->err);
}

static int read_all(struct reader *r, struct hub_files *files)
{
	struct hub_choice c = { 0 };
	bool converted = false;
	int status = set_up(r);
	if (!status)
		status = list_files(r, NULL);
	if (!status)
		status = hub_choose(&r->s, &r->listing, r->a, &c, r->err);
	if (status == SOW_MISSING && r->listing.list && !r->s.revision)
		status = choose_converted(r, &c, &converted);
	if (!status)
		status = fetch(r, &c, files);
	if (!status)
		tell_choice(r, &c, converted, files);
	return status;
}

int hub_read(const char *name, struct arena *a, struct hub_files *files, struct sow_error *err)
{
	struct sow_error own = { 0 };
	struct reader r = { .a = a, .err = err ? err : &own, .http = HTTP_SYNC_INIT, .base = BUF_INIT,
			    .secret = BUF_INIT, .folder = BUF_INIT };
	int status = hub_spec_read(&r.s, name, a, r.err);
	r.revision = r.s.revision ? r.s.revision : "main";
	if (!status)
		status = read_all(&r, files);
	http_sync_release(&r.http);
	buf_release(&r.base);
	buf_release(&r.secret);
	buf_release(&r.folder);
	return status;
}
