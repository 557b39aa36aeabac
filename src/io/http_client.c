#include "io/http_client_private.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

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

static int on_timer(CURLM *multi, long ms, void *data)
{
	(void)multi;
	struct shard *s = data;
	s->due = ms < 0 ? -1 : ms ? clock_monotonic() + ms * CLOCK_MS : 0;
	return 0;
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

void http_must(bool done)
{
	if (!done)
		mem_exhausted(sizeof(struct http_call));
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
	http_must(s->multi);
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
	http_must(h->share);
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

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->all) {
		struct http_call *c = h->all;
		h->all = c->next;
		http_call_release(c);
	}
	for (size_t i = 0; i < h->shard_count; i++)
		curl_multi_cleanup(h->shards[i].multi);
	curl_share_cleanup(h->share);
	while (h->endpoints) {
		struct http_endpoint *p = h->endpoints;
		h->endpoints = p->next;
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
			http_call_finish(c, code, done, data);
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
