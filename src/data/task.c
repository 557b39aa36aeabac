#include "data/task.h"

#include "base/arena.h"
#include "base/buf.h"
#include "data/turns.h"
#include "sow/sow.h"

static bool copy_text(struct arena *a, struct view *text)
{
	const char *copy = arena_copyview(a, *text);
	*text = view_from(copy, copy ? text->len : 0);
	return copy != NULL;
}

static bool copy_instances(struct arena *a, struct task *t)
{
	const struct instance *from = t->instances;
	t->instances = arena_array(a, t->instance_count, sizeof(*from));
	bool ok = t->instances != NULL;
	for (size_t i = 0; i < t->instance_count && ok; i++) {
		t->instances[i] = from[i];
		ok = copy_text(a, &t->instances[i].input) && copy_text(a, &t->instances[i].output);
	}
	return ok;
}

static bool copy_turns(struct arena *a, struct task *t)
{
	const struct turn *from = t->turns;
	t->turns = arena_array(a, t->turn_count, sizeof(*from));
	bool ok = t->turns != NULL;
	for (size_t i = 0; i < t->turn_count && ok; i++) {
		t->turns[i] = from[i];
		ok = copy_text(a, &t->turns[i].text);
	}
	return ok;
}

int task_copy(const struct task *task, struct arena *a, struct task *copy)
{
	*copy = *task;
	bool ok = copy_text(a, &copy->id) && copy_text(a, &copy->name) &&
		  copy_text(a, &copy->instruction) && copy_text(a, &copy->lineage.root) &&
		  copy_text(a, &copy->lineage.parent) && copy_text(a, &copy->lineage.operation) &&
		  copy_instances(a, copy) && copy_turns(a, copy);
	return ok ? SOW_OK : SOW_NOMEM;
}

struct view task_question(struct view instruction, struct view input, struct arena *a)
{
	struct buf text = BUF_INIT;
	if (!input.len)
		return instruction;
	turns_join(instruction, input, &text);
	char *copy = buf_failed(&text) ? NULL : arena_copy(a, text.data, text.len);
	struct view question = view_from(copy, copy ? text.len : 0);
	buf_release(&text);
	return question;
}
