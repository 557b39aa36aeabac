#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "data/tool_calls.h"
#include "data/turns.h"

static struct sow_error err;

/* JSON with ' for ", as it is written again. */
static int rewrite(const char *text, struct arena *a, struct buf *out)
{
	struct turn *turns;
	size_t count;
	char *json = arena_copystr(a, text);
	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	struct json *doc = json_parse_lenient(view_of(json), a, NULL, NULL, &err);
	assert_non_null(doc);
	int status = turns_read(json_root(doc), a, &turns, &count, &err);
	return status ? status : turns_write(turns, count, out);
}

/* What was written is read as the same. */
static void reads(const char *text, const char *want)
{
	struct arena *a = arena_new();
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct turn *turns;
	size_t count;
	if (rewrite(text, a, &once))
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(turns_parse(view_from(once.data, once.len), a, &turns, &count), SOW_OK);
	assert_int_equal(turns_write(turns, count, &twice), SOW_OK);
	assert_string_equal(once.data, twice.data);
	for (size_t i = 0; i < once.len; i++)
		once.data[i] = once.data[i] == '"' ? '\'' : once.data[i];
	assert_string_equal(once.data, want);
	buf_release(&once);
	buf_release(&twice);
	arena_free(a);
}

static void refused(const char *text, const char *message)
{
	struct arena *a = arena_new();
	struct buf out = BUF_INIT;
	assert_int_equal(rewrite(text, a, &out), SOW_INVALID);
	assert_string_equal(err.text, message);
	buf_release(&out);
	arena_free(a);
}

#define Q "{'role':'user','content':'q'}"
#define A "{'role':'assistant','content':'a'}"

static void spellings(void **state)
{
	(void)state;
	reads("[" Q "," A "]", "[" Q "," A "]");
	reads("[{'from':'human','value':'q'},{'from':'gpt','value':'a'}]", "[" Q "," A "]");
	reads("[{'from':'User','value':'q'},{'author':'MODEL','text':'a'}]", "[" Q "," A "]");
	reads("['q','a']", "[" Q "," A "]");
	reads("[['q','a'],['q','a']]", "[" Q "," A "," Q "," A "]");
	reads("[['q',null]]", "[" Q "]");
	reads("[{'input':'q','output':'a'},{'question':'q'}]", "[" Q "," A "," Q "]");
	reads("[{'role':'developer','content':5},{'from':'observation','value':true}]",
	      "[{'role':'developer','content':'5'},{'role':'tool','content':'true'}]");
	reads("[]", "[]");
	reads("[{'role':null,'from':'human','content':null,'value':'q'}]", "[" Q "]");
}

static void contents(void **state)
{
	(void)state;
	reads("[{'role':'user','content':'  q\\n'}]", "[{'role':'user','content':'  q\\n'}]");
	reads("[{'role':'user','content':null}]", "[{'role':'user','content':null}]");
	reads("[{'role':'user'}]", "[{'role':'user','content':null}]");
	reads("[{'role':'user','content':[]}]", "[{'role':'user','content':''}]");
	reads("[{'role':'user','content':['a',{'type':'text','text':'b'}]}]",
	      "[{'role':'user','content':'ab'}]");
	reads("[{'role':'user','content':[{'type':'image_url','image_url':{'url':'x'}}]}]",
	      "[{'role':'user','content':[{'type':'image_url','image_url':{'url':'x'}}]}]");
	reads("[{'role':'user','content':[{'type':'text','text':'a','weight':0}]}]",
	      "[{'role':'user','content':[{'type':'text','text':'a','weight':0}]}]");
	reads("[{'role':'assistant','content':[{'type':'reasoning','value':'t'},"
	      "{'type':'text','value':'a'}]}]",
	      "[{'role':'assistant','content':'a','reasoning_content':'t'}]");
	reads("[{'role':'assistant','content':[{'type':'text','value':'a'},"
	      "{'type':'reasoning','value':'t'}]}]",
	      "[{'role':'assistant','content':[{'type':'text','value':'a'},"
	      "{'type':'reasoning','value':'t'}]}]");
}

static void calls(void **state)
{
	(void)state;
	reads("[{'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function',"
	      "'function':{'name':'f','arguments':{'n':1.50}}}],'text':'x'}]",
	      "[{'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function',"
	      "'function':{'name':'f','arguments':{'n':1.50}}}],'text':'x'}]");
	reads("[{'role':'assistant','tool_calls':[{'name':'f','id':'c1','arguments':'x'}]}]",
	      "[{'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function',"
	      "'function':{'name':'f','arguments':'x'}}]}]");
	reads("[{'role':'assistant','content':'a','function_call':{'name':'f'}}]",
	      "[{'role':'assistant','content':'a','tool_calls':[{'type':'function',"
	      "'function':{'name':'f'}}]}]");
	reads("[{'from':'function_call','value':[{'name':'f'},{'name':'g'}]}]",
	      "[{'role':'assistant','content':null,'tool_calls':[{'type':'function','function':"
	      "{'name':'f'}},{'type':'function','function':{'name':'g'}}]}]");
	reads("[{'role':'assistant','content':'a','tool_calls':[],'function_call':null}]", "[" A "]");
	reads("[{'role':'tool','name':'f','tool_call_id':'c1','content':'r'}]",
	      "[{'role':'tool','content':'r','tool_call_id':'c1','name':'f'}]");
}

static void members(void **state)
{
	(void)state;
	reads("[{'weight':0,'role':'user','x':[1],'content':'q','thinking':'t','y':null}]",
	      "[{'role':'user','content':'q','thinking':'t','weight':0,'x':[1],'y':null}]");
	reads("[{'role':'user','content':'q','train':false,'weight':1,'reasoning':5,'name':7}]",
	      "[{'role':'user','content':'q','train':false,'weight':1,'reasoning':5,'name':7}]");
}

static void what_is_no_conversation(void **state)
{
	(void)state;
	refused("[1]", "turn 1: expected an object, not a number");
	refused("[" Q ",{'role':'clown','content':''}]", "turn 2: unknown role 'clown'; expected "
		"system, developer, user, assistant or tool");
	refused("[{'content':'q'}]", "turn 1: expected a role, such as \"user\"");
	refused("[{'role':'user','content':{}}]",
		"turn 1: the content is an object; expected a text or a list of parts");
	refused("[{'from':'function_call','value':'f(1)'}]",
		"turn 1: expected a tool call as JSON, not 'f(1)'");
	refused("[['a','b','c']]", "turn 1: expected an object, not an array");
	static const char *const texts[] = { "", "{}", "[1]", "[{\"role\":\"user\"" };
	struct arena *a = arena_new();
	struct turn *turns;
	size_t count;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(turns_parse(view_of(texts[i]), a, &turns, &count), SOW_INVALID);
	arena_free(a);
}

/* Arguments as an object or as a text, by what a format wants. */
static void arguments(void **state)
{
	(void)state;
	static const char list[] = "[{\"function\":{\"name\":\"f\",\"arguments\":{\"n\":1.50}}},"
				     "{\"id\":\"x\",\"function\":{\"arguments\":\"{\\\"n\\\": 2}\"}},"
				     "{\"id\":null,\"function\":{\"arguments\":\"no json\"}}]";
	struct arena *a = arena_new();
	size_t number = 0;
	assert_ptr_equal(tool_calls_write(view_of(list), ARGUMENTS_AS_CAME, NULL, a).p, list);
	struct view object = tool_calls_write(view_of(list), ARGUMENTS_OBJECT, NULL, a);
	assert_true(view_eqstr(object, "[{\"function\":{\"name\":\"f\",\"arguments\":{\"n\":1.50}}},"
				       "{\"id\":\"x\",\"function\":{\"arguments\":{\"n\":2}}},"
				       "{\"id\":null,\"function\":{\"arguments\":\"no json\"}}]"));
	struct view text = tool_calls_write(view_of(list), ARGUMENTS_TEXT, &number, a);
	assert_true(view_eqstr(text, "[{\"id\":\"call_1\",\"function\":{\"name\":\"f\",\"arguments\":"
				     "\"{\\\"n\\\":1.50}\"}},"
				     "{\"id\":\"x\",\"function\":{\"arguments\":\"{\\\"n\\\": 2}\"}},"
				     "{\"id\":\"call_3\",\"function\":{\"arguments\":\"no json\"}}]"));
	assert_int_equal(number, 3);
	arena_free(a);
}

static void thoughts(void **state)
{
	(void)state;
	struct view thought, rest;
	assert_true(turns_part_thought(view_of("<think>\nhmm\n</think>\n\n  so"), &thought, &rest));
	assert_true(view_eqstr(thought, "hmm"));
	assert_true(view_eqstr(rest, "  so"));
	assert_false(turns_part_thought(view_of("<think>hmm"), &thought, &rest));
	assert_false(turns_part_thought(view_of("so <think>hmm</think>"), &thought, &rest));
}

static void joined(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	turns_join(view_of("Add."), view_of(""), &text);
	assert_string_equal(text.data, "Add.");
	buf_clear(&text);
	turns_join(view_of("Add."), view_of("1 2"), &text);
	assert_string_equal(text.data, "Add.\n\n1 2");
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings), cmocka_unit_test(contents), cmocka_unit_test(calls),
		cmocka_unit_test(members), cmocka_unit_test(what_is_no_conversation),
		cmocka_unit_test(arguments), cmocka_unit_test(thoughts), cmocka_unit_test(joined),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
