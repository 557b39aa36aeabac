#include "run/source.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "data/reader.h"
#include "data/tasks.h"
#include "data/turns.h"

struct task_place {
	int64_t ticket, item;
};

struct source {
	/* a file */
	const char *path;
	struct reader *reader;       /* NULL: none is open, or it is standard input */
	struct tasks tasks;          /* of standard input, which can't be read twice */
	struct hash hash;
	/* a step */
	struct store *store;
	int64_t step;
	struct task_place *places;
	size_t place_room;
	/* both */
	struct arena *arena;
	int64_t at, count;
};

/* -- a file ----------------------------------------------------------------------------- */

static void hash_task(struct hasher *h, const struct task *t)
{
	hasher_text(h, t->instruction);
	for (size_t i = 0; i < t->instance_count; i++) {
		hasher_text(h, t->instances[i].input);
		hasher_text(h, t->instances[i].output);
	}
	for (size_t i = 0; i < t->turn_count; i++) {
		hasher_text(h, view_of(role_names[t->turns[i].role]));
		hasher_text(h, t->turns[i].text);
	}
}

/* Once through the file: every mistake in it shows before anything is asked. */
static int count_and_hash(struct source *s, struct reader *r, struct sow_error *err)
{
	struct arena *a = arena_new();
	struct hasher *h = hasher_new();
	struct task task;
	int status = a && h ? 1 : error_nomem(err);
	while (status > 0 && (status = reader_next(r, a, &task, err)) > 0) {
		hash_task(h, &task);
		s->count++;
		arena_clear(a);
	}
	if (h && hasher_finish(h, &s->hash) && !status)
		status = error_nomem(err);
	if (!status && !s->count)
		status = error_set(err, SOW_INVALID, "%s: no tasks in it; expected JSON lines, one JSON "
				   "array, or one instruction a line", s->path);
	arena_free(a);
	return status;
}

static int read_standard_input(struct source *s, struct sow_error *err)
{
	int status = tasks_read(&s->tasks, s->arena, s->path, err);
	struct hasher *h = status ? NULL : hasher_new();
	for (size_t i = 0; h && i < s->tasks.count; i++)
		hash_task(h, &s->tasks.list[i]);
	if (!status && (!h || hasher_finish(h, &s->hash)))
		status = error_nomem(err);
	s->count = (int64_t)s->tasks.count;
	return status;
}

static int read_file(struct source *s, struct sow_error *err)
{
	if (strcmp(s->path, "-") == 0)
		return read_standard_input(s, err);
	struct reader *r = reader_open(s->path, err);
	int status = r ? count_and_hash(s, r, err) : err && err->status ? (int)err->status : SOW_IO;
	reader_close(r);
	if (!status && !(s->reader = reader_open(s->path, err)))
		status = err && err->status ? (int)err->status : SOW_IO;
	return status;
}

struct source *source_file(const char *path, struct sow_error *err)
{
	struct source *s = mem_zalloc(sizeof(*s));
	int status = s && (s->arena = arena_new()) && (s->path = arena_copystr(s->arena, path))
			     ? SOW_OK : error_nomem(err);
	if (!status)
		status = read_file(s, err);
	if (status) {
		source_free(s);
		return NULL;
	}
	return s;
}

/* The file may have changed since it was read first. */
static int read_next(struct source *s, struct arena *a, struct task *task, struct sow_error *err)
{
	int status = reader_next(s->reader, a, task, err);
	return status ? status : error_set(err, SOW_INVALID, "%s: became shorter while it was read",
					   s->path);
}

static int next_of_file(struct source *s, struct arena *a, struct task *task,
			struct sow_error *err)
{
	char id[32];
	int status = 1;
	if (s->reader)
		status = read_next(s, a, task, err);
	else
		*task = s->tasks.list[s->at];
	if (status < 0 || task->id.len)
		return status;
	snprintf(id, sizeof(id), "input_%lld", (long long)s->at + 1);
	const char *copy = arena_copystr(a, id);
	task->id = view_of(copy);
	return copy ? 1 : error_nomem(err);
}

/* -- a step ------------------------------------------------------------------------------- */

static int add_place(void *data, int64_t ticket, int64_t item)
{
	struct source *s = data;
	if (mem_grow(&s->places, &s->place_room, (size_t)s->count + 1))
		return SOW_NOMEM;
	s->places[s->count++] = (struct task_place){ ticket, item };
	return SOW_OK;
}

struct source *source_step(struct store *store, int64_t step, int64_t limit, struct sow_error *err)
{
	struct source *s = mem_zalloc(sizeof(*s));
	if (!s) {
		error_nomem(err);
		return NULL;
	}
	s->store = store;
	s->step = step;
	int status = store_each_place(store, step, limit, add_place, s, err);
	if (status) {
		if (status == SOW_NOMEM)
			error_nomem(err);
		source_free(s);
		return NULL;
	}
	return s;
}

struct taken {
	struct arena *arena;
	struct task *task;
	struct sow_error *err;
};

static int take(void *data, const struct task *task)
{
	struct taken *t = data;
	if (task_copy(task, t->arena, t->task))
		return error_nomem(t->err);
	t->task->lineage = (struct lineage){ .root = t->task->id };
	return SOW_OK;
}

static int next_of_step(struct source *s, struct arena *a, struct task *task,
			struct sow_error *err)
{
	struct taken taken = { a, task, err };
	const struct task_place *place = &s->places[s->at];
	const struct task_range range = { .step = s->step, .limit = 1, .after_ticket = place->ticket,
					  .after_item = place->item - 1 };
	int status = store_each_task(s->store, &range, take, &taken, err);
	return status ? status : 1;
}

/* -- both ------------------------------------------------------------------------------- */

void source_free(struct source *s)
{
	if (!s)
		return;
	reader_close(s->reader);
	tasks_release(&s->tasks);
	mem_free(s->places);
	arena_free(s->arena);
	mem_free(s);
}

int64_t source_count(const struct source *s)
{
	return s->count;
}

const struct hash *source_hash(const struct source *s)
{
	return s->store ? NULL : &s->hash;
}

int source_skip(struct source *s, int64_t count, struct sow_error *err)
{
	int status = SOW_OK;
	if (count > s->count && !s->store)
		return error_set(err, SOW_INVALID, "the input has %lld entries, and %lld were begun",
				 (long long)s->count, (long long)count);
	struct arena *a = s->reader ? arena_new() : NULL;
	struct task task;
	if (s->reader && !a)
		return error_nomem(err);
	for (; a && s->at < count && status >= 0; s->at++) {
		status = read_next(s, a, &task, err);
		arena_clear(a);
	}
	arena_free(a);
	s->at = count < s->count ? count : s->count;
	return status < 0 ? status : SOW_OK;
}

int source_next(struct source *s, struct arena *a, struct task *task, struct sow_error *err)
{
	if (s->at == s->count)
		return 0;
	int status = s->store ? next_of_step(s, a, task, err) : next_of_file(s, a, task, err);
	s->at += status > 0;
	return status;
}
