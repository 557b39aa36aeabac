/* The teacher "http" over TLS: whom it trusts, and whom it tells its key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "teacher/teacher.h"

#define KEY "sk-only-for-the-trusted"

/* A server with a certificate that it made itself */

static SSL_CTX *context;
static int listener, port;
static atomic_int requests, keys; /* whole ones, and those with the key */
static atomic_bool stop;
static pthread_t thread;
static char ca_file[] = "/tmp/sow-ca-XXXXXX";

static X509 *make_certificate(EVP_PKEY *key, const char *name)
{
	X509 *x = X509_new();
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_NAME *subject = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"a test", -1, -1, 0);
	X509_set_issuer_name(x, subject);
	X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, name);
	X509_add_ext(x, names, -1);
	X509_EXTENSION_free(names);
	X509_sign(x, key, EVP_sha256());
	return x;
}

static void make_context(const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = make_certificate(key, name);
	context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(context, x);
	SSL_CTX_use_PrivateKey(context, key);
	FILE *fp = fopen(ca_file, "w");
	assert_non_null(fp);
	PEM_write_X509(fp, x);
	fclose(fp);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void serve(int fd)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"
				     "{\"choices\":[{\"message\":{\"content\":\"Over TLS.\"}}]} ";
	char in[8192];
	SSL *ssl = SSL_new(context);
	SSL_set_fd(ssl, fd);
	int n = SSL_accept(ssl) == 1 ? 1 : 0;
	while (n > 0 && !stop) {
		size_t have = 0;
		char *end = NULL;
		while (!end && (n = SSL_read(ssl, in + have, (int)(sizeof(in) - 1 - have))) > 0) {
			have += (size_t)n;
			in[have] = '\0';
			end = strstr(in, "\r\n\r\n");
			const char *length = end ? strcasestr(in, "content-length:") : NULL;
			if (length && have < (size_t)(end - in) + 4 + strtoul(length + 15, NULL, 10))
				end = NULL;
		}
		if (!end)
			break;
		atomic_fetch_add(&requests, 1);
		atomic_fetch_add(&keys, strstr(in, KEY) != NULL);
		n = SSL_write(ssl, answer, sizeof(answer) - 1);
	}
	SSL_free(ssl);
	close(fd);
}

static void *take_connections(void *data)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	(void)data;
	while (!stop) {
		int fd = poll(&p, 1, 20) > 0 ? accept(listener, NULL, NULL) : -1;
		if (fd >= 0)
			serve(fd); /* one at a time */
	}
	return NULL;
}

static void start(const char *name)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	make_context(name);
	requests = keys = 0;
	stop = false;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, len) || listen(listener, 16) ||
			 getsockname(listener, (struct sockaddr *)&a, &len), 0);
	port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&thread, NULL, take_connections, NULL), 0);
}

static void finish(void)
{
	stop = true;
	pthread_join(thread, NULL);
	close(listener);
	SSL_CTX_free(context);
}

/* The client */

/* Asks `count` questions, one at a time; how many were answered. */
static int ask(const char *ca, int count, struct sow_error *err)
{
	char spec[64];
	const char *specs[] = { spec };
	struct teacher_options o;
	snprintf(spec, sizeof(spec), "https://127.0.0.1:%d/v1", port);
	teacher_options_default(&o);
	o.specs = specs;
	o.spec_count = 1;
	o.model = "m";
	o.ca_file = ca;
	o.key_env = "OPENAI_API_KEY";
	o.concurrency = 1;
	struct teacher *t = teacher_open(&o, err);
	if (!t)
		return -1;
	int answered = 0;
	for (int i = 0; i < count; i++) {
		struct request *q = request_new();
		request_add(q, ROLE_USER, false, view_of("A question"));
		q->sample = (uint32_t)i;
		request_set_key(q, view_of("m"), 1);
		teacher_submit(t, q);
	}
	int64_t end = clock_monotonic() + 60 * CLOCK_SECOND;
	while (answered < count && clock_monotonic() < end) {
		struct reply *r = teacher_collect(t, CLOCK_SECOND, err);
		if (!r && err->status)
			break;
		answered += r && view_eqstr(r->text, "Over TLS.");
		reply_free(r);
	}
	teacher_close(t);
	return answered;
}

static void the_trusted_are_asked(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	start("IP:127.0.0.1");
	assert_int_equal(ask(ca_file, 20, &err), 20);
	assert_int_equal(requests, 20);
	assert_int_equal(keys, 20);
	finish();
}

static void the_environment_names_authorities(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	const char *before = getenv("SSL_CERT_FILE");
	char *kept = before ? strdup(before) : NULL;
	start("IP:127.0.0.1");
	setenv("SSL_CERT_FILE", ca_file, 1);
	assert_int_equal(ask(NULL, 1, &err), 1);
	if (kept)
		setenv("SSL_CERT_FILE", kept, 1);
	else
		unsetenv("SSL_CERT_FILE");
	free(kept);
	finish();
}

static void strangers_are_not(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	start("IP:127.0.0.1");
	assert_int_equal(ask(NULL, 1, &err), 0);
	assert_int_equal(err.status, SOW_STOPPED);
	assert_non_null(strstr(err.text, "its certificate is not to be trusted"));
	assert_int_equal(requests, 0);
	finish();
}

static void nor_who_goes_by_another_name(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	start("DNS:elsewhere.example");
	assert_int_equal(ask(ca_file, 1, &err), 0);
	assert_int_equal(err.status, SOW_STOPPED);
	assert_non_null(strstr(err.text, "its certificate is not to be trusted"));
	assert_int_equal(requests, 0);
	finish();
}

static void a_ca_file_must_be_there(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	start("IP:127.0.0.1");
	assert_int_equal(ask("/nowhere/ca.pem", 1, &err), -1);
	assert_int_equal(err.status, SOW_IO);
	assert_non_null(strstr(err.text, "/nowhere/ca.pem"));
	finish();
}

int main(void)
{
	static const char *const unset[] = { "http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY",
					     "ALL_PROXY" };
	for (size_t i = 0; i < sizeof(unset) / sizeof(*unset); i++)
		unsetenv(unset[i]);
	setenv("OPENAI_API_KEY", KEY, 1);
	signal(SIGPIPE, SIG_IGN); /* of the server here */
	close(mkstemp(ca_file));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_trusted_are_asked),
		cmocka_unit_test(the_environment_names_authorities),
		cmocka_unit_test(strangers_are_not),
		cmocka_unit_test(nor_who_goes_by_another_name),
		cmocka_unit_test(a_ca_file_must_be_there),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(ca_file);
	return failed;
}
