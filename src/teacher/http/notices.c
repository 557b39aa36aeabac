#include "teacher/http/notices.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "teacher/http/ending.h"

#define WORDS_MAX 400                /* bytes of a server's words in a message */
#define REASON_MAX 40                /* and of its finish reason */

void notices_init(struct notices *n, const struct secrets *secrets, const struct server_pool *pool)
{
	*n = (struct notices){ .secrets = secrets, .pool = pool, .tally = tally_new() };
}

void notices_release(struct notices *n)
{
	for (size_t i = 0; i < n->count; i++)
		mem_free(n->list[i]);
	tally_free(n->tally);
}

bool notices_take(struct notices *n, struct buf *line)
{
	if (!n->count)
		return false;
	buf_addstr(line, n->list[0]);
	mem_free(n->list[0]);
	memmove(n->list, n->list + 1, --n->count * sizeof(*n->list));
	return true;
}

void notices_add(struct notices *n, struct buf *line)
{
	secrets_redact(n->secrets, line);
	char *text = line->len && n->count < NOTICES ? buf_detach(line) : NULL;
	if (text)
		n->list[n->count++] = text;
	buf_release(line);
}

void notices_trouble(struct notices *n, struct buf *line)
{
	secrets_redact(n->secrets, line);
	if (line->len &&
	    tally_note(n->tally, TALLY_TROUBLE, view_from(line->data, line->len)))
		notices_add(n, line);
	buf_release(line);
}

void notices_learnt(struct notices *n, const struct server *s, const struct buf *news)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: %s", s->address.url, news->data);
	tally_note(n->tally, TALLY_LEARNT, view_from(line.data, line.len));
	notices_add(n, &line);
}

/* Suggests a likely mistake of the user. */
static void add_hint(const struct server *s, const struct failure *f, struct view words,
		     struct buf *out)
{
	bool is_wrong_place = strcmp(f->name, "no-such-address") == 0 ||
			      strcmp(f->name, "web-page") == 0;
	if (is_wrong_place && view_find(view_of(s->address.url), 0, "/v1") == VIEW_NONE)
		buf_addstr(out, "; is /v1 missing at the end of the address?");
	else if (is_wrong_place && strcmp(f->name, "web-page") == 0)
		buf_addstr(out, "; is the address that of the API?");
	bool is_model = strcmp(f->name, "no-model") == 0 ||
			(is_wrong_place && (view_find(words, 0, "model") != VIEW_NONE ||
					    view_find(words, 0, "Model") != VIEW_NONE));
	if (is_model)
		buf_addf(out, "; sow doctor %s lists the models it has", s->address.url);
	if (strcmp(f->name, "no-key") == 0 && !s->key)
		buf_addstr(out, "; no key was sent: --key-env NAME says which variable holds it");
}

void notices_describe(const struct notices *n, const struct server *s, const struct failure *f,
		      const struct http_answer *a, const struct answer_words *w, struct buf *out)
{
	buf_clear(out);
	buf_addf(out, "%s: %s", s->address.url, f->why);
	if (a->trouble == HTTP_FINE)
		buf_addf(out, " (HTTP %d)", a->status);
	struct view words = a->trouble == HTTP_FINE ? w->message : view_of(a->words);
	if (words.len && strcmp(f->name, "web-page") != 0) {
		buf_addstr(out, ": ");
		secrets_quote(n->secrets, words, WORDS_MAX, out);
	}
	add_hint(s, f, words, out);
	secrets_redact(n->secrets, out);
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)CLOCK_SECOND;
}

void notices_oddities(struct notices *n, const struct server *s, const struct answer *a)
{
	struct buf line = BUF_INIT;
	if (ending_of(a->reason) == ENDING_UNKNOWN) {
		size_t len = a->reason.len < REASON_MAX ? a->reason.len
							: utf8_floor(a->reason.p, REASON_MAX);
		buf_addf(&line, "%s: ends answers with '%.*s', a reason that is not known: they are kept",
			 s->address.url, (int)len, a->reason.p);
		notices_trouble(n, &line);
	}
	if (a->mended) {
		buf_addf(&line, "%s: sends broken characters or numbers: they are repaired", s->address.url);
		notices_trouble(n, &line);
	}
}

void notices_unsaid(struct notices *n, struct server *s, uint32_t parts)
{
	uint32_t left = parts & ~s->unsaid_told;
	struct buf news = BUF_INIT;
	if (!left)
		return;
	s->unsaid_told |= left;
	buf_addf(&news, "%s's API has no ", s->wire->name);
	for (enum param part = 0; part < PARAM_COUNT; part++) {
		if (!(left & 1u << part))
			continue;
		left &= ~(1u << part);
		buf_addf(&news, "'%s'%s", param_names[part], left ? ", " : ": asked without");
	}
	notices_learnt(n, s, &news);
	buf_release(&news);
}

void notices_redirect(struct notices *n, struct server *s)
{
	struct buf line = BUF_INIT;
	if (s->redirect_told)
		return;
	s->redirect_told = true;
	buf_addf(&line, "%s: redirects; the address it redirects to would be faster",
		 s->address.url);
	notices_add(n, &line);
}

void notices_pause(struct notices *n, const struct server *s, int64_t now)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: asks to be left alone for %.0f s", s->address.url,
		 seconds(s->paused - now));
	notices_add(n, &line);
}

void notices_up(struct notices *n, const struct server *s)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: answers again", s->address.url);
	notices_add(n, &line);
	n->all_down = false;
}

void notices_down(struct notices *n, const struct server *s, const char *last)
{
	struct buf line = BUF_INIT;
	buf_addf(&line, "%s: failed again and again, not asked for %g s; last: %s", s->address.url,
		 seconds(s->breaker.pause), last);
	notices_add(n, &line);
	if (server_pool_up_count(n->pool) || n->all_down)
		return;
	n->all_down = true;
	buf_addstr(&line, n->pool->count == 1 ? "the server is down; waiting for it"
					      : "all servers are down; waiting for one");
	if (!server_pool_has_answered(n->pool))
		buf_addstr(&line, " (never reached yet: is the address right? Ctrl-C stops)");
	notices_add(n, &line);
}
