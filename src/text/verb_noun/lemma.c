#include "text/verb_noun/lemma.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wn.h>

#include "base/error.h"
#include "base/exe_path.h"
#include "base/view.h"
#include "text/letter.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum { CLOSED, OPEN, MISSING } state;

/* It would speak to standard error. */
static int say_nothing(char *message)
{
	(void)message;
	return 0;
}

/* WordNet's library looks where the environment says, else in a folder that is built into it. */
static void point_at_installed(void)
{
	struct buf path = BUF_INIT;
	if (!getenv("WNSEARCHDIR") && !getenv("WNHOME") &&
	    exe_path_find(&path, "../share/sow/wordnet"))
		setenv("WNSEARCHDIR", path.data, 0);
	buf_release(&path);
}

int lemma_open(struct sow_error *err)
{
	pthread_mutex_lock(&lock);
	if (state == CLOSED) {
		display_message = say_nothing;
		point_at_installed();
		state = wninit() == 0 ? OPEN : MISSING;
	}
	int status = state == OPEN ? SOW_OK : SOW_MISSING;
	pthread_mutex_unlock(&lock);
	return status ? error_set(err, SOW_MISSING, "WordNet's files are not there: the Debian "
				  "package wordnet-base has them") : SOW_OK;
}

static int part_of_speech(enum lemma_kind kind)
{
	return kind == LEMMA_NOUN ? NOUN : VERB;
}

/* A copy in lower case that their functions may write on. False if it does not fit. */
static bool small_copy(const char *word, char out[LEMMA_WORD_MAX + 8])
{
	struct buf lower = BUF_INIT;
	letter_lower(view_of(word), &lower);
	bool fits = lower.len && lower.len <= LEMMA_WORD_MAX;
	if (fits)
		memcpy(out, lower.data, lower.len + 1);
	buf_release(&lower);
	return fits;
}

bool lemma_is(enum lemma_kind kind, const char *word)
{
	char small[LEMMA_WORD_MAX + 8];
	if (!small_copy(word, small))
		return false;
	pthread_mutex_lock(&lock);
	bool found = state == OPEN && is_defined(small, part_of_speech(kind)) != 0;
	pthread_mutex_unlock(&lock);
	return found;
}

/* Unknown to WordNet: clichés, spreadsheets of a new kind. */
static void cut_plural(struct view *word)
{
	if (word->len > 3 && view_ends(*word, "s") && !view_ends(*word, "ss") &&
	    !view_ends(*word, "us") && !view_ends(*word, "is"))
		word->len--;
}

int lemma_of(enum lemma_kind kind, const char *word, struct buf *out)
{
	char small[LEMMA_WORD_MAX + 8], copy[LEMMA_WORD_MAX + 8];
	if (!small_copy(word, small))
		return buf_addstr(out, word);
	strcpy(copy, small);
	pthread_mutex_lock(&lock);
	const char *found = state == OPEN ? morphword(copy, part_of_speech(kind)) : NULL;
	struct view lemma = view_of(found && *found ? found : small);
	if (!found && kind == LEMMA_NOUN && state == OPEN && !is_defined(copy, NOUN))
		cut_plural(&lemma);
	buf_add(out, lemma.p, lemma.len);
	pthread_mutex_unlock(&lock);
	return out->status;
}
