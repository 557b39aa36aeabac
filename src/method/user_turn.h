/* user_turn.h - what a model writes as a user, made an instruction.
 *
 *     struct view instruction = user_turn_sanitize(reply->text);
 */
#ifndef METHOD_USER_TURN_H
#define METHOD_USER_TURN_H

#include <stdint.h>

#include "base/view.h"
#include "data/request.h"

/* The instruction as the sanitizer of Magpie's code finds it, a view into `text`: without a number or
 * a label ("Task:", "Question 2.") before it, up to where an answer or a step begins. A first line
 * that ends with ":" goes on to the first "#", else to the first "?", else it stands alone; a text
 * with a "?" ends with the first of them; of any other the first line stays. */
struct view user_turn_sanitize(struct view text);

/* The same without a label alone ("Q:", "**Question 2:**", "User:"), unless nothing stands behind it. */
struct view user_turn_unlabel(struct view text);

#define USER_TURN_EXAMPLE_MAX 160

/* Such a turn, another for each number; plain ASCII without quotes. */
void user_turn_invent(int64_t number, char text[USER_TURN_EXAMPLE_MAX]);

/* Gives the request an example of such a turn, another for each number, for who rehearses. SOW_OK or
 * request_add's failure. */
int user_turn_example(int64_t number, struct request *r);

#endif
