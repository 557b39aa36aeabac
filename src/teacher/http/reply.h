/* reply.h - from what a server answered to a reply for the one who asked. */
#ifndef TEACHER_HTTP_REPLY_H
#define TEACHER_HTTP_REPLY_H

#include <stdbool.h>

#include "data/request.h"
#include "teacher/http/answer.h"
#include "teacher/http/secrets.h"

/* Text, reasoning, finish and usage, cut at the request's stops and without the user's keys. */
struct reply *reply_of_answer(const struct secrets *s, const struct request *r, const struct answer *a);

/* The numbers of one, with its usage. */
struct reply *reply_of_numbers(const struct request *r, const struct answer *a);

/* Raw text may be gone on from with nothing but a stop text. */
bool reply_may_be_blank(const struct request *r);

#endif
