#include "teacher/http/setup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"
#include "teacher/http/services.h"

#define CAP_USUAL 256
#define CAP_MAX 15000                /* both queues of a teacher hold twice as many */
#define TIMEOUT_USUAL (600 * CLOCK_SECOND)
#define FROM_ENV "env:"              /* a header's value, before the name of a variable */
#define KEY_LIKE 8                   /* bytes of a header's value */
#define BODY_MAX ((size_t)64 << 20)
#define HEADERS_MAX 4                /* of a language */
#define OTHER_FILES 64               /* descriptors left for the rest of the program */

/* Servers */

/* Anthropic's clients take addresses without a version. */
static int choose_wire(struct setup_http *s, struct server *server, const char *api,
		       struct sow_error *err)
{
	struct address *a = &server->address;
	struct buf url = BUF_INIT;
	server->wire = wire_of(a, api);
	if (server->wire->is_chat && api && strcmp(api, "completion") == 0)
		return error_set(err, SOW_USAGE, "--api completion: expected chat or messages; %s speaks "
				 "%s's API, which takes chats alone", a->url, server->wire->name);
	if (server->wire != &wire_anthropic || *a->call || view_ends(view_of(a->url), "/v1"))
		return SOW_OK;
	buf_addf(&url, "%s/v1", a->url);
	a->url = arena_copystr(s->arena, url.data);
	buf_release(&url);
	return SOW_OK;
}

static int read_addresses(struct setup_http *s, const struct teacher_options *o,
			  struct sow_error *err)
{
	s->pool.list = arena_array(s->arena, o->spec_count, sizeof(*s->pool.list));
	s->pool.count = o->spec_count;
	for (size_t i = 0; i < o->spec_count; i++) {
		int status = address_read(&s->pool.list[i].address, s->arena, o->specs[i], err);
		if (status)
			return status;
		status = choose_wire(s, &s->pool.list[i], o->api, err);
		if (status)
			return status;
	}
	return SOW_OK;
}

/* A server's own key; for the first server also that of the options; last that of its service in the
 * environment, which may be unset. */
static int read_key(struct setup_http *s, struct server *server, const struct teacher_options *o,
		    struct sow_error *err)
{
	const char *file = server->address.key_file, *env = server->address.key_env;
	bool first = server == s->pool.list;
	if (file && env)
		return error_set(err, SOW_USAGE,
				 "--teacher %s: expected key-file= or key-env=, not both",
				 server->address.url);
	if (first && !file && !env) {
		file = o->key_file;
		env = o->key_env;
		if (file && env)
			return error_set(err, SOW_USAGE,
					 "expected --key-file or --key-env, not both");
	}
	if (!file && !env)
		env = services_variable(server->address.url, server->address.host);
	if (!file && !env)
		return SOW_OK;
	server->key = file ? secrets_from_file(s->arena, file, err)
			   : secrets_from_env(s->arena, env, err);
	if (!server->key)
		return err && err->status ? (int)err->status : SOW_INVALID;
	secrets_add(&s->secrets, view_of(server->key));
	return SOW_OK;
}

/* Headers */

/* Headers that hold a key. */
static const char *const key_headers[] = { "authorization", "api-key", "x-api-key", "x-goog-api-key",
					   "ocp-apim-subscription-key" };
#define KEY_HEADERS (sizeof(key_headers) / sizeof(*key_headers))

/* Option values are kept with the run: so a header with a key names its variable, not the key. */
static int find_value(struct setup_http *s, struct view name, struct view *value,
		      struct sow_error *err)
{
	const char *variable = arena_copyview(s->arena, view_sub(*value, strlen(FROM_ENV), value->len));
	if (view_starts(*value, FROM_ENV)) {
		*value = view_of(getenv(variable));
		return value->len ? SOW_OK : error_set(err, SOW_USAGE, "--header %.*s: expected %s in "
						       "the environment", VIEW_ARG(name), variable);
	}
	for (size_t i = 0; i < KEY_HEADERS; i++) {
		if (view_eqfold(name, view_of(key_headers[i])))
			return error_set(err, SOW_USAGE, "--header %.*s: a key would be kept with the run: "
					 "write '%.*s: env:NAME', and put it into the variable NAME",
					 VIEW_ARG(name), VIEW_ARG(name));
	}
	return SOW_OK;
}

static int add_header(struct setup_http *s, const char *line, struct sow_error *err)
{
	struct view v = view_of(line);
	size_t colon = view_find(v, 0, ":");
	struct view name = view_sub(v, 0, colon);
	bool fits = colon != VIEW_NONE && name.len;
	for (size_t i = 0; i < name.len; i++)
		fits = fits && (ascii_alpha(name.p[i]) || ascii_digit(name.p[i]) ||
				name.p[i] == '-' || name.p[i] == '_');
	if (!fits || strpbrk(line, "\r\n"))
		return error_set(err, SOW_USAGE, "--header: expected 'Name: value' in one line");
	struct view value = view_trim(view_sub(v, colon + 1, v.len));
	int status = find_value(s, name, &value, err);
	if (status)
		return status;
	struct buf whole = BUF_INIT;
	buf_addf(&whole, "%.*s: %.*s", VIEW_ARG(name), VIEW_ARG(value));
	char *copy = arena_copystr(s->arena, whole.data);
	buf_release(&whole);
	s->headers[s->header_count++] = copy;
	/* It may be a key, unless it is short. */
	if (value.len >= KEY_LIKE)
		secrets_add(&s->secrets, view_of(copy + name.len + 2));
	return SOW_OK;
}

static int read_headers(struct setup_http *s, const struct teacher_options *o, struct sow_error *err)
{
	s->headers = arena_array(s->arena, o->header_count, sizeof(*s->headers));
	int status = SOW_OK;
	for (size_t i = 0; i < o->header_count && !status; i++)
		status = add_header(s, o->headers[i], err);
	return status;
}

static struct view name_of(const char *header)
{
	struct view line = view_of(header);
	return view_sub(line, 0, view_find(line, 0, ":"));
}

static bool is_given(const struct setup_http *s, struct view name)
{
	for (size_t i = 0; i < s->header_count; i++) {
		if (view_eqfold(name_of(s->headers[i]), name))
			return true;
	}
	return false;
}

/* The language's headers, unless the user set them. */
static size_t count_headers(const struct setup_http *s, const struct wire *w,
			    const char *out[HEADERS_MAX])
{
	size_t count = 0;
	for (size_t i = 0; w->headers && w->headers[i] && count < HEADERS_MAX; i++) {
		if (!is_given(s, name_of(w->headers[i])))
			out[count++] = w->headers[i];
	}
	return count;
}

/* If a header of the user's holds a key, no other key is sent. */
static bool is_key_given(const struct setup_http *s)
{
	bool is_any = false;
	for (size_t i = 0; i < KEY_HEADERS; i++)
		is_any |= is_given(s, view_of(key_headers[i]));
	return is_any;
}

/* Fails without a request if a service that always needs a key has none. */
static int check_keys(const struct setup_http *s, struct sow_error *err)
{
	for (size_t i = 0; i < s->pool.count && !is_key_given(s); i++) {
		const struct address *a = &s->pool.list[i].address;
		const char *wanted = s->pool.list[i].key ? NULL : services_wants(a->host);
		if (wanted)
			return error_set(err, SOW_USAGE, "%s: no key: put it into the variable %s, or say "
					 "where it is: --key-env NAME or --key-file FILE", a->url, wanted);
	}
	return SOW_OK;
}

/* Everything the user adds counts as secret unless he says otherwise: only the host he named
 * gets it. */
static struct http_endpoint *endpoint_at(struct setup_http *s, const struct server *server, struct view base,
					 const char *path, const char *header, struct sow_error *err)
{
	struct buf url = BUF_INIT, bearer = BUF_INIT;
	const char **secrets = arena_array(s->arena, s->header_count + 1, sizeof(*secrets));
	const char *headers[HEADERS_MAX + 1];
	const char *key_header = server->wire->key_header;
	size_t count = 0, header_count = count_headers(s, server->wire, headers);
	if (header)
		headers[header_count++] = header;
	buf_addf(&url, "%.*s%s%s", VIEW_ARG(base), path, server->address.query);
	if (server->key)
		buf_addf(&bearer, "%s%s",
			 key_header ? key_header : services_header(server->address.host), server->key);
	for (; count < s->header_count; count++)
		secrets[count] = s->headers[count];
	if (bearer.len && !is_key_given(s))
		secrets[count++] = bearer.data;
	struct http_endpoint *endpoint =
		http_endpoint_new(s->http, url.data, headers, header_count, secrets, count, err);
	buf_release(&url);
	buf_release(&bearer);
	return endpoint;
}

struct http_endpoint *setup_http_endpoint(struct setup_http *s, const struct server *server,
					  const char *path, const char *header, struct sow_error *err)
{
	return endpoint_at(s, server, view_of(server->address.url), path, header, err);
}

struct http_endpoint *setup_http_form(struct setup_http *s, struct server *server, const struct form *f,
				      struct sow_error *err)
{
	struct http_endpoint **endpoint = &server->forms.endpoints[f->slot][server->forms.slots[f->slot].at];
	struct view base = view_of(server->address.url);
	if (f->is_at_root && view_ends(base, "/v1"))
		base.len -= strlen("/v1");
	if (!*endpoint)
		*endpoint = endpoint_at(s, server, base, f->path, NULL, err);
	return *endpoint;
}

/* The whole */

void setup_http_model(struct setup_http *s, const char *model)
{
	struct buf text = BUF_INIT;
	buf_addch(&text, '"');
	json_escape(&text, view_of(model));
	buf_addch(&text, '"');
	s->style.model = arena_copystr(s->arena, text.data);
	buf_release(&text);
}

static int read_style(struct setup_http *s, const struct teacher_options *o, struct sow_error *err)
{
	char *extra = NULL;
	const char *api = o->api ? o->api : "chat";
	if (!o->model || !*o->model)
		return error_set(err, SOW_USAGE,
				 "--model: expected the name of the model, as %s calls it",
				 s->pool.list[0].address.url);
	bool is_chat = strcmp(api, "chat") == 0 || strcmp(api, "messages") == 0;
	if (!is_chat && strcmp(api, "completion") != 0)
		return error_set(err, SOW_USAGE, "--api: expected chat, completion or messages, not '%s'",
				 api);
	s->style = (struct body_style){
		.chat = is_chat, .stream = o->stream,
		.max_completion_tokens = o->max_completion_tokens, .extra = "",
	};
	if (o->extra_body) {
		int status = body_extra(o->extra_body, &extra, &s->style.overridden, err);
		if (status)
			return status;
		s->style.extra = arena_copystr(s->arena, extra);
		mem_free(extra);
	}
	setup_http_model(s, o->model);
	return SOW_OK;
}

/* The parts that affect the answers, not the way to the server: the user's additions to requests, and
 * the form for rewards; but not an address, a port or a limit. */
static void name_model(struct setup_http *s, const struct teacher_options *o)
{
	struct buf name = BUF_INIT;
	char hex[HASH_HEX_SIZE] = "";
	struct hash hash;
	if (*s->style.extra) {
		hash_bytes(s->style.extra, strlen(s->style.extra), &hash);
		hash_hex(&hash, hex);
	}
	if (o->cache_as)
		buf_addstr(&name, o->cache_as);
	else
		buf_addf(&name, "%s %s%s%s%.12s", s->pool.list[0].address.host, o->model,
			 s->style.chat ? "" : " completion", *hex ? " extra:" : "", hex);
	if (o->form && form_decides(o->form))
		buf_addf(&name, " form=%s", o->form);
	s->identity = arena_copystr(s->arena, name.data);
	buf_release(&name);
}

/* A request in flight needs one descriptor, unless HTTP/2 is offered. */
static void find_cap(struct setup_http *s, const struct teacher_options *o)
{
	struct rlimit files;
	int64_t cap = o->concurrency;
	for (size_t i = 0; i < s->pool.count && !o->concurrency; i++) {
		int own = s->pool.list[i].address.concurrency;
		cap += own ? own : CAP_USUAL;
	}
	if (cap > CAP_MAX)
		cap = CAP_MAX;
	s->cap = (int)cap;
	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	rlim_t need = (rlim_t)(s->cap + OTHER_FILES);
	if (files.rlim_cur < need && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = need < files.rlim_max ? need : files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
		getrlimit(RLIMIT_NOFILE, &files);
	}
	if (files.rlim_cur >= need)
		return;
	s->cap = files.rlim_cur > 2 * OTHER_FILES ? (int)files.rlim_cur - OTHER_FILES : OTHER_FILES;
	buf_addf(&s->notice,
		 "%d requests at once at most: the system allows this program %llu open files "
		 "(ulimit -n)",
		 s->cap, (unsigned long long)files.rlim_cur);
}

static void note_plain(struct setup_http *s)
{
	for (size_t i = 0; i < s->pool.count; i++) {
		const struct server *server = &s->pool.list[i];
		if (server->key && server->address.plain && !s->notice.len)
			buf_addf(&s->notice,
				 "%s: the key goes there in the clear; https:// would hide it",
				 server->address.url);
	}
}

int setup_http_init(struct setup_http *s, const struct teacher_options *o, struct sow_error *err)
{
	*s = (struct setup_http){ .arena = arena_new(), .notice = BUF_INIT };
	if (o->form && !form_is(o->form))
		return error_set(err, SOW_USAGE, "--form %s: expected prompt_logprobs, echo, sglang, score, "
				 "score-texts, rerank, tei or classify", o->form);
	s->timeout = o->timeout ? o->timeout : TIMEOUT_USUAL;
	s->give_up_after = o->give_up_after;
	int status = SOW_OK;
	for (size_t i = 0; i < o->think_tag_count && !status; i++)
		status = thoughts_add(&s->thoughts, o->think_tags[i], err);
	if (status)
		return status;
	status = read_addresses(s, o, err);
	for (size_t i = 0; i < s->pool.count && !status; i++)
		status = read_key(s, &s->pool.list[i], o, err);
	if (!status)
		status = read_headers(s, o, err);
	if (!status)
		status = read_style(s, o, err);
	if (!status)
		status = check_keys(s, err);
	if (status)
		return status;
	name_model(s, o);
	if (o->ca_file && access(o->ca_file, R_OK))
		return error_errno(err, o->ca_file);
	find_cap(s, o);
	const struct http_options http = { .ca_file = o->ca_file, .requests = (size_t)s->cap,
					   .body_max = BODY_MAX };
	s->http = http_new(&http, err);
	if (!s->http)
		return err && err->status ? (int)err->status : SOW_IO;
	const char *only = o->form ? arena_copystr(s->arena, o->form) : NULL;
	for (size_t i = 0; i < s->pool.count && !status; i++) {
		s->pool.list[i].forms.only = only;
		server_start(&s->pool.list[i], s->cap, clock_monotonic());
		struct server *server = &s->pool.list[i];
		server->endpoint = setup_http_endpoint(s, server, server->wire->path(&s->style), NULL,
						       err);
		const struct wire *embeddings = server->wire->embeddings;
		if (embeddings)
			server->embeddings = setup_http_endpoint(s, server, embeddings->path(&s->style), NULL,
								 err);
		if (!server->endpoint || (embeddings && !server->embeddings))
			status = err && err->status ? (int)err->status : SOW_INVALID;
	}
	note_plain(s);
	return status;
}

void setup_http_release(struct setup_http *s)
{
	http_free(s->http);
	secrets_release(&s->secrets);
	buf_release(&s->notice);
	arena_free(s->arena);
}
