#include "report/tallies.h"

#include <inttypes.h>

#include "base/error.h"

struct counting {
	struct step_tallies *step;
	struct arena *scratch;
	struct sow_error *err;
};

static int count_unit(void *data, const struct unit *u)
{
	struct counting *c = data;
	if (u->state == UNIT_UNDER_WAY)
		return SOW_OK;
	int status = c->step->method->tally(u, c->scratch, c->step->counts);
	arena_clear(c->scratch);
	return status ? error_nomem(c->err) : SOW_OK;
}

static int read_step(struct tallies *t, int64_t step, struct store *s, struct arena *a,
		     struct arena *scratch, struct sow_error *err)
{
	struct setting method;
	int status = store_setting(s, a, step, "method", &method, err);
	const struct method *m = status < 0 ? NULL : method_find_view(method.value);
	if (status < 0 || !m || !m->tally)
		return status < 0 ? status : SOW_OK;
	struct counting counting = { &t->steps[t->count++], scratch, err };
	*counting.step = (struct step_tallies){ .step = step, .method = m };
	return store_each_unit(s, step, false, count_unit, &counting, err);
}

int tallies_read(struct tallies *t, struct store *s, struct arena *a, struct sow_error *err)
{
	*t = (struct tallies){ 0 };
	int status = store_steps(s, &t->step_count, err);
	if (status)
		return status;
	struct arena *scratch = arena_new();
	t->steps = arena_array(a, (size_t)t->step_count, sizeof(*t->steps));
	status = SOW_OK;
	for (int64_t i = 1; i <= t->step_count && !status; i++)
		status = read_step(t, i, s, a, scratch, err);
	arena_free(scratch);
	return status;
}

void tallies_figures(const struct tallies *t, struct figures *f)
{
	figures_array(f, "tallies", NULL);
	for (size_t i = 0; i < t->count; i++) {
		const struct step_tallies *s = &t->steps[i];
		const char *title = s->method->tallies_title;
		if (t->step_count > 1)
			title = figures_words(f, "%s, step %" PRId64, title, s->step);
		struct figure *section = figures_object(f, NULL, title);
		section->layout = (struct figure_layout){ 2, 44, 9 };
		section->is_hidden = !s->counts[0];
		figures_count(f, "step", NULL, s->step);
		for (size_t row = 0; s->method->tallies[row].key; row++) {
			const struct tally *r = &s->method->tallies[row];
			bool is_hidden = r->hides_none && !s->counts[row];
			figures_count(f, r->key, is_hidden ? NULL : r->label, s->counts[row])->of =
				r->of ? s->counts[r->of - 1] : 0;
		}
		figures_end(f);
	}
	figures_end(f);
}
