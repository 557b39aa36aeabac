/* How much a request to a server costs: N different questions through the teacher "openai".
 *
 *     http URL [N [CONCURRENCY [STREAM]]]
 *
 * Prints requests a second, processor time of this process for each, and its peak memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "teacher/teacher.h"

static void fail(const char *why)
{
	fprintf(stderr, "http: %s\n", why);
	exit(1);
}

/* About 1 kB: eight tasks to take after, and a number that makes it differ. */
static struct request *question(const struct teacher *t, int i)
{
	static const char tasks[] =
		"Come up with a series of tasks:\n"
		"Task 1: Give three tips for staying healthy, and say why each of them matters.\n"
		"Task 2: Sort the given names by the alphabet and write them in one line.\n"
		"Task 3: Explain to a child of six how a rainbow comes about after the rain.\n"
		"Task 4: Write a short poem on the sea in which each line ends with a colour.\n"
		"Task 5: Find the mistake in the following sentence, and write it correctly.\n"
		"Task 6: Suggest a menu of four courses for somebody who eats no meat at all.\n"
		"Task 7: Turn the given recipe for four persons into one for nine of them.\n"
		"Task 8: Say which of two towns is further north, and by how many degrees.\n";
	char last[32];
	struct request *r = request_new();
	if (!r)
		fail("out of memory");
	snprintf(last, sizeof(last), "Number %d\nTask 9:", i);
	request_add(r, ROLE_USER, true, view_of(tasks));
	request_add(r, ROLE_USER, false, view_of(last));
	request_add_stop(r, "\n\n");
	request_add_stop(r, "Task 16");
	r->sampling.temperature = 0.7;
	r->sampling.top_p = 0.5;
	r->sampling.max_tokens = 1024;
	r->tag = i;
	if (request_set_key(r, view_of(teacher_identity(t)), 1))
		fail("no key");
	return r;
}

static void tell(struct teacher *t)
{
	struct buf line = BUF_INIT;
	while (teacher_notice(t, &line))
		fprintf(stderr, "http: %s\n", line.data);
	buf_release(&line);
}

static double cpu(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		fail("usage: http URL [N [CONCURRENCY [STREAM]]]");
	const char *spec = argv[1];
	int n = argc > 2 ? atoi(argv[2]) : 50000, asked = 0, failed = 0;
	struct teacher_options o;
	struct sow_error err = { 0 };
	teacher_options_default(&o);
	o.specs = &spec;
	o.spec_count = 1;
	o.model = "m";
	o.concurrency = argc > 3 ? atoi(argv[3]) : 256;
	o.stream = argc > 4;
	struct teacher *t = teacher_open(&o, &err);
	if (!t)
		fail(err.text);
	double cpu_before = cpu(), peak_wire = 0;
	int64_t start = clock_monotonic(), retried = 0;
	for (int done = 0; done < n;) {
		while (asked < n && asked - done < o.concurrency)
			teacher_submit(t, question(t, asked++));
		struct reply *r = teacher_collect(t, CLOCK_SECOND, &err);
		if (!r && err.status)
			fail(err.text);
		for (; r; r = teacher_collect(t, 0, &err)) {
			done++;
			failed += r->finish == FINISH_ERROR;
			retried += r->attempts - 1;
			reply_free(r);
		}
		struct teacher_load load;
		teacher_get_load(t, &load);
		if ((double)load.on_wire > peak_wire)
			peak_wire = (double)load.on_wire;
		tell(t);
	}
	double took = (double)(clock_monotonic() - start) / (double)CLOCK_SECOND;
	double used = cpu() - cpu_before;
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	printf("%d requests, %d at once (%.0f seen on the wire): %.2f s, %.0f a second; "
	       "%.1f us of processor each; %ld MB at most; %d failed, %lld sent again\n",
	       n, o.concurrency, peak_wire, took, n / took, used / n * 1e6, u.ru_maxrss / 1024,
	       failed, (long long)retried);
	teacher_close(t);
	return failed > 0;
}
