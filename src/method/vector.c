#include "method/vector.h"

#include <math.h>

#include "base/buf.h"
#include "method/question.h"
#include "sow/sow.h"

static void write_text(const struct unit *u, enum vector_of of, struct buf *out)
{
	struct view answer = view_trim(u->context);
	if (of != VECTOR_OF_ANSWER)
		question_show(u->instruction, u->input, out);
	if (of == VECTOR_OF_QUESTION)
		return;
	if (out->len && answer.len)
		buf_addstr(out, "\n\n");
	buf_add(out, answer.p, answer.len);
}

int vector_ask(const struct unit *u, enum vector_of of, struct request **out)
{
	struct request *r = request_new();
	struct buf text = BUF_INIT;
	write_text(u, of, &text);
	r->kind = REQUEST_EMBED;
	int status = request_add(r, ROLE_NONE, false, view_from(text.data, text.len));
	buf_release(&text);
	return request_finish(r, status, out);
}

bool vector_is(const struct reply *r)
{
	for (size_t i = 0; i < r->number_count; i++) {
		if (!isfinite(r->numbers[i]))
			return false;
	}
	return r->number_count > 0;
}
