#include "io/http_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#define EVENTS 256                   /* taken from epoll at once */
#define HEADERS_MAX 65536
#define REDIRECTS_MAX 5
#define RECEIVE_SIZE 8192L           /* a request in flight holds one such buffer */
#define KEEP_SIZE 65536              /* a call that is not in use keeps no bigger buffer */
#define CONNECT_MS 20000L

/* Whether the loop waits, so that waking it costs a system call only when it does. */
enum { AWAKE, ASLEEP, WOKEN };

/* What is known of a file descriptor that libcurl uses. */
struct watch {
	uint8_t wanted;       /* EPOLLIN, EPOLLOUT: what libcurl wants to hear of */
	uint8_t registered;   /* what epoll tells of */
	bool ours;            /* opened by on_open, so that its end is seen by on_close */
};

struct http {
	CURLM *multi;
	CURLSH *share;        /* TLS sessions: a new connection resumes another's */
	int epoll;
	int event;
	atomic_int sleep;
	struct watch *watches; /* by descriptor */
	size_t watch_room;
	int64_t due;          /* when libcurl wants to be called; -1: not */
	char *ca_file;
	size_t body_max;
	struct http_call *all;
	struct http_call *unused;
	struct http_place *places;
	int trouble;          /* of a callback: SOW_NOMEM, SOW_IO */
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
	bool in_flight;
	struct buf body;           /* posted */
	struct buf headers, answer;
	bool (*take)(void *data, struct view bytes);
	void *data;
	bool too_big;
	int sends, redirects;
	long timeout_ms;
	int64_t began;
	char words[CURL_ERROR_SIZE];
};

/* -- callbacks of libcurl ------------------------------------------------------------- */

static struct watch *watch_of(struct http *h, int fd)
{
	size_t before = h->watch_room;
	void *array = h->watches;
	if (fd < 0 || mem_grow(&array, &h->watch_room, (size_t)fd + 1, sizeof(*h->watches)))
		return NULL;
	h->watches = array;
	if (h->watch_room > before)
		memset(h->watches + before, 0, (h->watch_room - before) * sizeof(*h->watches));
	return &h->watches[fd];
}

static int tell_epoll(struct http *h, int fd, struct watch *w, uint8_t mask)
{
	struct epoll_event e = { .events = mask, .data.fd = fd };
	int op = !mask ? EPOLL_CTL_DEL : w->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	w->registered = mask;
	return epoll_ctl(h->epoll, op, fd, &e);
}

/* A kept connection stays registered between requests: two system calls less for each. What
 * happens on it meanwhile is seen by handle_event, its end by on_close. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *unused)
{
	(void)easy;
	(void)unused;
	struct http *h = data;
	struct watch *w = watch_of(h, fd);
	if (!w) {
		h->trouble = SOW_NOMEM;
		return -1;
	}
	w->wanted = 0;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		w->wanted |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		w->wanted |= EPOLLOUT;
	if (w->wanted == w->registered || (!w->wanted && w->ours))
		return 0;
	if (tell_epoll(h, fd, w, w->wanted) && w->wanted) {
		h->trouble = SOW_IO;
		return -1;
	}
	return 0;
}

static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)purpose;
	struct http *h = data;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	struct watch *w = fd < 0 ? NULL : watch_of(h, fd);
	if (w) {
		*w = (struct watch){ .ours = true };
		return fd;
	}
	if (fd >= 0) {
		close(fd);
		h->trouble = SOW_NOMEM;
	}
	return CURL_SOCKET_BAD;
}

static int on_close(void *data, curl_socket_t fd)
{
	struct http *h = data;
	h->watches[fd] = (struct watch){ 0 }; /* closing takes it out of epoll */
	return close(fd);
}

static int on_timer(CURLM *multi, long ms, void *data)
{
	(void)multi;
	struct http *h = data;
	h->due = ms < 0 ? -1 : ms ? clock_monotonic() + ms * CLOCK_MS : 0;
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
	if (c->take) {
		c->too_big = !c->take(c->data, view_from(bytes, count));
		return c->too_big ? 0 : count;
	}
	int status = buf_add(&c->answer, bytes, count);
	c->too_big = status == SOW_TOOBIG;
	return status ? 0 : count;
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

/* -- making and freeing ----------------------------------------------------------------- */

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_status;

/* libcurl gets its memory where ours can be made to fail. What it then makes of it may be any
 * error, so it is noted here whose fault it was. */
static atomic_bool starved;

static void *note(void *p)
{
	if (!p)
		atomic_store(&starved, true);
	return p;
}

static void *curl_alloc(size_t size)
{
	return note(mem_alloc(size));
}

static void *curl_realloc(void *p, size_t size)
{
	return note(mem_realloc(p, size));
}

static void *curl_zalloc(size_t count, size_t size)
{
	size_t bytes;
	return note(__builtin_mul_overflow(count, size, &bytes) ? NULL : mem_zalloc(bytes));
}

static char *curl_copy(const char *text)
{
	return note(mem_copystr(text));
}

static void start_curl(void)
{
	curl_status = curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_alloc, mem_free, curl_realloc,
					   curl_copy, curl_zalloc);
}

static int set_up_multi(struct http *h, const struct http_options *o)
{
	h->multi = curl_multi_init();
	h->share = curl_share_init();
	if (!h->multi || !h->share)
		return SOW_NOMEM;
	curl_share_setopt(h->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)o->connections);
	return SOW_OK;
}

static int set_up_epoll(struct http *h)
{
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	h->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct epoll_event e = { .events = EPOLLIN, .data.fd = h->event };
	if (h->epoll < 0 || h->event < 0)
		return SOW_IO;
	return epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->event, &e) ? SOW_IO : SOW_OK;
}

struct http *http_new(const struct http_options *o, struct sow_error *err)
{
	pthread_once(&curl_once, start_curl);
	struct http *h = curl_status ? NULL : mem_zalloc(sizeof(*h));
	if (!h) {
		error_nomem(err);
		return NULL;
	}
	h->epoll = h->event = -1;
	h->due = -1;
	h->body_max = o->body_max;
	int status = o->ca_file && !(h->ca_file = mem_copystr(o->ca_file)) ? SOW_NOMEM : SOW_OK;
	if (!status)
		status = set_up_multi(h, o);
	if (!status && (status = set_up_epoll(h)) != SOW_OK)
		error_errno(err, "epoll");
	else if (status)
		error_nomem(err);
	if (status) {
		http_free(h);
		return NULL;
	}
	return h;
}

static void release_call(struct http_call *c)
{
	if (c->in_flight)
		curl_multi_remove_handle(c->h->multi, c->easy);
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
	curl_multi_cleanup(h->multi);
	curl_share_cleanup(h->share);
	while (h->places) {
		struct http_place *p = h->places;
		h->places = p->next;
		curl_slist_free_all(p->all);
		curl_slist_free_all(p->open);
		mem_free(p->url);
		mem_free(p);
	}
	if (h->epoll >= 0)
		close(h->epoll);
	if (h->event >= 0)
		close(h->event);
	mem_free(h->watches);
	mem_free(h->ca_file);
	mem_free(h);
}

/* -- places --------------------------------------------------------------------------- */

static int add_lines(struct curl_slist **list, const char *const *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct curl_slist *longer = curl_slist_append(*list, lines[i]);
		if (!longer)
			return SOW_NOMEM;
		*list = longer;
	}
	return SOW_OK;
}

static int check_url(const char *url, struct sow_error *err)
{
	CURLU *u = curl_url();
	if (!u)
		return error_nomem(err);
	CURLUcode code = curl_url_set(u, CURLUPART_URL, url, 0);
	curl_url_cleanup(u);
	if (code == CURLUE_OUT_OF_MEMORY)
		return error_nomem(err);
	return code ? error_set(err, SOW_INVALID, "%s: %s", url, curl_url_strerror(code)) : SOW_OK;
}

struct http_place *http_place_new(struct http *h, const char *url,
				  const char *const *headers, size_t header_count,
				  const char *const *secrets, size_t secret_count,
				  struct sow_error *err)
{
	/* Without it curl asks first, and waits for, leave to send a body of some size. */
	static const char *const always[] = { "Content-Type: application/json", "Expect:" };
	if (check_url(url, err))
		return NULL;
	struct http_place *p = mem_zalloc(sizeof(*p));
	if (!p) {
		error_nomem(err);
		return NULL;
	}
	p->next = h->places;
	h->places = p;
	p->url = mem_copystr(url);
	if (!p->url || add_lines(&p->open, always, 2) || add_lines(&p->open, headers, header_count) ||
	    add_lines(&p->all, always, 2) || add_lines(&p->all, headers, header_count) ||
	    add_lines(&p->all, secrets, secret_count)) {
		error_nomem(err);
		return NULL; /* http_free has it */
	}
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

/* -- calls ---------------------------------------------------------------------------- */

/* What is the same for every request. */
static int set_up_easy(struct http_call *c)
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
	/* Options that copy a text may fail. */
	if (curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") ||
	    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip") ||
	    curl_easy_setopt(e, CURLOPT_USERAGENT, "sow") ||
	    (h->ca_file && curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file)))
		return SOW_NOMEM;
	return SOW_OK;
}

struct http_call *http_call_new(struct http *h)
{
	struct http_call *c = h->unused;
	if (c) {
		h->unused = c->next_unused;
		return c;
	}
	c = mem_zalloc(sizeof(*c));
	if (!c)
		return NULL;
	c->h = h;
	c->body = c->headers = c->answer = (struct buf)BUF_INIT;
	c->headers.cap = HEADERS_MAX;
	c->answer.cap = h->body_max;
	c->easy = curl_easy_init();
	if (!c->easy || set_up_easy(c)) {
		release_call(c);
		return NULL;
	}
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
	b->status = SOW_OK;
}

void http_call_free(struct http_call *c)
{
	empty(&c->body);
	empty(&c->headers);
	empty(&c->answer);
	c->take = NULL;
	c->next_unused = c->h->unused;
	c->h->unused = c;
}

struct buf *http_call_body(struct http_call *c)
{
	return &c->body;
}

void http_call_read(struct http_call *c, bool (*take)(void *data, struct view bytes))
{
	c->take = take;
}

static int aim(struct http_call *c, struct http_place *p)
{
	if (c->place == p)
		return SOW_OK;
	c->place = NULL;
	if (curl_easy_setopt(c->easy, CURLOPT_URL, p->url))
		return SOW_NOMEM;
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, p->all);
	/* Rather wait until it is known whether a new connection can be shared. */
	curl_easy_setopt(c->easy, CURLOPT_PIPEWAIT, (long)view_starts(view_of(p->url), "https:"));
	c->place = p;
	return SOW_OK;
}

static int add_to_multi(struct http_call *c)
{
	if (buf_failed(&c->body) || curl_multi_add_handle(c->h->multi, c->easy))
		return SOW_NOMEM;
	c->in_flight = true;
	return SOW_OK;
}

int http_call_send(struct http_call *c, struct http_place *p, int64_t timeout, void *data)
{
	long ms = (long)(timeout / CLOCK_MS);
	c->data = data;
	c->target = p;
	c->too_big = false;
	c->sends = c->redirects = 0;
	c->words[0] = '\0';
	c->began = clock_monotonic();
	if (ms != c->timeout_ms)
		curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, c->timeout_ms = ms);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->body.data);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE, (long)c->body.len);
	if (aim(c, p) || add_to_multi(c)) {
		http_call_free(c);
		return SOW_NOMEM;
	}
	return SOW_OK;
}

/* -- answers -------------------------------------------------------------------------- */

static enum http_trouble trouble_of(const struct http_call *c, CURLcode code)
{
	if (code && atomic_exchange(&starved, false))
		return HTTP_NO_MEMORY;
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
	case CURLE_UNSUPPORTED_PROTOCOL: /* "HTTP/9", or HTTP/0.9 */
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return HTTP_BROKEN;
	case CURLE_WRITE_ERROR:
		return c->too_big ? HTTP_BODY_TOO_BIG : HTTP_NO_MEMORY;
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
	bool sent = !curl_easy_setopt(c->easy, CURLOPT_URL, url) && !add_to_multi(c);
	if (!sent) {
		a->trouble = HTTP_NO_MEMORY;
	}
	return sent;
}

static void finish(struct http *h, struct http_call *c, CURLcode code,
		   void (*done)(void *data, void *call_data, const struct http_answer *a), void *data)
{
	long status = 0;
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(h->multi, c->easy);
	c->in_flight = false;
	struct http_answer a = {
		.trouble = trouble_of(c, code),
		.words = c->words[0] ? c->words : curl_easy_strerror(code),
		.status = (int)status,
	};
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

/* -- the loop ------------------------------------------------------------------------- */

void http_wake(struct http *h)
{
	static const uint64_t one = 1;
	if (atomic_exchange(&h->sleep, WOKEN) == ASLEEP) {
		ssize_t n = write(h->event, &one, sizeof(one)); /* can't fail: nobody writes 2^64 */
		(void)n;
	}
}

static void drive(struct http *h, int fd, int what)
{
	int running;
	if (curl_multi_socket_action(h->multi, fd, what, &running))
		h->trouble = SOW_NOMEM;
}

static void run_timer(struct http *h)
{
	if (h->due < 0 || (h->due && clock_monotonic() < h->due))
		return;
	h->due = -1;
	drive(h, CURL_SOCKET_TIMEOUT, 0);
}

static void handle_event(struct http *h, const struct epoll_event *e)
{
	int fd = e->data.fd;
	struct watch *w = &h->watches[fd];
	if (!w->registered) /* closed by what came before */
		return;
	if (!w->wanted) { /* a kept connection was ended, or something came unasked */
		tell_epoll(h, fd, w, 0);
		return;
	}
	int what = (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) |
		   (e->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		   (e->events & EPOLLERR ? CURL_CSELECT_ERR : 0);
	drive(h, fd, what);
}

static int milliseconds(const struct http *h, int64_t wait)
{
	if (h->due >= 0) {
		int64_t left = h->due - clock_monotonic();
		if (left < wait)
			wait = left;
	}
	if (wait <= 0)
		return 0;
	wait = (wait + CLOCK_MS - 1) / CLOCK_MS;
	return wait < INT32_MAX ? (int)wait : INT32_MAX;
}

static int wait_for_events(struct http *h, int64_t wait, struct epoll_event *events)
{
	int ms = milliseconds(h, wait), awake = AWAKE;
	if (ms && !atomic_compare_exchange_strong(&h->sleep, &awake, ASLEEP))
		ms = 0;
	int n = epoll_wait(h->epoll, events, EVENTS, ms);
	/* From here on a wake leaves its mark only; what it is for will be seen before the
	 * next wait. */
	atomic_store(&h->sleep, AWAKE);
	return n < 0 && errno == EINTR ? 0 : n;
}

/* Hands over what has ended; how many. */
static int finish_ended(struct http *h,
			void (*done)(void *data, void *call_data, const struct http_answer *a),
			void *data)
{
	CURLMsg *m;
	int count = 0, left;
	while ((m = curl_multi_info_read(h->multi, &left))) {
		struct http_call *c = NULL;
		CURLcode code = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
		finish(h, c, code, done, data);
		count++;
	}
	return count;
}

int http_turn(struct http *h, int64_t wait,
	      void (*done)(void *data, void *call_data, const struct http_answer *a), void *data,
	      struct sow_error *err)
{
	struct epoll_event events[EVENTS];
	run_timer(h);
	if (finish_ended(h, done, data) || h->trouble) /* as fast as it was sent */
		wait = 0;
	int n = wait_for_events(h, wait, events);
	if (n < 0)
		return error_errno(err, "epoll_wait");
	for (int i = 0; i < n; i++) {
		uint64_t count;
		if (events[i].data.fd != h->event)
			handle_event(h, &events[i]);
		else if (read(h->event, &count, sizeof(count)) < 0 && errno != EAGAIN)
			return error_errno(err, "eventfd");
	}
	run_timer(h);
	finish_ended(h, done, data);
	if (!h->trouble)
		return SOW_OK;
	return h->trouble == SOW_NOMEM ? error_nomem(err)
				       : error_set(err, SOW_IO, "epoll refused a connection");
}
