/* likelihood.h - scores from how likely an answer is with its question and without.
 *
 *     const struct likelihood with = { reply->numbers, reply->number_count, tokens_before };
 *     double ifd = likelihood_ifd(&with, &alone, 512);
 *
 * IFD, instruction-following difficulty, is the loss of the answer's tokens after the question over their
 * loss alone: near 1 the question says little about the answer. Two papers measure it in two ways, and their
 * code cuts long texts; here are both, and a third over the same tokens.
 *
 *     NLL after the question  1.2 .6 .3 .5 .4, alone 2.5 1 .9 .6 .5
 *     likelihood_ifd             0.545455    mean over mean
 *     likelihood_ifd_perplexity  0.606531    perplexity over perplexity
 *     likelihood_superfilter     0.860708    where the first token alone has no likelihood
 *
 * `most` is how many tokens of question and answer count; later ones are left out. Each function
 * returns NAN where no token of the answer is left.
 *
 * Sources: Cherry (arXiv:2308.12032; tianyi-lab/Cherry_LLM, data_by_IFD.py), Superfiltering
 * (arXiv:2402.00530; tianyi-lab/Superfiltering, code_ifd).
 */
#ifndef METHOD_LIKELIHOOD_H
#define METHOD_LIKELIHOOD_H

#include <stddef.h>

/* The likelihoods of an answer's tokens, in order. */
struct likelihood {
	const float *logs;   /* natural logarithms of their probabilities */
	size_t count;
	size_t before;       /* tokens before them */
};

/* exp(mean NLL). */
double likelihood_perplexity(const struct likelihood *with, size_t most);

/* Cherry: mean NLL over mean NLL. `alone` follows the template's "### Response:", so that its first token
 * also has a likelihood. The released code cuts it at most - len(question) + 4 tokens, 4 being those of that
 * prefix in LLaMA's vocabulary; here it is cut where the other is, for any vocabulary: both means are over
 * the same tokens. */
double likelihood_ifd(const struct likelihood *with, const struct likelihood *alone, size_t most);

/* exp of the difference of the same means: below 1 where likelihood_ifd is, in Superfiltering's unit. */
double likelihood_ifd_perplexity(const struct likelihood *with, const struct likelihood *alone,
				 size_t most);

/* Superfiltering: perplexity over perplexity, `alone` with nothing before it. GPT-2 has no beginning-of-text
 * token, so the first token alone is not scored: n terms over n - 1. An answer of one token has no score. */
double likelihood_superfilter(const struct likelihood *with, const struct likelihood *alone, size_t most);

#endif
