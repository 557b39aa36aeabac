/* Checks that the recipe belongs to the existing run: compares identity, and stores it where it is new;
 * also reports batches that no teacher waits for any longer. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "run/recipe_store.h"
#include "run/state.h"
#include "store/batches.h"
#include "teacher/batch/cancel.h"

/* In one line: a list's items with commas, other line breaks as \n. */
static void add_in_line(const struct run *r, struct buf *list, int64_t step, const char *name,
			struct view text)
{
	const struct method *m = step && step <= (int64_t)r->setup_count ? r->setups[step - 1].method : NULL;
	const struct option *o = recipe_option(name, m);
	bool is_list = o && o->type == OPTION_LIST;
	for (size_t i = 0; i < text.len; i++) {
		bool goes_on = i + 1 < text.len && text.p[i + 1] == '\t';
		if (text.p[i] != '\n')
			buf_addch(list, text.p[i]);
		else
			buf_addstr(list, is_list && !goes_on ? ", " : "\\n");
		i += text.p[i] == '\n' && is_list && goes_on;
	}
}

static void add_difference(struct run *r, struct buf *list, int64_t step, const struct identity *i,
			   struct view stored)
{
	struct view there = stored.len ? stored : view_of("none");
	struct view here = i->shown.len ? i->shown : view_of("none");
	bool same = view_eq(there, here);
	/* Another language brings other prompts: that follows from the differences listed so far. */
	if (same && list->len)
		return;
	buf_addf(list, "%s%s", list->len ? "; " : "", i->name);
	if (step > 1)
		buf_addf(list, " of step %lld", (long long)step);
	buf_addstr(list, ": ");
	add_in_line(r, list, step, i->name, there);
	buf_addstr(list, " there, ");
	add_in_line(r, list, step, i->name, here);
	buf_addf(list, " here%s", same ? " (with other contents)" : "");
}

/* Finds in `lines` the line of the same rule as `line`, up to the equals sign: *value is the text after
 * it. */
static bool find_rule(struct view lines, struct view line, struct view *value)
{
	struct view other, name = view_sub(line, 0, view_find(line, 0, "=") + 1);
	while (view_line(&lines, &other)) {
		if (!view_eq(view_sub(other, 0, name.len), name))
			continue;
		*value = view_sub(other, name.len, other.len);
		return true;
	}
	return false;
}

/* A rule unknown to a version of sow drops nothing there: it counts as off. */
static struct view same_rule(struct view lines, struct view line)
{
	struct view value;
	return find_rule(lines, line, &value) ? value : view_of("off");
}

static void add_rule(struct buf *list, int64_t step, struct view line, struct view there,
		     struct view here)
{
	size_t equals = view_find(line, 0, "=");
	if (equals == VIEW_NONE || view_eq(there, here))
		return;
	buf_addf(list, "%srule %.*s", list->len ? "; " : "", (int)equals, line.p);
	if (step > 1)
		buf_addf(list, " of step %lld", (long long)step);
	buf_addf(list, ": %.*s there, %.*s here", VIEW_ARG(there), VIEW_ARG(here));
}

/* Adds the rules in force that differ, and those that only one side has. */
static void add_rules(struct buf *list, int64_t step, struct view there, struct view here)
{
	struct view rest = here, line;
	while (view_line(&rest, &line))
		add_rule(list, step, line, same_rule(there, line), same_rule(here, line));
	rest = there;
	while (view_line(&rest, &line)) {
		struct view value;
		if (!find_rule(here, line, &value))
			add_rule(list, step, line, same_rule(there, line), view_of("off"));
	}
}

/* For an input of which the run stored only the name. */
static void tell_unchecked(struct run *r, const struct identity *i, struct buf *differences,
			   int64_t step, struct view shown)
{
	struct buf line = BUF_INIT;
	if (!view_eq(shown, i->shown)) {
		add_difference(r, differences, step, i, shown);
		return;
	}
	buf_addf(&line, "input: %.*s: whether it has changed cannot be told: an older sow began this "
		 "run", VIEW_ARG(shown));
	run_message(r, line.data);
	buf_release(&line);
}

/* Appends to `differences` if the value has changed. */
static int check_one(struct run *r, struct arena *a, int64_t step, const struct identity *i,
		     struct buf *differences)
{
	struct setting stored = { .value = view_of(""), .shown = view_of("") };
	int status = SOW_MISSING;
	if (!store_is_new(r->store))
		status = store_check_identity(r->store, a, step, i->name, i->value, &stored, r->err);
	bool is_new = store_is_new(r->store) || (i->before && view_eqstr(i->value, i->before));
	if (status == SOW_MISSING && is_new)
		return store_put_identity(r->store, step, i->name, i->value, i->shown, r->err);
	if (status != SOW_MISSING && status != SOW_DIFFERS)
		return status;
	if (status == SOW_DIFFERS && strcmp(i->name, IDENTITY_RULES) == 0)
		add_rules(differences, step, stored.value, i->value);
	else if (status == SOW_DIFFERS && view_starts(stored.value, "format 2: "))
		tell_unchecked(r, i, differences, step, stored.shown);
	else
		add_difference(r, differences, step, i,
			       status == SOW_MISSING && i->before ? view_of(i->before) : stored.shown);
	return SOW_OK;
}

/* Once the rules in force are stored, only those count, not the recipe's "rule" options: a rule may be
 * set to the value that was the default when the run began. */
static int check_step(struct run *r, size_t number, struct buf *differences)
{
	struct setup *s = &r->setups[number - 1];
	struct setting rules;
	int known = store_is_new(r->store) ? 0 : store_setting(r->store, s->arena, (int64_t)number,
							       IDENTITY_RULES, &rules, r->err);
	int status = known < 0 ? known : SOW_OK;
	for (size_t i = 0; i < s->identity_count && !status; i++) {
		if (!known || strcmp(s->identity[i].name, "rule") != 0)
			status = check_one(r, s->arena, (int64_t)number, &s->identity[i], differences);
	}
	return status;
}

/* `before`: the value if none is stored; NULL: one is always stored. */
static int check_option(struct run *r, const char *name, const char *before, struct buf *differences)
{
	struct buf text = BUF_INIT;
	const struct option *o = recipe_option(name, NULL);
	recipe_text(r->recipe, NULL, NULL, o, &text);
	struct identity id = { .name = o->name, .value = view_from(text.data, text.len), .before = before };
	id.shown = id.value;
	struct setting stored;
	int known = before && !text.len ? store_setting(r->store, r->setups[0].arena, 0, name, &stored, r->err) : 1;
	int status = known < 0 ? known : SOW_OK;
	if (!status && known)
		status = check_one(r, r->setups[0].arena, 0, &id, differences);
	buf_release(&text);
	return status;
}

/* Compares the model for a duty. An existing run may have no row of it where no teacher is named, so that
 * the writer does it, or where a replay knows the model. */
static int check_teacher(struct run *r, enum duty duty, struct buf *differences)
{
	struct arena *a = r->setups[0].arena;
	struct identity id = { .name = teacher_set_model(duty),
			       .value = view_of(teacher_set_identity(r->teacher_set, duty)) };
	struct setting stored;
	bool is_writers = !r->recipe->has_duty[duty] &&
			  view_eqstr(id.value, teacher_set_identity(r->teacher_set, DUTY_WRITE));
	bool is_unsaid = is_writers || (!r->recipe->has_duty[duty] && !store_is_new(r->store));
	int known = is_unsaid ? store_setting(r->store, a, 0, id.name, &stored, r->err) : 1;
	id.shown = id.value;
	return known <= 0 ? known : check_one(r, a, 0, &id, differences);
}

/* Compares what concerns the whole run: seed, shard, and models. */
static int check_whole(struct run *r, struct buf *differences)
{
	int status = check_option(r, "seed", NULL, differences);
	if (!status)
		status = check_option(r, "shard", "", differences);
	for (int d = 0; d < DUTY_COUNT && !status; d++)
		status = check_teacher(r, (enum duty)d, differences);
	return status;
}

static int check_identity(struct run *r)
{
	struct buf list = BUF_INIT;
	int64_t steps = (int64_t)r->setup_count;
	int status = store_is_new(r->store) ? SOW_OK : store_steps(r->store, &steps, r->err);
	if (!status && steps != (int64_t)r->setup_count)
		buf_addf(&list, "steps: %lld there, %zu here", (long long)steps, r->setup_count);
	for (size_t i = 0; i < r->setup_count && !status && !list.len; i++)
		status = check_step(r, i + 1, &list);
	if (!status)
		status = check_whole(r, &list);
	if (!status && !list.len)
		status = run_check_choices(r);
	if (!status && list.len)
		status = error_set(r->err, SOW_DIFFERS, "%s is a run of another recipe (%s): give another "
				   "directory, or the recipe it was begun with", r->dir, list.data);
	buf_release(&list);
	return status;
}

int run_check_identity(struct run *r)
{
	int status = store_begin(r->store, r->err);
	if (!status)
		status = check_identity(r);
	if (!status)
		status = store_operation(r->store, 0, "sow", view_of(sow_version()), r->err);
	if (!status)
		status = recipe_keep(r->recipe, r->store, r->err);
	if (!status)
		status = store_commit(r->store, r->err);
	if (status)
		store_rollback(r->store);
	return status;
}

struct strays {
	char *waited_for[DUTY_COUNT]; /* the names of the teachers in the records of batches */
	struct batches_left left;
	const char *teacher;         /* of the last one */
};

static void add_stray(struct strays *s, const struct batch_row *row)
{
	bool is_awaited = row->state == BATCH_DONE;
	for (int d = 0; d < DUTY_COUNT; d++)
		is_awaited = is_awaited || (s->waited_for[d] && strcmp(row->teacher, s->waited_for[d]) == 0);
	if (is_awaited)
		return;
	s->left.batches++;
	s->left.requests += row->requests;
	s->teacher = row->teacher;
}

/* Batches that no teacher of this run waits for: their requests are sent, and paid for, again. */
static int find_strays(struct run *r, struct strays *s, struct arena *a)
{
	struct batch_row *rows;
	size_t count = 0;
	int status = SOW_OK;
	for (int d = 0; d < DUTY_COUNT && !status; d++) {
		if (!r->recipe->has_duty[d] || !recipe_teacher(r->recipe, (enum duty)d)->o.batch)
			continue;
		const struct teacher_options o = teacher_set_options(r->recipe, (enum duty)d, r->dir);
		s->waited_for[d] = batches_teacher(&o, r->err);
		status = s->waited_for[d] ? SOW_OK : run_failure(r);
	}
	if (!status)
		status = store_batches(r->store, a, &rows, &count, r->err);
	for (size_t i = 0; i < count && !status; i++)
		add_stray(s, &rows[i]);
	return status;
}

int run_tell_strays(struct run *r)
{
	struct strays s = { 0 };
	struct buf line = BUF_INIT;
	struct arena *a = r->setups[0].arena;
	int status = r->hooks->teacher || store_is_new(r->store) ? SOW_OK : find_strays(r, &s, a);
	if (!status && s.left.batches) {
		buf_addf(&line, "%" PRId64 " %s with %" PRId64 " requests, sent to %s, %s not waited for: what "
			 "of it is still wanted is asked, and paid for, again", s.left.batches,
			 s.left.batches == 1 ? "batch" : "batches", s.left.requests, s.teacher,
			 s.left.batches == 1 ? "is" : "are");
		run_message(r, line.data);
	}
	for (int d = 0; d < DUTY_COUNT; d++)
		mem_free(s.waited_for[d]);
	buf_release(&line);
	return status;
}
