#include "run/source.h"

#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "data/tasks.h"
#include "data/turns.h"

struct task_place {
	int64_t ticket, item;
};

struct source {
	/* a file */
	const char *path;
	struct tasks tasks;
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

static void hash_text(struct hasher *h, struct view text)
{
	uint64_t len = text.len;
	hasher_add(h, &len, sizeof(len));
	hasher_add(h, text.p, text.len);
}

static void hash_task(struct hasher *h, const struct task *t)
{
	hash_text(h, t->instruction);
	for (size_t i = 0; i < t->instance_count; i++) {
		hash_text(h, t->instances[i].input);
		hash_text(h, t->instances[i].output);
	}
	for (size_t i = 0; i < t->turn_count; i++) {
		hash_text(h, view_of(role_names[t->turns[i].role]));
		hash_text(h, t->turns[i].text);
	}
}

static int hash_tasks(struct source *s)
{
	struct hasher *h = hasher_new();
	if (!h)
		return SOW_NOMEM;
	for (size_t i = 0; i < s->tasks.count; i++)
		hash_task(h, &s->tasks.list[i]);
	return hasher_finish(h, &s->hash);
}

struct source *source_file(const char *path, struct sow_error *err)
{
	struct source *s = mem_zalloc(sizeof(*s));
	int status = s && (s->arena = arena_new()) ? SOW_OK : error_nomem(err);
	if (!status)
		status = tasks_read(&s->tasks, s->arena, path, err);
	if (!status && (hash_tasks(s) || !(s->path = arena_copystr(s->arena, path))))
		status = error_nomem(err);
	if (status) {
		source_free(s);
		return NULL;
	}
	s->count = (int64_t)s->tasks.count;
	return s;
}

static int next_of_file(struct source *s, struct arena *a, struct task *task,
			struct sow_error *err)
{
	char id[32];
	*task = s->tasks.list[s->at];
	if (task->id.len)
		return 1;
	snprintf(id, sizeof(id), "input_%lld", (long long)s->at + 1);
	const char *copy = arena_copystr(a, id);
	task->id = view_of(copy);
	return copy ? 1 : error_nomem(err);
}

/* -- a step ------------------------------------------------------------------------------- */

static int add_place(void *data, int64_t ticket, int64_t item)
{
	struct source *s = data;
	if (mem_grow((void **)&s->places, &s->place_room, (size_t)s->count + 1, sizeof(*s->places)))
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

static int copy_text(struct arena *a, struct view *text)
{
	const char *copy = arena_copyview(a, *text);
	*text = view_from(copy, text->len);
	return copy ? SOW_OK : SOW_NOMEM;
}

static int copy_task(struct arena *a, const struct task *from, struct task *to)
{
	*to = *from;
	int status = copy_text(a, &to->id);
	if (!status)
		status = copy_text(a, &to->instruction);
	to->instances = arena_array(a, from->instance_count, sizeof(*to->instances));
	to->turns = arena_array(a, from->turn_count, sizeof(*to->turns));
	if (!to->instances || !to->turns)
		return SOW_NOMEM;
	for (size_t i = 0; i < from->instance_count && !status; i++) {
		to->instances[i] = from->instances[i];
		status = copy_text(a, &to->instances[i].input);
		if (!status)
			status = copy_text(a, &to->instances[i].output);
	}
	for (size_t i = 0; i < from->turn_count && !status; i++) {
		to->turns[i] = from->turns[i];
		status = copy_text(a, &to->turns[i].text);
	}
	to->name = to->id;
	to->lineage = (struct lineage){ .root = to->id };
	return status;
}

static int take(void *data, const struct task *task)
{
	struct taken *t = data;
	return copy_task(t->arena, task, t->task) ? error_nomem(t->err) : SOW_OK;
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
	if (count > s->count && !s->store)
		return error_set(err, SOW_INVALID, "the input has %lld entries, and %lld were begun",
				 (long long)s->count, (long long)count);
	s->at = count < s->count ? count : s->count;
	return SOW_OK;
}

int source_next(struct source *s, struct arena *a, struct task *task, struct sow_error *err)
{
	if (s->at == s->count)
		return 0;
	int status = s->store ? next_of_step(s, a, task, err) : next_of_file(s, a, task, err);
	s->at += status > 0;
	return status;
}
