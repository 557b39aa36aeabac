#include "teacher/prompt.h"

#include "base/error.h"

/* Text on its way to tokens. Neighbours of one kind are tokenized together. */
struct writer {
	const struct model *model;
	struct tokens *out;
	struct buf text;
	bool markup;
	bool goes_on;
};

static int flush(struct writer *w)
{
	int status = model_tokenize(w->model, view_from(w->text.data, w->text.len), w->markup,
				    w->goes_on, w->out);
	w->goes_on = w->goes_on || w->text.len;
	buf_clear(&w->text);
	return status;
}

/* Words begin with a blank in most vocabularies, so a blank at the end of markup goes
 * to the text after it. */
static int change(struct writer *w, bool markup)
{
	if (w->markup == markup)
		return SOW_OK;
	bool blank = w->markup && w->text.len && w->text.data[w->text.len - 1] == ' ';
	if (blank)
		buf_cut(&w->text, w->text.len - 1);
	int status = flush(w);
	if (blank)
		buf_addch(&w->text, ' ');
	w->markup = markup;
	return status;
}

static int write_text(struct writer *w, struct view text, bool markup)
{
	if (!text.len)
		return SOW_OK;
	int status = change(w, markup);
	if (status == SOW_OK)
		buf_add(&w->text, text.p, text.len);
	return status;
}

static size_t count_shared(const struct request *r)
{
	size_t n = 0;
	while (n < r->part_count && r->parts[n].shared)
		n++;
	return n;
}

/* Raw text */

static int write_raw(struct writer *w, const struct request *r, struct prompt *out)
{
	size_t shared = count_shared(r);
	int status = SOW_OK;
	for (size_t i = 0; i < r->part_count && status == SOW_OK; i++) {
		status = write_text(w, r->parts[i].text, false);
		if (i + 1 == shared && status == SOW_OK) {
			status = flush(w);
			out->shared = w->out->count;
		}
	}
	return status < 0 ? status : flush(w);
}

/* Chat */

struct message {
	enum role role;
	size_t first, end; /* its parts */
};

static size_t split_messages(const struct request *r, struct message *out)
{
	size_t n = 0;
	for (size_t i = 0; i < r->part_count; i++) {
		if (!n || out[n - 1].role != r->parts[i].role)
			out[n++] = (struct message){ .role = r->parts[i].role, .first = i };
		out[n - 1].end = i + 1;
	}
	return n;
}

/* With room for an opened user's message. */
#define MESSAGES_MAX (REQUEST_PARTS_MAX + 1)

/* The template is rendered around marks instead of the messages: a message's number, in two
 * letters. A mark has a tab on either side: if the template removes it, the template trims its
 * input. */
#define MARK_SIZE 4

static void write_mark(char mark[MARK_SIZE + 1], size_t i)
{
	mark[0] = mark[3] = '\x1f';
	mark[1] = (char)('A' + i / 16);
	mark[2] = (char)('A' + i % 16);
	mark[4] = '\0';
}

static int render_marks(const struct writer *w, const struct message *messages, size_t n,
			struct buf *out)
{
	char marks[MESSAGES_MAX][MARK_SIZE + 3] = { { 0 } };
	const char *contents[MESSAGES_MAX];
	enum role roles[MESSAGES_MAX];
	for (size_t i = 0; i < n; i++) {
		marks[i][0] = '\t';
		write_mark(marks[i] + 1, i);
		marks[i][MARK_SIZE + 1] = '\t';
		contents[i] = marks[i];
		roles[i] = messages[i].role == ROLE_DEVELOPER ? ROLE_SYSTEM : messages[i].role;
	}
	return model_render(w->model, roles, contents, n, out);
}

static int write_message(struct writer *w, const struct request *r, struct message m,
			 bool left, bool right, struct prompt *out)
{
	size_t shared = count_shared(r);
	int status = SOW_OK;
	for (size_t i = m.first; i < m.end && status == SOW_OK; i++) {
		struct view text = r->parts[i].text;
		if (left && i == m.first)
			text = view_trim_front(text);
		if (right && i + 1 == m.end)
			text = view_trim_back(text);
		status = write_text(w, text, false);
		if (i + 1 == shared && status == SOW_OK) {
			status = flush(w);
			out->shared = w->out->count;
		}
	}
	return status;
}

/* The text before the mark of message `n`, which the request does not have. */
static int write_opening(struct writer *w, struct view rendered, size_t at, size_t n)
{
	char mark[MARK_SIZE + 1];
	write_mark(mark, n);
	size_t found = view_find(rendered, at, mark);
	if (found == VIEW_NONE)
		return SOW_INVALID;
	bool has_tab = found && rendered.p[found - 1] == '\t';
	return write_text(w, view_sub(rendered, at, has_tab ? found - 1 : found), true);
}

static int write_chat(struct writer *w, const struct request *r, struct view rendered,
		      const struct message *messages, size_t n, struct prompt *out)
{
	size_t at = 0;
	int status = SOW_OK;
	for (size_t i = 0; i < n && status == SOW_OK; i++) {
		char mark[MARK_SIZE + 1];
		write_mark(mark, i);
		size_t found = view_find(rendered, at, mark);
		if (found == VIEW_NONE)
			return SOW_INVALID;
		size_t end = found + MARK_SIZE;
		bool left = !found || rendered.p[found - 1] != '\t';
		bool right = end == rendered.len || rendered.p[end] != '\t';
		status = write_text(w, view_sub(rendered, at, left ? found : found - 1), true);
		if (status == SOW_OK)
			status = write_message(w, r, messages[i], left, right, out);
		at = right ? end : end + 1;
	}
	if (status == SOW_OK && r->opens == ROLE_USER)
		status = write_opening(w, rendered, at, n);
	else if (status == SOW_OK && messages[n - 1].role != ROLE_ASSISTANT)
		status = write_text(w, view_sub(rendered, at, rendered.len), true);
	return status < 0 ? status : flush(w);
}

static int make_chat(struct writer *w, const struct request *r, struct prompt *out,
		     struct sow_error *err)
{
	struct message messages[MESSAGES_MAX];
	size_t n = split_messages(r, messages);
	if (r->opens == ROLE_USER)
		messages[n] = (struct message){ .role = ROLE_USER };
	for (size_t i = 0; i < n; i++) {
		if (messages[i].role == ROLE_NONE)
			return error_set(err, SOW_INVALID, "the prompt mixes messages and raw text");
	}
	if (!model_chats(w->model))
		return error_set(err, SOW_INVALID,
				 "the model has no chat template that libllama knows");
	struct buf rendered = BUF_INIT;
	int status = render_marks(w, messages, n + (r->opens == ROLE_USER), &rendered);
	if (status == SOW_OK)
		status = write_chat(w, r, view_from(rendered.data, rendered.len), messages, n, out);
	buf_release(&rendered);
	if (status == SOW_INVALID)
		return error_set(err, status,
				 "the model's chat template does not take these messages");
	return status;
}

static bool is_more_than_text(const struct request *r)
{
	bool more = r->tools.len > 0;
	for (size_t i = 0; i < r->part_count; i++) {
		const struct part *p = &r->parts[i];
		more = more || p->content.len || p->tool_calls.len || p->role == ROLE_TOOL;
	}
	return more;
}

int prompt_make(const struct model *m, const struct request *r, struct prompt *out,
		struct sow_error *err)
{
	struct writer w = { .model = m, .out = &out->tokens, .text = BUF_INIT };
	/* only a text may be scored, and only a user's turn opened */
	bool is_fine = r->part_count || r->kind == REQUEST_SCORE || r->opens;
	int status = is_fine ? SOW_OK : error_set(err, SOW_INVALID, "the prompt is empty");
	if (status == SOW_OK && is_more_than_text(r))
		status = error_set(err, SOW_INVALID, "the embedded model reads texts alone, and no tools, "
				   "tool calls or other content: ask a server");
	int32_t first = model_first(m);
	if (status == SOW_OK && first >= 0)
		tokens_add(&out->tokens, first);
	if (status == SOW_OK) {
		bool raw = !r->opens;
		for (size_t i = 0; i < r->part_count; i++)
			raw = raw && r->parts[i].role == ROLE_NONE;
		status = raw ? write_raw(&w, r, out) : make_chat(&w, r, out, err);
	}
	buf_release(&w.text);
	if (status == SOW_TOOBIG)
		return error_set(err, status, "the prompt is too long to be tokenized");
	return status;
}

void prompt_release(struct prompt *p)
{
	tokens_release(&p->tokens);
	p->shared = 0;
}
