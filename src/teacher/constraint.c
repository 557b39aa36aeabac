#include "teacher/constraint.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "config.h"
#include "data/schema.h"

#if SOW_HAVE_LLAMA

static void release(struct constraint *c)
{
	mem_free(c->schema);
	gbnf_free(c->grammar);
	*c = (struct constraint){ 0 };
}

void constraints_release(struct constraints *c)
{
	for (size_t i = 0; i < CONSTRAINTS_MAX; i++)
		release(&c->at[i]);
}

static struct constraint *find(struct constraints *c, struct view schema)
{
	for (size_t i = 0; i < CONSTRAINTS_MAX; i++) {
		struct constraint *one = &c->at[i];
		if (one->schema && view_eq(view_from(one->schema, one->len), schema))
			return one;
	}
	return NULL;
}

/* Writes the grammar of a schema. */
static int write_grammar(struct view schema, struct buf *gbnf, struct sow_error *err)
{
	struct arena *a = arena_new();
	struct sow_error why = { 0 };
	struct schema *s = schema_read(a, "the request's schema", schema, &why);
	int status = s ? schema_grammar(s, gbnf) : (int)why.status;
	arena_free(a);
	if (s && status == SOW_TOOBIG)
		error_set(err, SOW_TOOBIG, "the request's schema is too large for a grammar");
	else if (status)
		error_set(err, why.status, "%s", why.text);
	return status;
}

static int make(struct constraint *c, struct model *m, struct view schema, struct sow_error *err)
{
	struct buf gbnf = BUF_INIT;
	struct sow_error why = { 0 };
	int status = write_grammar(schema, &gbnf, &why);
	if (!status) {
		c->grammar = gbnf_new(m, gbnf.data, &why);
		c->schema = mem_copy(schema.p, schema.len);
		c->len = schema.len;
		status = c->grammar ? SOW_OK : (int)why.status;
	}
	buf_release(&gbnf);
	if (status) {
		release(c);
		error_set(err, why.status, "%s", why.text);
	}
	return status;
}

int constraints_find(struct constraints *c, struct model *m, struct view schema,
		     struct gbnf **out, struct sow_error *err)
{
	*out = NULL;
	if (!schema.len)
		return SOW_OK;
	struct constraint *one = find(c, schema);
	if (!one) {
		one = &c->at[c->next];
		c->next = (c->next + 1) % CONSTRAINTS_MAX;
		release(one);
		int status = make(one, m, schema, err);
		if (status)
			return status;
	}
	*out = gbnf_copy(one->grammar);
	return SOW_OK;
}

#endif
