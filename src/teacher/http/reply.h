/* reply.h - makes the reply to a request from a server's answer. */
#ifndef TEACHER_HTTP_REPLY_H
#define TEACHER_HTTP_REPLY_H

#include <stdbool.h>

#include "data/request.h"
#include "teacher/http/answer.h"
#include "teacher/http/secrets.h"

/* Text, reasoning, finish and usage, cut at the request's stops; the user's keys are removed. */
struct reply *reply_of_answer(const struct secrets *s, const struct request *r, const struct answer *a);

/* Likewise the numbers of an answer, with its usage. */
struct reply *reply_of_numbers(const struct request *r, const struct answer *a);

/* The continuation of raw text may be empty but for a stop text. */
bool reply_may_be_blank(const struct request *r);

#endif
