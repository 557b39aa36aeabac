#include "data/tasks.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/reader.h"

static int add_task(struct tasks *tasks, const struct task *task)
{
	void *list = tasks->list;
	if (mem_grow(&list, &tasks->room, tasks->count + 1, sizeof(*task)))
		return SOW_NOMEM;
	tasks->list = list;
	tasks->list[tasks->count++] = *task;
	return SOW_OK;
}

/* All of it, or nothing. Closes `r`, which may be NULL. */
static int read_all(struct tasks *tasks, struct arena *a, struct reader *r, int status,
		    struct sow_error *err)
{
	size_t before = tasks->count;
	struct task task;
	while (!status && (status = reader_next(r, a, &task, err)) > 0)
		status = add_task(tasks, &task) ? error_nomem(err) : SOW_OK;
	if (!status && tasks->count == before)
		status = error_set(err, SOW_INVALID, "%s: no tasks in it; expected JSON lines, one "
				   "JSON array, or one instruction a line", reader_name(r));
	if (status)
		tasks->count = before;
	reader_close(r);
	return status;
}

int tasks_read(struct tasks *tasks, struct arena *a, const char *path, struct sow_error *err)
{
	struct sow_error own = { 0 };
	if (!err)
		err = &own;
	struct reader *r = reader_open(path, err);
	return read_all(tasks, a, r, r ? SOW_OK : (int)err->status, err);
}

int tasks_parse(struct tasks *tasks, struct arena *a, const char *name, struct view text,
		struct sow_error *err)
{
	struct reader *r = reader_of(name, text, err);
	return read_all(tasks, a, r, r ? SOW_OK : SOW_NOMEM, err);
}

int tasks_hash(const struct tasks *tasks, bool whole, char hex[HASH_HEX_SIZE])
{
	struct hasher *h = hasher_new();
	if (!h)
		return SOW_NOMEM;
	for (size_t i = 0; i < tasks->count; i++) {
		hasher_text(h, tasks->list[i].instruction);
		hasher_text(h, view_of(tasks->list[i].is_classification ? "1" : "0"));
		for (size_t j = 0; whole && j < tasks->list[i].instance_count; j++) {
			hasher_text(h, tasks->list[i].instances[j].input);
			hasher_text(h, tasks->list[i].instances[j].output);
		}
	}
	struct hash hash;
	int status = hasher_finish(h, &hash);
	if (!status)
		hash_hex(&hash, hex);
	return status;
}

void tasks_release(struct tasks *tasks)
{
	mem_free(tasks->list);
	*tasks = (struct tasks)TASKS_INIT;
}
