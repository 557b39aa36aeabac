/* choice.h - scores from how likely each digit is to begin an answer.
 *
 *     choice_expectation(logs, 6)            DEITA: the mean of 1 to 6 by their probabilities
 *     choice_selectit(logs, 5)               SelectIT, one prompt
 *     choice_selectit_of(scores, 5)          SelectIT, several prompts together
 *
 * `logs` are natural logarithms of the probabilities of "1", "2", …; minus infinity: probability 0. NAN where
 * that holds for all digits.
 *
 * Sources: DEITA (arXiv:2312.15685; hkust-nlp/deita, selection/scorer), SelectIT (arXiv:2402.16705;
 * Blue-Raincoat/SelectIT, self_reflection).
 */
#ifndef METHOD_CHOICE_H
#define METHOD_CHOICE_H

#include <stddef.h>

/* From the probabilities of these digits only: all other tokens are ignored. If all are equal, (1 + count) /
 * 2. */
double choice_expectation(const float *logs, size_t count);

/* The likeliest digit times how far it stands out from the others on average. As in the released code,
 * probabilities go through a softmax a second time, so that the maximum for five is 1.2788, not 5. */
double choice_selectit(const float *logs, size_t count);

/* mean / (1 + 0.2 * population standard deviation): prompts that disagree lower the score. */
double choice_selectit_of(const double *scores, size_t count);

#endif
