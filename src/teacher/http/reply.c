#include "teacher/http/reply.h"

/* The text, or where it holds a key a copy that does not, kept in `clean`. */
static struct view without_secrets(const struct secrets *s, struct view text, struct buf *clean)
{
	if (!secrets_in(s, text))
		return text;
	buf_add(clean, text.p, text.len);
	secrets_hide(s, clean);
	return view_from(clean->data, clean->len);
}

struct reply *reply_of_answer(const struct secrets *s, const struct request *r, const struct answer *a)
{
	struct view text = a->text;
	struct buf clean = BUF_INIT, clean_reasoning = BUF_INIT;
	if (a->numbers) {
		struct reply *vector = reply_new_numbers(a->numbers, a->number_count);
		if (vector) {
			vector->finish = a->finish;
			vector->usage = answer_count(r, a);
		}
		return vector;
	}
	bool met = sampling_cut(&r->sampling, &text);
	text = without_secrets(s, text, &clean);
	struct view reasoning = without_secrets(s, a->reasoning, &clean_reasoning);
	bool is_whole = !buf_failed(&clean) && !buf_failed(&clean_reasoning);
	struct reply *reply = is_whole ? reply_new_reasoned(text, reasoning) : NULL;
	buf_release(&clean);
	buf_release(&clean_reasoning);
	if (!reply)
		return NULL;
	reply->finish = met ? FINISH_STOP : a->finish;
	reply->usage = answer_count(r, a);
	return reply;
}

bool reply_may_be_blank(const struct request *r)
{
	return r->sampling.stop_count && r->part_count && r->parts[0].role == ROLE_NONE;
}
