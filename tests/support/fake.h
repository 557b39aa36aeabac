/* fake.h - teachers for tests: one that makes answers up, one that follows a script.
 *
 * Both are kinds of teacher for run_hooks.teacher; what they say is set before by the
 * functions below and holds for the next runs of this process.
 */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include <stdint.h>

#include "base/view.h"
#include "teacher/teacher.h"

/* Plausible answers to whatever a method asks, each a pure function of the request's key; among them
 * every kind of flaw the rules are for. Replies come in an order drawn from `shuffle`. */
extern const struct teacher_kind fake_inventor;
void fake_shuffle(uint64_t shuffle);

/* The inventor, with replies that `change` may change before they are handed over. One at a time. */
struct teacher_kind fake_changed(void (*change)(struct reply *r));

/* Fakes of several duties are told apart by the `parallel` of their teacher: it is in their
 * names, "fake 2", and fake_asked tells how many requests that one got since the last call. */
#define FAKES 8
size_t fake_asked(int number);

/* Answers from a script:
 *
 *     == instructions                      the next request for new instructions
 *     == classification <instruction>      "is it classification?" of that task
 *     == instances <instruction>           its instances
 *     == records                           the next request for whole records
 *     == evolve <operation> <parent>       its evolution
 *     == equal <evolved instruction>       the judge's verdict on it
 *     == answer <instruction>              its answer
 *     == difficulty <instruction>          how difficult it is
 *     == grade <answer>                    how good it is
 *     == task <person>                     what this person asks
 *     == first <person>                    the first message of a simulated user
 *     == next <last answer>                what that one says next
 *     == request <text>                    the instruction that a text answers
 *     == again <what did not fit>          a reply in JSON once more
 *     == judgement <instruction>           how good an example the two make
 *
 * each followed by the reply's text, up to the next "==" line, without its last newline;
 * "==[length]" and "==[error]" give its finish. Of what is asked about the first line is named; a
 * section answers once, and of several the first; "== # …" is a remark. A request that is not in the script fails
 * the run. */
extern const struct teacher_kind fake_actor;
void fake_script(struct view script); /* kept by pointer */

#endif
