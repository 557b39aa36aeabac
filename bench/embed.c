/* How many texts the embedding model reads a second.
 *
 *     bench/embed [-t THREADS] [-m MODEL] [-o VECTORS.f32] [COUNT] <texts
 *
 * A text a line; the vectors are written one after another, 32-bit floating point. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "teacher/models.h"
#include "teacher/teacher.h"

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct request *ask_for(const char *line, size_t len, int64_t tag)
{
	struct request *r = request_new();
	if (!r || request_add(r, ROLE_NONE, false, view_from(line, len)))
		exit(1);
	r->kind = REQUEST_EMBED;
	r->tag = tag;
	return r;
}

/* The vectors in the order of the texts; the count, and the tokens read. */
static int64_t embed_all(struct teacher *t, struct request **asked, int64_t count, float **vectors,
			 size_t *dims)
{
	struct sow_error err = { 0 };
	int64_t sent = 0, tokens = 0;
	for (int64_t got = 0; got < count; got++) {
		while (sent < count && sent - got < teacher_capacity(t)) {
			if (teacher_submit(t, asked[sent++]))
				exit(1);
		}
		struct reply *r = NULL;
		while (!r && !(r = teacher_collect(t, CLOCK_SECOND, &err))) {
			if (err.status) {
				fprintf(stderr, "%s\n", err.text);
				exit(1);
			}
		}
		if (!*vectors)
			*vectors = calloc((size_t)count, (*dims = r->number_count) * sizeof(float));
		if (!*vectors)
			exit(1);
		if (r->numbers)
			memcpy(*vectors + (size_t)r->tag * *dims, r->numbers, *dims * sizeof(float));
		tokens += r->usage.prompt_tokens;
		reply_free(r);
	}
	return tokens;
}

int main(int argc, char **argv)
{
	struct teacher_options o;
	struct sow_error err = { 0 };
	const char *model = MODEL_EMBEDDER, *out = NULL;
	int64_t most = INT64_MAX, count = 0, room = 0;
	struct request **asked = NULL;
	char *line = NULL;
	size_t space = 0, dims = 0;
	float *vectors = NULL;
	ssize_t len;
	teacher_options_default(&o);
	for (int c; (c = getopt(argc, argv, "t:m:o:")) != -1;) {
		if (c == 't')
			o.threads = strtol(optarg, NULL, 10);
		else if (c == 'm')
			model = optarg;
		else if (c == 'o')
			out = optarg;
		else
			return 2;
	}
	if (optind < argc)
		most = strtol(argv[optind], NULL, 10);
	while (count < most && (len = getline(&line, &space, stdin)) > 0) {
		if (count == room && !(asked = realloc(asked, (size_t)(room = room ? 2 * room : 1024) * sizeof(*asked))))
			return 1;
		asked[count] = ask_for(line, (size_t)len - (line[len - 1] == '\n'), count);
		count++;
	}
	o.specs = &model;
	o.spec_count = 1;
	struct teacher *t = teacher_open(&o, &err);
	if (!t) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	double cpu = cpu_seconds();
	int64_t began = clock_monotonic();
	int64_t tokens = embed_all(t, asked, count, &vectors, &dims);
	double seconds = (double)(clock_monotonic() - began) / 1e9;
	cpu = cpu_seconds() - cpu;
	printf("%" PRId64 " texts, %" PRId64 " tokens: %.2f s, %.2f CPU s; %.0f texts/s, %.0f texts/CPU s\n", count,
	       tokens, seconds, cpu, (double)count / seconds, (double)count / cpu);
	teacher_close(t);
	FILE *f = out ? fopen(out, "wb") : NULL;
	if (out && (!f || fwrite(vectors, dims * sizeof(float), (size_t)count, f) != (size_t)count || fclose(f))) {
		perror(out);
		return 1;
	}
	free(vectors);
	free(asked);
	free(line);
	return 0;
}
