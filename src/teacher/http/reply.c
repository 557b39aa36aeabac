#include "teacher/http/reply.h"

#include <string.h>

#include "base/mem.h"

/* The text, or if it holds a key a copy without it, kept in `clean`. */
static struct view without_secrets(const struct secrets *s, struct view text, struct buf *clean)
{
	if (!secrets_in(s, text))
		return text;
	buf_add(clean, text.p, text.len);
	secrets_redact(s, clean);
	return view_from(clean->data, clean->len);
}

struct reply *reply_of_numbers(const struct request *r, const struct answer *a)
{
	size_t count = a->numbers.len / sizeof(float);
	float *numbers = mem_alloc((count + 1) * sizeof(*numbers));
	if (count)
		memcpy(numbers, a->numbers.data, count * sizeof(*numbers));
	struct reply *reply = reply_new_numbers(numbers, count);
	mem_free(numbers);
	reply->finish = FINISH_STOP;
	reply->usage = a->usage;
	reply->usage.estimated = !a->counted;
	if (!a->counted)
		reply->usage.prompt_tokens = answer_prompt_tokens(r);
	return reply;
}

struct reply *reply_of_answer(const struct secrets *s, const struct request *r, const struct answer *a)
{
	struct view text = a->text;
	struct buf clean = BUF_INIT, clean_reasoning = BUF_INIT;
	if (a->numbers.len)
		return reply_of_numbers(r, a);
	bool met = sampling_cut(&r->sampling, &text);
	text = without_secrets(s, text, &clean);
	struct view reasoning = without_secrets(s, a->reasoning, &clean_reasoning);
	struct reply *reply = reply_new_reasoned(text, reasoning);
	buf_release(&clean);
	buf_release(&clean_reasoning);
	reply->finish = met ? FINISH_STOP : a->finish;
	reply->usage = answer_count(r, a);
	return reply;
}

bool reply_may_be_blank(const struct request *r)
{
	return r->sampling.stop_count && r->part_count && r->parts[0].role == ROLE_NONE;
}
