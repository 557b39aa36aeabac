#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/listener.h"

/* A client's socket; -1 if it is refused. */
static int connect_to(const struct listener *l)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons((uint16_t)listener_port(l)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	assert_int_equal(errno, ECONNREFUSED);
	close(fd);
	return -1;
}

static void take_one(struct listener *l)
{
	struct sockaddr_storage peer;
	socklen_t len;
	int client = connect_to(l);
	assert_true(client >= 0);
	assert_int_equal(poll(&(struct pollfd){ .fd = l->fd, .events = POLLIN }, 1, 10000), 1);
	int fd = listener_accept(l, &peer, &len);
	assert_true(fd >= 0 && peer.ss_family == AF_INET);
	assert_int_equal(listener_accept(l, &peer, &len), -1);
	assert_int_equal(errno, EAGAIN);
	close(fd);
	close(client);
}

static void test_open_and_closed(void **state)
{
	(void)state;
	struct listener l, other;
	struct sow_error err = { 0 };
	char expected[128];
	assert_int_equal(listener_open(&l, NULL, 0, &err), SOW_OK);
	int port = listener_port(&l);
	for (int i = 0; i < 3; i++) {
		take_one(&l);
		assert_int_equal(listener_listen(&l, &err), SOW_OK); /* it does already */
		assert_int_equal(listener_refuse(&l, &err), SOW_OK);
		assert_int_equal(listener_refuse(&l, &err), SOW_OK);
		assert_int_equal(connect_to(&l), -1);
		assert_int_equal(listener_listen(&l, &err), SOW_OK);
		assert_int_equal(listener_port(&l), port);
	}
	snprintf(expected, sizeof(expected), "127.0.0.1:%d: Address already in use", port);
	assert_int_equal(listener_open(&other, "127.0.0.1", (uint16_t)port, &err), SOW_IO);
	assert_string_equal(err.text, expected);
	listener_release(&other);
	listener_release(&l);
	listener_release(&l);
}

static void test_no_such_host(void **state)
{
	(void)state;
	struct listener l;
	struct sow_error err = { 0 };
	assert_int_equal(listener_open(&l, "no such host.", 0, &err), SOW_IO);
	assert_int_equal(strncmp(err.text, "no such host.: ", 15), 0);
	/* an address that is not ours */
	assert_int_equal(listener_open(&l, "192.0.2.1", 0, &err), SOW_IO);
	assert_string_equal(err.text, "192.0.2.1:0: Cannot assign requested address");
	listener_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_and_closed),
		cmocka_unit_test(test_no_such_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
