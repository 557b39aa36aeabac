#include "cli/embedding.h"

#include "base/error.h"
#include "cli/console.h"
#include "cli/fetch.h"
#include "teacher/embed.h"
#include "teacher/models.h"

#define WORTH_A_WORD 500         /* texts that take some seconds */

struct making {
	struct vectors *out;
	struct sow_error *err;
};

static int add(void *data, size_t i, const struct reply *vector)
{
	struct making *m = data;
	if (!vector->number_count)
		return error_set(m->err, SOW_INVALID, "text %zu has no vector: %.*s", i + 1,
				 VIEW_ARG(vector->text));
	int status = vectors_add_floats(m->out, vector->numbers, vector->number_count);
	if (status == SOW_INVALID)
		return error_set(m->err, status, "text %zu: its vector is not one of finite numbers", i + 1);
	return status ? error_nomem(m->err) : SOW_OK;
}

int embedding_make(void *data, const struct view *texts, size_t count, struct vectors *out,
		   struct sow_error *err)
{
	struct making m = { .out = out, .err = err };
	int status = count ? fetch_if_missing(MODEL_EMBEDDER, err) : SOW_OK;
	if (status || !count)
		return status;
	if (count >= WORTH_A_WORD && !*(const bool *)data)
		console_line("%zu texts are made vectors, by " MODEL_EMBEDDER, count);
	return embed_texts(NULL, texts, count, add, &m, err);
}
