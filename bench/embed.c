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
#include "teacher/embed.h"

struct made {
	FILE *out;
	int64_t tokens;
};

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int keep(void *data, size_t i, const struct reply *vector)
{
	struct made *m = data;
	(void)i;
	m->tokens += vector->usage.prompt_tokens;
	return m->out && fwrite(vector->numbers, sizeof(float), vector->number_count, m->out) !=
				 vector->number_count ? SOW_IO : SOW_OK;
}

/* The lines of standard input, at most so many. */
static struct view *read_texts(size_t most, size_t *count)
{
	struct view *texts = NULL;
	char *line = NULL;
	size_t space = 0, room = 0;
	ssize_t len;
	for (*count = 0; *count < most && (len = getline(&line, &space, stdin)) > 0; line = NULL, space = 0) {
		if (*count == room && !(texts = realloc(texts, (room = room ? 2 * room : 1024) * sizeof(*texts))))
			exit(1);
		texts[(*count)++] = view_from(line, (size_t)len - (line[len - 1] == '\n'));
	}
	return texts;
}

int main(int argc, char **argv)
{
	struct teacher_options o;
	struct sow_error err = { 0 };
	const char *model = NULL, *path = NULL;
	struct made m = { 0 };
	size_t count;
	teacher_options_default(&o);
	for (int c; (c = getopt(argc, argv, "t:m:o:")) != -1;) {
		if (c == 't')
			o.threads = strtol(optarg, NULL, 10);
		else if (c == 'm')
			model = optarg;
		else if (c == 'o')
			path = optarg;
		else
			return 2;
	}
	struct view *texts = read_texts(optind < argc ? strtoul(argv[optind], NULL, 10) : SIZE_MAX, &count);
	if (path && !(m.out = fopen(path, "wb"))) {
		perror(path);
		return 1;
	}
	o.specs = &model;
	o.spec_count = model != NULL;
	/* what it takes to open the model is taken away */
	double cpu[3] = { cpu_seconds() };
	int64_t clock[3] = { clock_monotonic() };
	int status = embed_texts(&o, texts, 0, keep, &m, &err);
	cpu[1] = cpu_seconds();
	clock[1] = clock_monotonic();
	if (!status)
		status = embed_texts(&o, texts, count, keep, &m, &err);
	cpu[2] = cpu_seconds();
	clock[2] = clock_monotonic();
	double seconds = (double)(clock[2] - 2 * clock[1] + clock[0]) / 1e9;
	double busy = cpu[2] - 2 * cpu[1] + cpu[0];
	if (status || (m.out && fclose(m.out))) {
		fprintf(stderr, "%s\n", status ? err.text : "the vectors could not be written");
		return 1;
	}
	printf("%zu texts, %" PRId64 " tokens: %.2f s, %.2f CPU s; %.0f texts/s, %.0f texts/CPU s\n", count,
	       m.tokens, seconds, busy, (double)count / seconds, (double)count / busy);
	return 0;
}
