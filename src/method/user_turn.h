/* user_turn.h - makes an instruction of the text that a model writes as a user.
 *
 *     struct view instruction = user_turn_sanitize(reply->text);
 */
#ifndef METHOD_USER_TURN_H
#define METHOD_USER_TURN_H

#include <stdint.h>

#include "base/view.h"
#include "data/request.h"

/* The instruction as the sanitizer of Magpie's code finds it, a view into `text`: without a number or
 * a label ("Task:", "Question 2.") before it, up to where an answer or a step begins. A first line that ends
 * with ":" is extended to the first "#", else to the first "?", else kept alone; a text with a "?" ends with
 * the first of them; of any other only the first line is kept. */
struct view user_turn_sanitize(struct view text);

/* Removes only a label ("Q:", "**Question 2:**", "User:"), unless no text follows it. */
struct view user_turn_unlabel(struct view text);

#define USER_TURN_EXAMPLE_MAX 160

/* A user's turn, different for each number; plain ASCII without quotes. */
void user_turn_invent(int64_t number, char text[USER_TURN_EXAMPLE_MAX]);

/* Sets the example of the request to such a turn, different for each number, for rehearsals. SOW_OK or
 * request_add's failure. */
int user_turn_example(int64_t number, struct request *r);

#endif
