#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/format.h"
#include "data/format_written_test.h"
#include "data/records.h"
#include "data/template.h"

/* JSON without the noise: ' stands for ". */
static const char *quoted(const char *text)
{
	static char json[2048];
	char *to = json;
	for (; *text; text++) {
		assert_true(to + 1 < json + sizeof(json));
		*to++ = *text == '\'' ? '"' : *text;
	}
	*to = '\0';
	return json;
}

/* What becomes of a line in a format, and what is told of it: "weight 1, id 2". */
static void becomes(const char *format, const struct format_options *o, const char *line,
		    const char *want, const char *told)
{
	struct arena *a = arena_new();
	struct record_list records = RECORD_LIST_INIT;
	struct buf left = BUF_INIT;
	size_t count;
	if (record_list_parse(&records, a, "line", view_of(quoted(line)), &err))
		fail_msg("%s: %s", line, err.text);
	struct format_writer *w = format_open(format_find(format), o, path, true, &err);
	for (size_t i = 0; i < records.count; i++)
		assert_int_equal(format_write(w, &records.list[i]), SOW_OK);
	const struct format_left *names_left = format_left(w, &count);
	for (size_t i = 0; i < count; i++)
		buf_addf(&left, "%s%s %zu", i ? ", " : "", names_left[i].name,
			 names_left[i].count);
	assert_int_equal(format_finish(w, &err), SOW_OK);
	is_in_file(quoted(want));
	assert_string_equal(left.len ? left.data : "", told);
	buf_release(&left);
	record_list_release(&records);
	arena_free(a);
}

/* Each instance is asked what its own input says. */
static void inputs_of_their_own(void **state)
{
	(void)state;
	static const char line[] = "{'instruction':'add','instances':[{'input':'1','output':'a'},"
				   "{'input':'2','output':'b'},{'input':'2','output':'c'}]}";
	becomes("unpaired", NULL, line,
		"{'prompt':[{'role':'user','content':'add\\n\\n1'}],"
		"'completion':[{'role':'assistant','content':'a'}],'label':true}\n"
		"{'prompt':[{'role':'user','content':'add\\n\\n2'}],"
		"'completion':[{'role':'assistant','content':'b'}],'label':true}\n"
		"{'prompt':[{'role':'user','content':'add\\n\\n2'}],"
		"'completion':[{'role':'assistant','content':'c'}],'label':true}\n", "");
	becomes("prompt-only", NULL, line,
		"{'prompt':[{'role':'user','content':'add\\n\\n1'}],'answer':'a'}\n"
		"{'prompt':[{'role':'user','content':'add\\n\\n2'}],'answer':'b'}\n", "answers 1");
}

/* A label that may as well name a class is not taken for one of good and bad, and no answer is called good. */
static void labels_of_classes(void **state)
{
	(void)state;
	static const char reason[] = "records whose label may be a class (see --map label=label) 1";
	static const char line[] = "{'prompt':[{'role':'user','content':'q'}],"
				   "'completion':[{'role':'assistant','content':'a'}],'label':false}\n";
	becomes("unpaired", NULL, "{'prompt':'q','completion':'a','label':false}", line, "");
	becomes("unpaired", NULL, "{'prompt':'q','completion':'a','label':0}", "", reason);
	becomes("unpaired", NULL, "{'prompt':'q','completion':'a','label':'sports'}", "", reason);
	becomes("unpaired", NULL, "{'prompt':'q','completion':'a','label':false,'about':{'label':0}}",
		"{'prompt':[{'role':'user','content':'q'}],'completion':[{'role':'assistant','content':'a'}],"
		"'label':false,'about':{'label':0}}\n", "");
}

/* What is done with thoughts is done on both sides. */
static void thoughts_of_both_sides(void **state)
{
	(void)state;
	static const char pair[] = "{'prompt':'q','chosen':'<think>c</think>x','rejected':'<think>r</think>y'}";
	const struct format_options drop = { .reasoning = REASONING_DROPPED };
	becomes("alpaca", &drop, pair, "{'instruction':'q','input':'','output':'x','rejected':'y'}\n", "");
	becomes("messages", &drop, pair, "{'messages':[{'role':'user','content':'q'},{'role':'assistant',"
		"'content':'x'}],'rejected':'y'}\n", "");
	becomes("alpaca", NULL, pair, "{'instruction':'q','input':'','output':'<think>c</think>x',"
		"'rejected':'<think>r</think>y'}\n", "");
}

/* An answer known to be bad is never written without its label: as LLaMA-Factory has it, or not at all. */
static void bad_answers_alone(void **state)
{
	(void)state;
	static const char bad[] = "{'instruction':'q','input':'','output':'a','kto_tag':false}\n";
	static const char chat[] = "{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a'}],"
				   "'kto_tag':false}\n";
	static const char reason[] = "answers known to be bad 1";
	becomes("alpaca", NULL, bad, bad, "");
	becomes("messages", NULL, bad, chat, "");
	becomes("messages", NULL, chat, chat, "");
	becomes("alpaca", NULL, chat, bad, "");
	becomes("openai", NULL, bad, "", reason);
	becomes("trl", NULL, bad, "", reason);
	becomes("completion", NULL, bad, "", reason);
	becomes("text", NULL, bad, "", reason);
	becomes("alpaca", NULL, "{'instruction':'q','instances':[{'input':'','output':'a','role':'rejected'},"
		"{'input':'','output':'b','role':'rejected'}]}",
		"{'instruction':'q','input':'','output':'a','kto_tag':false}\n"
		"{'instruction':'q','input':'','output':'b','kto_tag':false}\n", "");
}

/* A chat that ends with a question still ends with it after a way through our own format. */
static void unanswered_end(void **state)
{
	(void)state;
	static const char chat[] =
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a'},"
		"{'role':'user','content':'q2'}]}\n";
	static const char own[] =
		"{'id':'','name':'','instruction':'q','instances':[{'input':'','output':'a'}],"
		"'is_classification':false,'messages':[{'role':'user','content':'q'},"
		"{'role':'assistant','content':'a'},{'role':'user','content':'q2'}]}\n";
	becomes("self-instruct", NULL, chat, own, "");
	becomes("self-instruct", NULL, own, own, "");
}

/* A call that is a turn of its own has no place for all that a call may hold. */
static void calls_apart(void **state)
{
	(void)state;
	becomes("sharegpt", NULL,
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':null,"
		"'name':'bot','weight':0,'tool_calls':[{'id':'c','index':0,'type':'function',"
		"'extra':{'seal':'s'},'function':{'name':'f','arguments':{}}}]}]}",
		"{'conversations':[{'from':'human','value':'q'},"
		"{'from':'function_call','value':'{\\'name\\':\\'f\\',\\'arguments\\':{}}',"
		"'name':'bot','weight':0}]}\n",
		"tool call id 1, further members of a tool call 2");
}

/* Where an answer is one turn, it is what is said or what is called. */
static void calls_of_one_turn(void **state)
{
	(void)state;
	becomes("llama-factory-preference", NULL,
		"{'prompt':'q','chosen':[{'role':'assistant','content':null,'tool_calls':"
		"[{'type':'function','function':{'name':'f','arguments':{}}}]}],'rejected':"
		"[{'role':'assistant','content':'r','tool_calls':"
		"[{'type':'function','function':{'name':'g','arguments':{}}}]}]}",
		"{'conversations':[{'from':'human','value':'q'}],'chosen':{'from':'function_call',"
		"'value':'{\\'name\\':\\'f\\',\\'arguments\\':{}}'},"
		"'rejected':{'from':'gpt','value':'r'}}\n", "tool calls 1");
}

/* No line says a name twice, for a reader takes the last of them alone. */
static void names_once(void **state)
{
	(void)state;
	const struct format_options thinking = { .reasoning = REASONING_AS_THINKING };
	becomes("alpaca", &thinking,
		"{'instruction':'q','output':'a','reasoning':'r','thinking':'t','more':1}",
		"{'instruction':'q','input':'','output':'a','thinking':'r','more':1}\n",
		"thinking 1");
	becomes("messages", &thinking,
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a',"
		"'reasoning':'r','thinking':'t'}]}",
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a',"
		"'reasoning':'r','thinking':'t'}]}\n", "");
	becomes("axolotl", NULL,
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a',"
		"'weight':0,'train':true}]}",
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a',"
		"'weight':0,'train':true}]}\n", "");
	becomes("messages", NULL,
		"{'instruction':'q','output':'a','tools':{'a':1},'x\\u0000y':1,'x\\u0000z':2}",
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a'}],"
		"'x\\u0000y':1,'x\\u0000z':2}\n", "tools 1");
}

/* Tags stand in a text: thoughts beside parts keep their member. */
static void thoughts_beside_parts(void **state)
{
	(void)state;
	const struct format_options tags = { .reasoning = REASONING_AS_TAGS };
	static const char line[] =
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':"
		"[{'type':'text','text':'a'},{'type':'image'}],'reasoning':'r'}]}\n";
	becomes("messages", &tags, line, line, "");
	becomes("alpaca", &tags, line,
		"{'instruction':'q','input':'','output':'<think>\\nr\\n</think>\\n\\na'}\n",
		"content parts 1");
}

/* What is known of an answer that is neither chosen nor rejected. */
static void scores_of_answers(void **state)
{
	(void)state;
	static const char line[] =
		"{'instruction':'q','instances':[{'input':'','output':'a','score':0.5}]}";
	becomes("messages", NULL, line,
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a'}],"
		"'score':0.5}\n", "");
	becomes("openai", NULL, line,
		"{'messages':[{'role':'user','content':'q'},{'role':'assistant','content':'a'}]}\n",
		"score 1");
	becomes("prompt-only", NULL, line,
		"{'prompt':[{'role':'user','content':'q'}],'answer':'a'}\n", "scores 1");
	becomes("alpaca", NULL, "{'prompt':'q','chosen':'a','score_chosen':1.5}",
		"{'instruction':'q','input':'','output':'a','kto_tag':true,'score_chosen':1.5}\n", "");
	becomes("self-instruct", NULL,
		"{'instruction':'q','instances':[{'input':'','output':'a'},{'input':'','output':'b',"
		"'sample':2}]}",
		"{'id':'','name':'','instruction':'q','instances':[{'input':'','output':'a'},"
		"{'input':'','output':'b','sample':2}],'is_classification':false}\n", "");
}

/* What answers one input is no better and no worse than what answers another. */
static void answers_to_several_inputs(void **state)
{
	(void)state;
	static const char scored[] =
		"{'instruction':'Add.','instances':[{'input':'1 2','output':'3','score':5},"
		"{'input':'3 4','output':'9','score':1},{'input':'3 4','output':'7','score':3}]}";
	becomes("preference", NULL, scored,
		"{'prompt':[{'role':'user','content':'Add.\\n\\n3 4'}],'chosen':[{'role':'assistant',"
		"'content':'7'}],'rejected':[{'role':'assistant','content':'9'}],'score_chosen':3.0,"
		"'score_rejected':1.0}\n",
		"questions without a better and a worse answer 1");
	becomes("messages", NULL,
		"{'instruction':'Add.','instances':[{'input':'1 2','output':'3','role':'chosen'},"
		"{'input':'3 4','output':'7','role':'chosen'},"
		"{'input':'3 4','output':'9','role':'rejected'},"
		"{'input':'5 6','output':'9','role':'rejected'}]}",
		"{'messages':[{'role':'user','content':'Add.\\n\\n1 2'},{'role':'assistant',"
		"'content':'3'}],'kto_tag':true}\n"
		"{'messages':[{'role':'user','content':'Add.\\n\\n3 4'},{'role':'assistant',"
		"'content':'7'}],'rejected':'9'}\n",
		"further rejected answers 1");
}

/* What was thought is no part of the truth. */
static void answers_with_a_thought(void **state)
{
	(void)state;
	becomes("prompt-only", NULL, "{'question':'q','answer':'4','reasoning':'r'}",
		"{'prompt':[{'role':'user','content':'q'}],'answer':'4'}\n", "reasoning 1");
	becomes("verl", NULL, "{'question':'q','answer':'4','ability':'math'}",
		"{'data_source':'sow','prompt':[{'role':'user','content':'q'}],'ability':'math',"
		"'reward_model':{'style':'rule','ground_truth':'4'},"
		"'extra_info':{'split':'train','index':0}}\n", "");
}

/* An input is part of the question where the only answer is a bad one, too. */
static void input_of_a_rejected_answer(void **state)
{
	(void)state;
	static const char line[] = "{'instruction':'add','input':'1 and 2','rejected':'4'}";
	becomes("alpaca", NULL, line, "{'instruction':'add','input':'1 and 2','output':'4','kto_tag':false}\n", "");
	becomes("completion", NULL, line, "", "answers known to be bad 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inputs_of_their_own), cmocka_unit_test(labels_of_classes),
		cmocka_unit_test(bad_answers_alone), cmocka_unit_test(thoughts_of_both_sides),
		cmocka_unit_test(unanswered_end),
		cmocka_unit_test(calls_apart),
		cmocka_unit_test(calls_of_one_turn),
		cmocka_unit_test(names_once),
		cmocka_unit_test(thoughts_beside_parts),
		cmocka_unit_test(scores_of_answers),
		cmocka_unit_test(answers_to_several_inputs),
		cmocka_unit_test(answers_with_a_thought),
		cmocka_unit_test(input_of_a_rejected_answer),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
