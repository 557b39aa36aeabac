/* A grammar that constrains a reply, token by token. */
#include "teacher/model.h"

#include "config.h"

#if SOW_HAVE_LLAMA

#include "teacher/llama_private.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"

struct gbnf {
	struct model *model;
	struct llama_sampler *rules;
};

static struct gbnf *wrap(struct model *m, struct llama_sampler *rules)
{
	struct gbnf *g = mem_zalloc(sizeof(*g));
	g->model = m;
	g->rules = rules;
	return g;
}

struct gbnf *gbnf_new(struct model *m, const char *gbnf, struct sow_error *err)
{
	struct listener l = { .said = "" };
	if (!m->asked)
		m->asked = mem_alloc((size_t)model_vocabulary(m) * sizeof(*m->asked));
	model_listener = &l;
	struct llama_sampler *rules = llama_sampler_init_grammar(m->vocab, gbnf, "root");
	model_listener = NULL;
	if (!rules) {
		error_set(err, SOW_INVALID, "libllama cannot read the grammar: %s",
			  l.said[0] ? l.said : "it does not say why");
		return NULL;
	}
	return wrap(m, rules);
}

struct gbnf *gbnf_copy(const struct gbnf *g)
{
	return wrap(g->model, llama_sampler_clone(g->rules));
}

void gbnf_free(struct gbnf *g)
{
	if (!g)
		return;
	llama_sampler_free(g->rules);
	mem_free(g);
}

void gbnf_restart(struct gbnf *g)
{
	llama_sampler_reset(g->rules);
}

bool gbnf_allows(const struct gbnf *g, int32_t token)
{
	struct llama_token_data one = { .id = token };
	struct llama_token_data_array asked = { .data = &one, .size = 1, .selected = -1 };
	llama_sampler_apply(g->rules, &asked);
	return one.logit > -INFINITY;
}

void gbnf_mask(const struct gbnf *g, float *logits)
{
	struct llama_token_data *all = g->model->asked;
	int32_t n = model_vocabulary(g->model);
	struct llama_token_data_array asked = { .data = all, .selected = -1 };
	for (int32_t i = 0; i < n; i++) {
		if (logits[i] > -INFINITY)
			all[asked.size++] = (struct llama_token_data){ .id = i, .logit = logits[i] };
		logits[i] = -INFINITY;
	}
	llama_sampler_apply(g->rules, &asked);
	for (size_t i = 0; i < asked.size; i++)
		logits[asked.data[i].id] = asked.data[i].logit;
}

void gbnf_accept(struct gbnf *g, int32_t token)
{
	llama_sampler_accept(g->rules, token);
}

#endif
