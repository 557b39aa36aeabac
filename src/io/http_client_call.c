/* One request: set up, sent, and what became of it. */
#include "io/http_client_private.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define HEADERS_MAX 65536
#define REDIRECTS_MAX 5
#define RECEIVE_SIZE 8192L           /* a request in flight holds one such buffer */
#define KEEP_SIZE 65536              /* a call that is not in use keeps no bigger buffer */
#define CONNECT_MS 20000L

/* Callbacks of libcurl */

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

/* Making and sending */

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
	http_must(!curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https"));
	http_must(!curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip"));
	http_must(!curl_easy_setopt(e, CURLOPT_USERAGENT, h->agent));
	http_must(!h->ca_file || !curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file));
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
	http_must(c->easy);
	set_up_easy(c);
	c->next = h->all;
	h->all = c;
	return c;
}

void http_call_release(struct http_call *c)
{
	if (c->shard)
		curl_multi_remove_handle(c->shard->multi, c->easy);
	curl_easy_cleanup(c->easy);
	buf_release(&c->body);
	buf_release(&c->headers);
	buf_release(&c->answer);
	mem_free(c);
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

static void aim(struct http_call *c, struct http_endpoint *p)
{
	if (c->endpoint == p)
		return;
	http_must(!curl_easy_setopt(c->easy, CURLOPT_URL, p->url));
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, p->all);
	/* Rather wait until it is known whether a new connection can be shared. */
	curl_easy_setopt(c->easy, CURLOPT_PIPEWAIT, (long)view_starts(view_of(p->url), "https:"));
	c->endpoint = p;
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
	http_must(!curl_multi_add_handle(s->multi, c->easy));
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

void http_call_send(struct http_call *c, struct http_endpoint *p, int64_t timeout, void *data)
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
	case CURLE_OUT_OF_MEMORY: /* so libcurl also says that a header is too long */
		return c->sends ? HTTP_BODY_TOO_BIG : HTTP_NO_MEMORY;
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
	if (c->h->refused) { /* libcurl gives up a multi handle that was refused a connection */
		a->trouble = HTTP_FAILED;
		return false;
	}
	if (c->redirects == REDIRECTS_MAX) {
		a->trouble = HTTP_REDIRECTS;
		a->words = "it redirects again and again";
		return false;
	}
	bool trusted = http_endpoint_same(c->target->url, url);
	struct curl_slist *headers = trusted ? c->target->all : c->target->open;
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
	c->redirects++;
	c->endpoint = NULL;
	/* `url` lives in the handle, until it is used again. */
	http_must(!curl_easy_setopt(c->easy, CURLOPT_URL, url));
	start(c);
	return true;
}

void http_call_finish(struct http_call *c, CURLcode code,
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
