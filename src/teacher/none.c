/* Teacher "none": for a run without requests. No model is fetched or opened for it, and no
 * server is contacted. */
#include "teacher/teacher.h"

static bool none_claims(const char *spec)
{
	(void)spec;
	return false;
}

static int none_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	(void)o;
	(void)err;
	*state = NULL;
	return SOW_OK;
}

static void none_close(void *state)
{
	(void)state;
}

static const char *none_identity(void *state)
{
	(void)state;
	return "none";
}

static int none_capacity(void *state)
{
	(void)state;
	return 1;
}

static bool none_prefers_chat(void *state)
{
	(void)state;
	return true;
}

static bool none_can(void *state, enum request_kind k)
{
	(void)state;
	(void)k;
	return false;
}

static int none_ask(void *state, struct request *r)
{
	(void)state;
	(void)r;
	return 0;
}

static int none_step(void *state, void (*done)(void *data, struct reply *r), void *data,
		     struct sow_error *err)
{
	(void)state;
	(void)done;
	(void)data;
	(void)err;
	return 0;
}

const struct teacher_kind teacher_none = {
	.name = "none",
	.several = true,
	.recorded = true,
	.claims = none_claims,
	.open = none_open,
	.close = none_close,
	.identity = none_identity,
	.capacity = none_capacity,
	.prefers_chat = none_prefers_chat,
	.can = none_can,
	.ask = none_ask,
	.step = none_step,
};
