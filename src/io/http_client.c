#include "io/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/poller.h"

/* libcurl looks through all connections to a host for one that is free: with thousands of them in
 * one heap that would be most of the work. So there are many heaps, and a request goes to the
 * first that has room. */
#define SHARD_SIZE 128
#define HEADERS_MAX 65536
#define REDIRECTS_MAX 5
#define RECEIVE_SIZE 8192L           /* a request in flight holds one such buffer */
#define KEEP_SIZE 65536              /* a call that is not in use keeps no bigger buffer */
#define CONNECT_MS 20000L

struct shard {
	struct http *h;
	CURLM *multi;
	int number;
	int in_flight;
	int64_t due;          /* when libcurl wants to be called; -1: not */
	bool ended;           /* some request may have */
};

struct http {
	struct poller poller;
	CURLSH *share;        /* addresses, and TLS sessions: a new connection resumes another's */
	struct shard *shards;
	size_t shard_count;
	char agent[32];
	char *ca_file;
	size_t body_max;
	struct http_call *all;
	struct http_call *unused;
	struct http_place *places;
	bool refused;         /* epoll takes a connection no more: it cannot go on */
};

struct http_place {
	struct http_place *next;
	char *url;
	struct curl_slist *all;    /* headers with secrets */
	struct curl_slist *open;   /* those without */
};

struct http_call {
	struct http *h;
	struct http_call *next, *next_unused;
	CURL *easy;
	struct http_place *place;  /* whose address and headers `easy` has; NULL: another's */
	struct http_place *target;
	struct shard *shard;       /* NULL: not in flight */
	enum { POST, GET, PUT } method;
	struct buf body;           /* posted */
	int file;                  /* of which a piece is put: */
	int64_t from;
	size_t len, sent;
	struct buf headers, answer;
	bool (*take)(void *data, struct view bytes);
	void *data;
	bool once;
	int sends, redirects;
	long timeout_ms;
	int64_t began;
	char words[CURL_ERROR_SIZE];
};

/* Callbacks of libcurl */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *unused)
{
	(void)easy;
	(void)unused;
	struct shard *s = data;
	int wanted = what == CURL_POLL_IN ? POLLER_IN : what == CURL_POLL_OUT ? POLLER_OUT
		     : what == CURL_POLL_INOUT ? POLLER_IN | POLLER_OUT : 0;
	int status = poller_want(&s->h->poller, fd, wanted, s->number);
	s->h->refused |= status != SOW_OK;
	return status ? -1 : 0;
}

static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)purpose;
	struct http *h = data;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	poller_opened(&h->poller, fd);
	return fd;
}

static int on_close(void *data, curl_socket_t fd)
{
	struct http *h = data;
	poller_closed(&h->poller, fd);
	return close(fd);
}

static int on_timer(CURLM *multi, long ms, void *data)
{
	(void)multi;
	struct shard *s = data;
	s->due = ms < 0 ? -1 : ms ? clock_monotonic() + ms * CLOCK_MS : 0;
	return 0;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
	(void)size;
	struct http_call *c = data;
	struct view line = view_from(bytes, count);
	if (view_starts(line, "HTTP/")) { /* of a further answer: 100, or after a redirect */
		buf_clear(&c->headers);
		buf_clear(&c->answer);
	}
	return buf_add(&c->headers, bytes, count) ? 0 : count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
	(void)size;
	struct http_call *c = data;
	if (c->take)
		return c->take(c->data, view_from(bytes, count)) ? count : 0;
	return buf_add(&c->answer, bytes, count) ? 0 : count;
}

static size_t on_read(char *room, size_t size, size_t count, void *data)
{
	struct http_call *c = data;
	size_t least = size * count < c->len - c->sent ? size * count : c->len - c->sent;
	ssize_t n = pread(c->file, room, least, c->from + (int64_t)c->sent);
	if (n < 0 || (least && !n))
		return CURL_READFUNC_ABORT;
	c->sent += (size_t)n;
	return (size_t)n;
}

static int on_rewind(void *data, curl_off_t offset, int origin)
{
	struct http_call *c = data;
	if (origin != SEEK_SET || offset < 0 || (size_t)offset > c->len)
		return CURL_SEEKFUNC_FAIL;
	c->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static int on_send(void *data, char *ip, char *local_ip, int port, int local_port)
{
	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	struct http_call *c = data;
	c->sends++;
	return CURL_PREREQFUNC_OK;
}

/* Making and freeing */

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_status;

/* libcurl gets its memory where ours comes from, and so never sees an allocation fail. */
static void *curl_zalloc(size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		mem_exhausted(SIZE_MAX);
	return mem_zalloc(bytes);
}

/* What it makes and sets up it then refuses only when out of memory. */
static void must(bool done)
{
	if (!done)
		mem_exhausted(RECEIVE_SIZE);
}

static void start_curl(void)
{
	curl_status = curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_alloc, mem_free, mem_realloc,
					   mem_copystr, curl_zalloc);
}

static void set_up_shard(struct http *h, int number)
{
	struct shard *s = &h->shards[number];
	*s = (struct shard){ .h = h, .multi = curl_multi_init(), .number = number, .due = -1 };
	must(s->multi);
	h->shard_count++;
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)SHARD_SIZE);
}

static void set_up(struct http *h, const struct http_options *o, const char *ca_file)
{
	size_t count = (o->requests + SHARD_SIZE - 1) / SHARD_SIZE;
	if (!count)
		count = 1;
	h->share = curl_share_init();
	h->shards = mem_zalloc(count * sizeof(*h->shards));
	h->ca_file = ca_file ? mem_copystr(ca_file) : NULL;
	must(h->share);
	curl_share_setopt(h->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	curl_share_setopt(h->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	for (size_t i = 0; i < count; i++)
		set_up_shard(h, (int)i);
}

/* Where systems keep the certificates of the authorities they trust. libcurl knows one such file,
 * that of the system it was built for. */
static const char *find_certificates(void)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Arch, Gentoo */
		"/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora, RHEL */
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* CentOS, Amazon Linux */
		"/etc/ssl/ca-bundle.pem",                            /* openSUSE */
		"/etc/ssl/cert.pem",                                 /* Alpine, macOS */
	};
	const char *chosen = getenv("SSL_CERT_FILE");
	if (chosen && *chosen)
		return chosen;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], R_OK) == 0)
			return places[i];
	}
	return NULL;
}

struct http *http_new(const struct http_options *o, struct sow_error *err)
{
	pthread_once(&curl_once, start_curl);
	/* libcurl would say so at each request */
	if (o->ca_file && access(o->ca_file, R_OK) != 0) {
		error_errno(err, o->ca_file);
		return NULL;
	}
	if (curl_status) {
		error_set(err, SOW_IO, "libcurl does not start: %s", curl_easy_strerror(curl_status));
		return NULL;
	}
	struct http *h = mem_zalloc(sizeof(*h));
	h->body_max = o->body_max;
	snprintf(h->agent, sizeof(h->agent), "sow/%s", sow_version());
	set_up(h, o, o->ca_file ? o->ca_file : find_certificates());
	if (poller_init(&h->poller, err)) {
		http_free(h);
		return NULL;
	}
	return h;
}

static void release_call(struct http_call *c)
{
	if (c->shard)
		curl_multi_remove_handle(c->shard->multi, c->easy);
	curl_easy_cleanup(c->easy);
	buf_release(&c->body);
	buf_release(&c->headers);
	buf_release(&c->answer);
	mem_free(c);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->all) {
		struct http_call *c = h->all;
		h->all = c->next;
		release_call(c);
	}
	for (size_t i = 0; i < h->shard_count; i++)
		curl_multi_cleanup(h->shards[i].multi);
	curl_share_cleanup(h->share);
	while (h->places) {
		struct http_place *p = h->places;
		h->places = p->next;
		curl_slist_free_all(p->all);
		curl_slist_free_all(p->open);
		mem_free(p->url);
		mem_free(p);
	}
	poller_release(&h->poller);
	mem_free(h->shards);
	mem_free(h->ca_file);
	mem_free(h);
}

/* Places */

static void add_lines(struct curl_slist **list, const char *const *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		*list = curl_slist_append(*list, lines[i]);
		must(*list);
	}
}

static int check_url(const char *url, struct sow_error *err)
{
	CURLU *u = curl_url();
	must(u);
	CURLUcode code = curl_url_set(u, CURLUPART_URL, url, 0);
	curl_url_cleanup(u);
	return code ? error_set(err, SOW_INVALID, "%s: %s", url, curl_url_strerror(code)) : SOW_OK;
}

struct http_place *http_place_new(struct http *h, const char *url,
				  const char *const *headers, size_t header_count,
				  const char *const *secrets, size_t secret_count,
				  struct sow_error *err)
{
	/* Without it curl asks first, and waits for, leave to send a body of some size. */
	static const char *const always[] = { "Expect:", "Content-Type: application/json" };
	size_t count = 2;
	for (size_t i = 0; i < header_count; i++)
		count = view_starts(view_of(headers[i]), "Content-Type:") ? 1 : count;
	if (check_url(url, err))
		return NULL;
	struct http_place *p = mem_zalloc(sizeof(*p));
	p->next = h->places;
	h->places = p;
	p->url = mem_copystr(url);
	add_lines(&p->open, always, count);
	add_lines(&p->open, headers, header_count);
	add_lines(&p->all, always, count);
	add_lines(&p->all, headers, header_count);
	add_lines(&p->all, secrets, secret_count);
	return p;
}

/* One part of an address, "" if it has none; to be freed with curl_free. */
static char *part(CURLU *u, CURLUPart which)
{
	char *text = NULL;
	curl_url_get(u, which, &text, CURLU_DEFAULT_PORT);
	return text;
}

static bool same(const char *a, const char *b)
{
	return a && b && view_eqfold(view_of(a), view_of(b));
}

/* May what is secret to `from` be shown to `to`? */
static bool is_same_place(const char *from, const char *to)
{
	CURLU *a = curl_url(), *b = curl_url();
	bool fits = a && b && !curl_url_set(a, CURLUPART_URL, from, 0) &&
		    !curl_url_set(b, CURLUPART_URL, to, 0);
	if (fits) {
		char *scheme_a = part(a, CURLUPART_SCHEME), *scheme_b = part(b, CURLUPART_SCHEME);
		char *host_a = part(a, CURLUPART_HOST), *host_b = part(b, CURLUPART_HOST);
		char *port_a = part(a, CURLUPART_PORT), *port_b = part(b, CURLUPART_PORT);
		bool safer = same(scheme_a, "http") && same(port_a, "80") &&
			     same(scheme_b, "https") && same(port_b, "443");
		fits = same(host_a, host_b) &&
		       (safer || (same(scheme_a, scheme_b) && same(port_a, port_b)));
		char *const parts[] = { scheme_a, scheme_b, host_a, host_b, port_a, port_b };
		for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			curl_free(parts[i]);
	}
	curl_url_cleanup(a);
	curl_url_cleanup(b);
	return fits;
}

/* Calls */

/* What is the same for every request. */
static void set_up_easy(struct http_call *c)
{
	CURL *e = c->easy;
	struct http *h = c->h;
	curl_easy_setopt(e, CURLOPT_PRIVATE, c);
	curl_easy_setopt(e, CURLOPT_SHARE, h->share);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->words);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_send);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, c);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, h);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, h);
	curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, RECEIVE_SIZE);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	must(!curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https"));
	must(!curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip"));
	must(!curl_easy_setopt(e, CURLOPT_USERAGENT, h->agent));
	must(!h->ca_file || !curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file));
}

struct http_call *http_call_new(struct http *h)
{
	struct http_call *c = h->unused;
	if (c) {
		h->unused = c->next_unused;
		return c;
	}
	c = mem_zalloc(sizeof(*c));
	c->h = h;
	c->body = c->headers = c->answer = (struct buf)BUF_INIT;
	c->headers.cap = HEADERS_MAX;
	c->answer.cap = h->body_max;
	c->easy = curl_easy_init();
	must(c->easy);
	set_up_easy(c);
	c->next = h->all;
	h->all = c;
	return c;
}

static void empty(struct buf *b)
{
	if (b->room > KEEP_SIZE)
		buf_release(b);
	else
		buf_clear(b);
}

void http_call_free(struct http_call *c)
{
	c->method = POST;
	c->once = false;
	empty(&c->body);
	empty(&c->headers);
	empty(&c->answer);
	c->take = NULL;
	c->next_unused = c->h->unused;
	c->h->unused = c;
}

void http_call_once(struct http_call *c)
{
	c->once = true;
}

void http_call_get(struct http_call *c)
{
	c->method = GET;
}

struct buf *http_call_body(struct http_call *c)
{
	return &c->body;
}

void http_call_put(struct http_call *c, int fd, int64_t from, size_t len)
{
	c->method = PUT;
	c->file = fd;
	c->from = from;
	c->len = len;
}

void http_call_read(struct http_call *c, bool (*take)(void *data, struct view bytes))
{
	c->take = take;
}

static void aim(struct http_call *c, struct http_place *p)
{
	if (c->place == p)
		return;
	must(!curl_easy_setopt(c->easy, CURLOPT_URL, p->url));
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, p->all);
	/* Rather wait until it is known whether a new connection can be shared. */
	curl_easy_setopt(c->easy, CURLOPT_PIPEWAIT, (long)view_starts(view_of(p->url), "https:"));
	c->place = p;
}

/* The first with room, or the last. */
static struct shard *find_shard(struct http *h)
{
	size_t i = 0;
	while (i + 1 < h->shard_count && h->shards[i].in_flight >= SHARD_SIZE)
		i++;
	return &h->shards[i];
}

static void start(struct http_call *c)
{
	struct shard *s = find_shard(c->h);
	c->sent = 0;
	must(!curl_multi_add_handle(s->multi, c->easy));
	c->shard = s;
	s->in_flight++;
}

/* What is sent, and by which method: a call may be used again for another. */
static void set_body(struct http_call *c)
{
	bool puts = c->method == PUT;
	curl_easy_setopt(c->easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(c->easy, CURLOPT_READDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_SEEKFUNCTION, on_rewind);
	curl_easy_setopt(c->easy, CURLOPT_SEEKDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, puts ? "PUT" : NULL);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, puts ? NULL : c->body.data);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)(puts ? c->len : c->body.len));
	/* libcurl sends again what went out on a kept connection that was dead */
	curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, (long)c->once);
	/* the fields make it a POST */
	curl_easy_setopt(c->easy, c->method == GET ? CURLOPT_HTTPGET : CURLOPT_POST, 1L);
}

void http_call_send(struct http_call *c, struct http_place *p, int64_t timeout, void *data)
{
	long ms = (long)(timeout / CLOCK_MS);
	c->data = data;
	c->target = p;
	c->sends = c->redirects = 0;
	c->words[0] = '\0';
	c->began = clock_monotonic();
	if (ms != c->timeout_ms)
		curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, c->timeout_ms = ms);
	set_body(c);
	aim(c, p);
	start(c);
}

/* Answers */

static enum http_trouble trouble_of(const struct http_call *c, CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return HTTP_FINE;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return HTTP_NO_HOST;
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
		return HTTP_NO_CONNECTION;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
		return HTTP_NO_TRUST;
	case CURLE_OPERATION_TIMEDOUT:
		return c->sends ? HTTP_TIMEOUT : HTTP_NO_CONNECTION;
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return HTTP_BROKEN;
	case CURLE_UNSUPPORTED_PROTOCOL: /* no HTTP at all: here, or where it redirects to */
		return c->redirects ? HTTP_REDIRECTS : HTTP_BROKEN;
	case CURLE_WRITE_ERROR: /* refused by on_header or on_body */
		return HTTP_BODY_TOO_BIG;
	case CURLE_OUT_OF_MEMORY:
		return HTTP_NO_MEMORY;
	default:
		return HTTP_FAILED;
	}
}

/* Posts again where the answer says. False if it is a final answer. */
static bool follow(struct http_call *c, long status, struct http_answer *a)
{
	char *url = NULL;
	if (status != 301 && status != 302 && status != 307 && status != 308)
		return false;
	curl_easy_getinfo(c->easy, CURLINFO_REDIRECT_URL, &url);
	if (!url)
		return false;
	if (c->redirects == REDIRECTS_MAX) {
		a->trouble = HTTP_REDIRECTS;
		a->words = "it redirects again and again";
		return false;
	}
	bool trusted = is_same_place(c->target->url, url);
	struct curl_slist *headers = trusted ? c->target->all : c->target->open;
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
	c->redirects++;
	c->place = NULL;
	/* `url` lives in the handle, until it is used again. */
	must(!curl_easy_setopt(c->easy, CURLOPT_URL, url));
	start(c);
	return true;
}

static void finish(struct http_call *c, CURLcode code,
		   void (*done)(void *data, void *call_data, const struct http_answer *a),
		   void *data)
{
	long status = 0;
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(c->shard->multi, c->easy);
	c->shard->in_flight--;
	c->shard = NULL;
	struct http_answer a = {
		.trouble = trouble_of(c, code),
		.words = c->words[0] ? c->words : curl_easy_strerror(code),
		.status = (int)status,
	};
	if (a.trouble == HTTP_NO_TRUST && !c->h->ca_file)
		a.words = "no certificates of authorities on this system: install ca-certificates, or "
			  "name a file with --ca-file or SSL_CERT_FILE";
	if (code == CURLE_OK && follow(c, status, &a))
		return;
	a.headers = view_from(c->headers.data, c->headers.len);
	a.body = view_from(c->answer.data, c->answer.len);
	a.sends = c->sends;
	a.redirected = c->redirects > 0;
	a.took = clock_monotonic() - c->began;
	done(data, c->data, &a);
	http_call_free(c);
}

struct view http_header(struct view headers, const char *name)
{
	struct view line, found = view_of("");
	size_t len = strlen(name);
	while (view_line(&headers, &line)) {
		if (line.len > len && line.p[len] == ':' &&
		    view_eqfold(view_from(line.p, len), view_from(name, len)))
			found = view_trim(view_sub(line, len + 1, line.len));
	}
	return found;
}

/* The loop */

void http_wake(struct http *h)
{
	poller_wake(&h->poller);
}

static void drive(struct shard *s, int fd, int what)
{
	int running;
	s->ended = true;
	if (curl_multi_socket_action(s->multi, fd, what, &running))
		s->h->refused = true;
}

static void run_timers(struct http *h)
{
	int64_t now = clock_monotonic();
	for (size_t i = 0; i < h->shard_count; i++) {
		struct shard *s = &h->shards[i];
		if (s->due < 0 || s->due > now)
			continue;
		s->due = -1;
		drive(s, CURL_SOCKET_TIMEOUT, 0);
	}
}

/* Not longer than libcurl wants. */
static int64_t shorten(const struct http *h, int64_t wait)
{
	int64_t now = clock_monotonic();
	for (size_t i = 0; i < h->shard_count; i++) {
		int64_t due = h->shards[i].due;
		if (due >= 0 && due - now < wait)
			wait = due - now;
	}
	return wait;
}

static void handle_event(struct http *h, const struct poller_event *e)
{
	int what = (e->what & POLLER_IN ? CURL_CSELECT_IN : 0) |
		   (e->what & POLLER_OUT ? CURL_CSELECT_OUT : 0) |
		   (e->what & POLLER_ERROR ? CURL_CSELECT_ERR : 0);
	drive(&h->shards[e->owner], e->fd, what);
}

/* Hands over what has ended; how many. */
static int finish_ended(struct http *h,
			void (*done)(void *data, void *call_data, const struct http_answer *a),
			void *data)
{
	CURLMsg *m;
	int count = 0, left;
	for (size_t i = 0; i < h->shard_count; i++) {
		struct shard *s = &h->shards[i];
		for (; s->ended && (m = curl_multi_info_read(s->multi, &left)); count++) {
			struct http_call *c = NULL;
			CURLcode code = m->data.result;
			curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
			finish(c, code, done, data);
		}
		s->ended = false;
	}
	return count;
}

int http_turn(struct http *h, int64_t wait,
	      void (*done)(void *data, void *call_data, const struct http_answer *a), void *data,
	      struct sow_error *err)
{
	struct poller_event e;
	run_timers(h);
	if (finish_ended(h, done, data) || h->refused) /* answered as fast as it was sent */
		wait = 0;
	if (poller_wait(&h->poller, shorten(h, wait), err))
		return SOW_IO;
	while (poller_next(&h->poller, &e))
		handle_event(h, &e);
	run_timers(h);
	finish_ended(h, done, data);
	return h->refused ? error_set(err, SOW_IO, "epoll refused a connection") : SOW_OK;
}
