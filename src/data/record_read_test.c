#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data/record_read_test.h"

static void check_mapped(const char *text, const struct columns *columns, const char *want)
{
	struct arena *a = arena_new();
	struct buf dump = BUF_INIT, name = BUF_INIT;
	struct text wanted = quoted(want);
	struct record record;
	const json_value *root;
	if (read_it(text, columns, a, &root, &record))
		fail_msg("%s: %s", text, err.text);
	record_dump(&record, &dump);
	if (strcmp(dump.data, wanted.json))
		fail_msg("%s\nis   %s\nwant %s", text, dump.data, wanted.json);
	if (record_lost(root, columns, &record, &name))
		fail_msg("%s: '%s' is lost", text, name.data);
	buf_release(&dump);
	buf_release(&name);
	arena_free(a);
}

static void check(const char *text, const char *want)
{
	check_mapped(text, NULL, want);
}

static void refused_mapped(const char *text, const struct columns *columns, const char *message)
{
	struct arena *a = arena_new();
	struct record record;
	const json_value *root;
	int status = read_it(text, columns, a, &root, &record);
	if (status != SOW_INVALID)
		fail_msg("%s: is read", text);
	if (strcmp(err.text, message))
		fail_msg("%s\nsays %s\nwant %s", text, err.text, message);
	arena_free(a);
}

static void refused(const char *text, const char *message)
{
	refused_mapped(text, NULL, message);
}

/* Every shape people have, and what comes of it. */
static void shapes(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		/* TRL */
		{ "{'text':'why'}",
		  "{'instruction':'why'}" },
		{ "{'messages':[" Q "," A "]}",
		  "{'instruction':'why','answers':[{'output':'so'}]}" },
		{ "{'prompt':'why','completion':' so'}",
		  "{'instruction':'why','answers':[{'output':' so'}]}" },
		{ "{'prompt':[" S "," Q "],'completion':[" A "]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" S "," Q "," A "]}" },
		{ "{'prompt':[" Q "],'answer_key':'72','difficulty':3}",
		  "{'instruction':'why','fields':{'answer_key':'72','difficulty':3}}" },
		{ "{'prompt':'why','chosen':'so','rejected':'no'}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true}" },
		{ "{'prompt':[" Q "],'chosen':[" A "],'rejected':[" B "]}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true}" },
		{ "{'chosen':[" Q "," A "],'rejected':[" Q "," B "]}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true}" },
		{ "{'prompt':'why','completion':'so','label':true}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'}]}" },
		{ "{'prompt':[" Q "],'completion':[" A "],'label':false}",
		  "{'instruction':'why','answers':[{'output':'so','role':'rejected'}],'beside':true}" },
		{ "{'prompt':'why','completions':['step 1','step 2'],'labels':[true,false]}",
		  "{'instruction':'why','fields':{'completions':['step 1','step 2'],'labels':[true,"
		  "false]}}" },
		{ "{'messages':[" Q ",{'role':'assistant','tool_calls':[{'type':'function',"
		  "'function':{'name':'rain','arguments':{'city':'Oslo'}}}]},{'role':'tool',"
		  "'name':'rain','content':'yes'}," A "],'tools':[{'type':'function',"
		  "'function':{'name':'rain','parameters':{'type':'object'}}}],"
		  "'chat_template_kwargs':{'enable_thinking':false}}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" Q ","
		  "{'role':'assistant','content':null,'tool_calls':[{'type':'function',"
		  "'function':{'name':'rain','arguments':{'city':'Oslo'}}}]},{'role':'tool',"
		  "'content':'yes','name':'rain'}," A "],'tools':[{'type':'function',"
		  "'function':{'name':'rain','parameters':{'type':'object'}}}],"
		  "'fields':{'chat_template_kwargs':{'enable_thinking':false}}}" },
		{ "{'messages':[" Q ",{'role':'assistant','content':'so',"
		  "'reasoning_content':'hmm'}]}",
		  "{'instruction':'why','answers':[{'output':'so','reasoning_content':'hmm'}]}" },
		{ "{'messages':[" Q ",{'role':'assistant','content':'so','thinking':'hmm'}," Q "]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" Q ","
		  "{'role':'assistant','content':'so','thinking':'hmm'}," Q "]}" },
		{ "{'messages':[{'role':'user','content':[{'type':'image'},{'type':'text',"
		  "'text':'why'}]}," A "],'images':['a.png']}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[{'role':'user',"
		  "'content':[{'type':'image'},{'type':'text','text':'why'}]}," A "],"
		  "'fields':{'images':['a.png']}}" },
		/* axolotl */
		{ "{'messages':[" Q ",{'role':'assistant','content':'so','train':false,"
		  "'train_detail':[{'begin_offset':0,'end_offset':1,'train':true}]}],'tools':[]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" Q ","
		  "{'role':'assistant','content':'so','train':false,"
		  "'train_detail':[{'begin_offset':0,'end_offset':1,'train':true}]}],'tools':[]}" },
		{ "{'messages':[" Q ",{'role':'assistant','content':'so','weight':0}]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" Q ","
		  "{'role':'assistant','content':'so','weight':0}]}" },
		{ "{'prompt':[" Q "],'completion':[" A "],'rejected':'no'}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true}" },
		{ "{'messages':[" Q "],'chosen':" A ",'rejected':" B "}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true}" },
		{ "{'system':'sys','question':'why','chosen':'so','rejected':'no'}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'turns':[" S "," Q "],'beside':true}" },
		{ "{'system':'sys','input':'why','chosen':'so','rejected':'no'}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'turns':[" S "," Q "],'beside':true}" },
		{ "{'instruction':'why','input':'','output':'so'}",
		  "{'instruction':'why','answers':[{'output':'so'}]}" },
		/* LLaMA-Factory, v0 and v1 */
		{ "{'instruction':'why','input':'it','output':'so','system':'sys','history':[['h1',"
		  "'h2']]}",
		  "{'instruction':'h1','answers':[{'output':'h2'}],'turns':[" S ",{'role':'user',"
		  "'content':'h1'},{'role':'assistant','content':'h2'},{'role':'user',"
		  "'content':'why\\n\\nit'}," A "]}" },
		{ "{'instruction':'why','input':'it','chosen':'so','rejected':'no'}",
		  "{'instruction':'why','answers':[{'input':'it','output':'so','role':'chosen'},"
		  "{'input':'it','output':'no','role':'rejected'}],'beside':true}" },
		{ "{'instruction':'why','chosen':'so','rejected':'no','system':'sys',"
		  "'history':[['h1','h2']]}",
		  "{'instruction':'h1','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'turns':[" S ",{'role':'user','content':'h1'},"
		  "{'role':'assistant','content':'h2'}," Q "],'beside':true}" },
		{ "{'conversations':[{'from':'human','value':'why'},{'from':'function_call',"
		  "'value':'{`name`:`rain`,`arguments`:{`city`:`Oslo`}}'},{'from':'observation',"
		  "'value':'yes'},{'from':'gpt','value':'so'}],'system':'sys',"
		  "'tools':'[{`name`:`rain`}]'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" S "," Q ","
		  "{'role':'assistant','content':null,'tool_calls':[{'type':'function',"
		  "'function':{'name':'rain','arguments':{'city':'Oslo'}}}]},{'role':'tool',"
		  "'content':'yes'}," A "],'tools':[{'name':'rain'}]}" },
		{ "{'conversations':[{'from':'human','value':'why'}],'chosen':{'from':'gpt',"
		  "'value':'so'},'rejected':{'from':'gpt','value':'no'}}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true}" },
		{ "{'conversations':[{'from':'human','value':'why'},{'from':'gpt','value':'so'}],"
		  "'kto_tag':true}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'}],'beside':true}" },
		{ "{'instruction':'why','output':'so','kto_tag':0}",
		  "{'instruction':'why','answers':[{'output':'so','role':'rejected'}]}" },
		{ "{'prompt':[" Q "],'completion':[" A "],'response':'old'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'fields':{'response':'old'}}" },
		{ "{'prompt':'why','response':'old','completion':'so'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'fields':{'response':'old'}}" },
		{ "{'prompt':'why','completion':'so','label':0}",
		  "{'instruction':'why','answers':[{'output':'so'}],'fields':{'label':0}}" },
		{ "{'instruction':'why','output':'so','kto_tag':false}",
		  "{'instruction':'why','answers':[{'output':'so','role':'rejected'}]}" },
		{ "{'instruction':'why','output':'so','kto_tag':false,'system':'sys'}",
		  "{'instruction':'why','answers':[{'output':'so','role':'rejected'}],'turns':[" S
		  "," Q "],'beside':true}" },
		{ "{'messages':[{'role':'user','content':[{'type':'text','value':'why'}],"
		  "'loss_weight':0.0},{'role':'assistant','content':[{'type':'reasoning',"
		  "'value':'hmm'},{'type':'text','value':'so'},{'type':'tool_call',"
		  "'value':'{`name`:`rain`,`arguments`:{}}'},{'type':'tool_call',"
		  "'value':'{`name`:`sun`,`arguments`:{}}'}],'loss_weight':1.0}],'tools':'[]'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[{'role':'user',"
		  "'content':'why','loss_weight':0.0},{'role':'assistant','content':'so',"
		  "'reasoning_content':'hmm','tool_calls':[{'type':'function',"
		  "'function':{'name':'rain','arguments':{}}},{'type':'function',"
		  "'function':{'name':'sun','arguments':{}}}],'loss_weight':1.0}],'tools':[]}" },
		{ "{'chosen_messages':[" Q "," A "],'rejected_messages':[" Q "," B "]}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true}" },
		/* NeMo, verl, open-instruct */
		{ "{'input':'why','output':'so'}",
		  "{'instruction':'why','answers':[{'output':'so'}]}" },
		{ "{'messages':[" Q "," A "],'task_name':'t'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'fields':{'task_name':'t'}}" },
		{ "{'context':[" Q "],'completions':[{'rank':0,'completion':[" A "]},{'rank':1,"
		  "'completion':[" B "]}]}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen','score':0.0},"
		  "{'output':'no','role':'rejected','score':-1.0}],'beside':true}" },
		{ "{'messages':[" Q ",{'role':'assistant','content':null,'tool_calls':[{'id':'c1',"
		  "'type':'function','function':{'name':'rain','arguments':'{`city`: `Oslo`}'}}]},"
		  "{'role':'tool','tool_call_id':'c1','content':'yes'}," A "]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" Q ","
		  "{'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function',"
		  "'function':{'name':'rain','arguments':'{`city`: `Oslo`}'}}]},{'role':'tool',"
		  "'content':'yes','tool_call_id':'c1'}," A "]}" },
		{ "{'data_source':'gsm8k','prompt':[" Q "],'ability':'math',"
		  "'reward_model':{'style':'rule','ground_truth':'72'},'extra_info':{'index':0,"
		  "'split':'train'}}",
		  "{'instruction':'why','fields':{'data_source':'gsm8k','ability':'math',"
		  "'reward_model':{'style':'rule','ground_truth':'72'},'extra_info':{'index':0,"
		  "'split':'train'}}}" },
		{ "{'messages':[" Q "," A "],'ground_truth':['72'],'dataset':'gsm8k',"
		  "'tools':['search'],'env_config':{}}",
		  "{'instruction':'why','answers':[{'output':'so'}],'tools':['search'],"
		  "'fields':{'ground_truth':['72'],'dataset':'gsm8k','env_config':{}}}" },
		{ "{'messages':[" Q "," A "],'enable_thinking':true}",
		  "{'instruction':'why','answers':[{'output':'so'}],"
		  "'fields':{'enable_thinking':true}}" },
		/* OpenAI */
		{ "{'messages':[{'role':'developer','content':'sys'}," Q ",{'role':'assistant',"
		  "'content':'no','weight':0}," Q ",{'role':'assistant','content':'so','weight':1}],"
		  "'parallel_tool_calls':false}",
		  "{'instruction':'why','answers':[{'output':'no'}],'turns':[{'role':'developer',"
		  "'content':'sys'}," Q ",{'role':'assistant','content':'no','weight':0}," Q ","
		  "{'role':'assistant','content':'so','weight':1}],"
		  "'fields':{'parallel_tool_calls':false}}" },
		{ "{'input':{'messages':[" Q "],'tools':[],'parallel_tool_calls':true},"
		  "'preferred_output':[" A "],'non_preferred_output':[" B "]}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true,'tools':[],"
		  "'fields':{'parallel_tool_calls':true}}" },
		{ "{'input':{'messages':[" Q "],'source':'in'},'source':'out',"
		  "'preferred_output':[" A "],'non_preferred_output':[" B "]}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},{'output':'no',"
		  "'role':'rejected'}],'beside':true,"
		  "'fields':{'source':'out','input.source':'in'}}" },
		{ "{'messages':[" Q "],'reference_answer':'so'}",
		  "{'instruction':'why','fields':{'reference_answer':'so'}}" },
		/* Dolly, airoboros, distilabel, UltraFeedback, SQuAD, GSM8K, and what stands beside what */
		{ "{'instruction':'why','context':'it','response':'so','category':'closed_qa'}",
		  "{'instruction':'why','answers':[{'input':'it','output':'so'}],"
		  "'fields':{'category':'closed_qa'}}" },
		{ "{'id':'x1','instruction':'why','response':'so','category':'coding',"
		  "'question_id':7}",
		  "{'id':'x1','instruction':'why','answers':[{'output':'so'}],"
		  "'fields':{'category':'coding','question_id':7}}" },
		{ "{'conversations':[{'input':'why','output':'so'}],'source':'x'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'fields':{'source':'x'}}" },
		{ "{'system_prompt':'sys','instruction':'why','generation':'so','model_name':'m',"
		  "'distilabel_metadata':{'raw':null}}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" S "," Q "," A "],"
		  "'fields':{'model_name':'m','distilabel_metadata':{'raw':null}}}" },
		{ "{'instruction':'why','generations':['so','no'],'ratings':[5,1.50]}",
		  "{'instruction':'why','answers':[{'output':'so'},{'output':'no','sample':1}],"
		  "'fields':{'ratings':[5,1.50]}}" },
		{ "{'source':'x','instruction':'why','models':['m1'],'completions':[{'model':'m1',"
		  "'response':'so','annotations':{'helpfulness':{'Rating':'5'}}}],"
		  "'correct_answers':['None']}",
		  "{'instruction':'why','fields':{'source':'x','models':['m1'],"
		  "'completions':[{'model':'m1','response':'so',"
		  "'annotations':{'helpfulness':{'Rating':'5'}}}],'correct_answers':['None']}}" },
		{ "{'prompt':'why','prompt_id':'p','chosen':[" Q "," A "],'rejected':[" Q "," B "],"
		  "'messages':[" Q "," A "],'score_chosen':8.5,'score_rejected':2}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen','score':8.5},"
		  "{'output':'no','role':'rejected','score':2.0}],'beside':true,"
		  "'fields':{'prompt_id':'p','messages':[" Q "," A "]}}" },
		{ "{'prompt':[" Q "],'chosen':[" A "],'rejected':[" B "],'messages':[" Q "," A "]}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},"
		  "{'output':'no','role':'rejected'}],'beside':true,'fields':{'messages':[" Q "," A "]}}" },
		{ "{'prompt':'why','chosen':'so','rejected':'no','messages':[" Q "," A "]}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen'},"
		  "{'output':'no','role':'rejected'}],'beside':true,'fields':{'messages':[" Q "," A "]}}" },
		{ "{'prompt':'why','chosen':'so','rejected':['no','never'],'chosen_score':5}",
		  "{'instruction':'why','answers':[{'output':'so','role':'chosen','score':5.0},"
		  "{'output':'no','role':'rejected'},{'output':'never','role':'rejected'}],"
		  "'beside':true}" },
		{ "{'context':'it','question':'why','answers':{'text':['so'],'answer_start':[3]},"
		  "'title':'T','id':'5733'}",
		  "{'id':'5733','instruction':'why','answers':[{'input':'it','output':''}],"
		  "'fields':{'answers':{'text':['so'],'answer_start':[3]},'title':'T'}}" },
		{ "{'question':'why','answer':'so #### 72'}",
		  "{'instruction':'why','answers':[{'output':'so #### 72'}]}" },
		{ "{'problem':'why','solution':'so','level':'Level 5','type':'Algebra'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'fields':{'level':'Level 5',"
		  "'type':'Algebra'}}" },
		{ "{'inputs':'why','targets':'so'}",
		  "{'instruction':'why','answers':[{'output':'so'}]}" },
		{ "{'query':'why','response':'so'}",
		  "{'instruction':'why','answers':[{'output':'so'}]}" },
		{ "{'input':'why','context':'it','output':'so'}",
		  "{'instruction':'why','answers':[{'input':'it','output':'so'}]}" },
		{ "{'instruction':'why','input':'it','context':'doc','output':'so'}",
		  "{'instruction':'why','answers':[{'input':'it','output':'so'}],"
		  "'fields':{'context':'doc'}}" },
		{ "{'id':7,'instruction':'why','output':4}",
		  "{'id':7,'instruction':'why','answers':[{'output':'4'}]}" },
		{ "{'id':1.50,'instruction':'why','output':true}",
		  "{'id':1.50,'instruction':'why','answers':[{'output':'true'}]}" },
		{ "{'instruction':'why','output':'so','reasoning':'hmm'}",
		  "{'instruction':'why','answers':[{'output':'so','reasoning':'hmm'}]}" },
		{ "{'instruction':'why','input':null,'output':null,'system':null,'extra':null}",
		  "{'instruction':'why','fields':{'extra':null}}" },
		{ "{'messages':'[{`role`:`user`,`content`:`why`}]','source':'csv'}",
		  "{'instruction':'why','fields':{'source':'csv'}}" },
		{ "{'conversation':['why','so','why','no']}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" Q "," A "," Q "," B
		  "]}" },
		{ "{'system':'sys','messages':[" S "," Q "," A "]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" S "," Q "," A "]}" },
		{ "{'system':'other','messages':[" S "," Q "," A "]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" S "," Q "," A "],"
		  "'fields':{'system':'other'}}" },
		{ "{'system':'sys','system_prompt':'other','instruction':'why'}",
		  "{'instruction':'why','turns':[" S "," Q "],'fields':{'system_prompt':'other'}}" },
		{ "{'messages':[" Q "," A "],'prompt':'why','response':'no'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'fields':{'prompt':'why',"
		  "'response':'no'}}" },
		{ "{'messages':[" Q ",{'from':'gpt','role':null,'content':null,'value':'so'}]}",
		  "{'instruction':'why','answers':[{'output':'so'}]}" },
		{ "{'messages':[" Q ",{'role':'assistant','content':'so','images':['b.png'],"
		  "'ts':5}]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" Q ","
		  "{'role':'assistant','content':'so','images':['b.png'],'ts':5}]}" },
		{ "{'messages':[" Q ",{'role':'assistant','content':null,'tool_calls':[{'id':'c1',"
		  "'name':'f','arguments':'no json'}]}]}",
		  "{'instruction':'why','answers':[{'output':''}],'turns':[" Q ","
		  "{'role':'assistant','content':null,'tool_calls':[{'id':'c1','type':'function',"
		  "'function':{'name':'f','arguments':'no json'}}]}]}" },
		{ "[{'from':'human','value':'why'},{'from':'gpt','value':'so'}]",
		  "{'instruction':'why','answers':[{'output':'so'}]}" },
		{ "['why','so']",
		  "{'instruction':'why','answers':[{'output':'so'}]}" },
		{ "[['why','so'],['why','no']]",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" Q "," A "," Q "," B
		  "]}" },
		{ "'why'",
		  "{'instruction':'why'}" },
		{ "{'instruction':'why','output':'so','output':'no','instruction':'other'}",
		  "{'instruction':'why','answers':[{'output':'so'}],'fields':{'output':'no',"
		  "'instruction':'other'}}" },
		{ "{'id':'seed_0','name':'n','instruction':'why','instances':[{'input':'it',"
		  "'output':'so'},{'output':'no','tokens':3}],'is_classification':true}",
		  "{'id':'seed_0','name':'n','is_classification':true,'instruction':'why',"
		  "'answers':[{'input':'it','output':'so'},{'output':'no'}],"
		  "'fields':{'instances':[{'input':'it','output':'so'},{'output':'no','tokens':3}]}}" },
		{ "{'instruction':'why','instances':[{'output':'so','role':'chosen','score':4,"
		  "'sample':1,'thinking':'hmm'},{'output':'no','role':'rejected'}],'root':'r',"
		  "'parent':'p','operation':'deepen','round':2}",
		  "{'root':'r','parent':'p','operation':'deepen','round':2,'instruction':'why',"
		  "'answers':[{'output':'so','role':'chosen','score':4.0,'sample':1,"
		  "'thinking':'hmm'},{'output':'no','role':'rejected'}]}" },
		{ "{'instruction':'why','instances':[{'input':'','output':'so'}],'messages':[" S ","
		  Q "," A "]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" S "," Q "," A "]}" },
		{ "{'instruction':'why','instances':[{'input':'','output':'other'}],'messages':[" S
		  "," Q "," A "]}",
		  "{'instruction':'why','answers':[{'output':'so'}],'turns':[" S "," Q "," A "],"
		  "'fields':{'instances':[{'input':'','output':'other'}]}}" },
		{ "{'prompt':[" Q "],'responses':['so','no']}",
		  "{'instruction':'why','answers':[{'output':'so'},{'output':'no','sample':1}],"
		  "'beside':true}" },
		{ "{'instruction':'  why','output':'    x = 1\\n'}",
		  "{'instruction':'  why','answers':[{'output':'    x = 1\\n'}]}" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check(cases[i][0], cases[i][1]);
}

#define NONE \
	"; expected 'instruction', 'messages', 'conversations', 'prompt', 'question' or the like, or " \
	"--map instruction=COLUMN"

/* What cannot be read is refused with what was expected. */
static void wrong_shapes(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "{'input':{'a':1}}",
		  "'input' is an object; expected a text" },
		{ "{'instruction':{'a':1}}",
		  "'instruction' is an object; expected a text" },
		{ "{'instruction':['a']}",
		  "'instruction' is an array; expected a text, or turns in the array" },
		{ "{'instruction':' ','input':''}",
		  "'instruction' is empty" },
		{ "{'instruction':'why','input':['a']}",
		  "'input' is an array; expected a text" },
		{ "{'instruction':'why','output':{'a':1}}",
		  "'output' is an object; expected a text" },
		{ "{'instruction':'why','output':['a',['b']]}",
		  "'output' is an array; expected a text, or texts in the array" },
		{ "{'instruction':'why','instances':{}}",
		  "'instances' is an object; expected an array" },
		{ "{'instruction':'why','instances':[{},4]}",
		  "'instances' is a number; expected objects in the array" },
		{ "{'instruction':'why','instances':[{},{'input':[]}]}",
		  "instance 2: 'input' is an array; expected a text" },
		{ "{'instruction':'why','is_classification':'maybe'}",
		  "'is_classification' is a text; expected true or false" },
		{ "{'instruction':'why','history':[['a']]}",
		  "'history' is an array; expected pairs of texts in the array" },
		{ "{'instruction':'why','history':'a'}",
		  "'history' is a text; expected an array" },
		{ "{'instruction':'why','system':['a']}",
		  "'system' is an array; expected a text" },
		{ "{'messages':[{'role':'system','content':'s'}]}",
		  "no turn of role 'user' in 'messages'" },
		{ "{'messages':[]}",
		  "'messages' is empty" },
		{ "{'messages':'[oops'}",
		  "'messages' is a text; expected an array" },
		{ "{'messages':'why'}",
		  "'messages' is a text; expected an array" },
		{ "{'messages':" Q "}",
		  "'messages' is an object; expected an array" },
		{ "{'messages':[{'role':'user'}]}",
		  "the first turn of role 'user' is empty" },
		{ "{'messages':[" Q ",{'role':'clown','content':''}]}",
		  "'messages': turn 2: unknown role 'clown'; expected system, developer, "
		  "user, assistant or tool" },
		{ "{'messages':[" Q ",{'content':'so'}]}",
		  "'messages': turn 2: expected a role, such as \"user\"" },
		{ "{'messages':[" Q ",{'role':'tool','content':{'a':1}}]}",
		  "'messages': turn 2: the content is an object; expected a text or a list of "
		  "parts" },
		{ "{'messages':[" Q ",{'role':'assistant','content':'','tool_calls':'f(1)'}]}",
		  "'messages': turn 2: expected a tool call as JSON, not 'f(1)'" },
		{ "{'messages':[" Q ",{'role':'assistant','content':'',"
		  "'tool_calls':[{'id':'c1'}]}]}",
		  "'messages': turn 2: expected a tool call, an object with \"name\" and "
		  "\"arguments\"" },
		{ "{'conversations':[{'from':'human','value':'why'},{'from':'function_call',"
		  "'value':'f(1)'}]}",
		  "'conversations': turn 2: expected a tool call as JSON, not 'f(1)'" },
		{ "{'conversations':[{'from':'human','value':'why'},5]}",
		  "'conversations': turn 2: expected an object, not a number" },
		{ "{'chosen':'so','rejected':'no'}",
		  "no question for the answers; expected 'prompt', 'question', 'messages' or "
		  "the like, or turns that both begin with" },
		{ "{'chosen':[" A "],'rejected':[{'role':'assistant','content':'no'}]}",
		  "no question for the answers; expected 'prompt', 'question', 'messages' or "
		  "the like, or turns that both begin with" },
		{ "{'prompt':'why','chosen':['so',['no']],'rejected':'no'}",
		  "'chosen' is an array; expected a text, turns, or texts in the array" },
		{ "{'context':[" Q "],'completions':[{'rank':'best','completion':[" A "]}]}",
		  "'completions': expected objects with \"rank\", a number, and "
		  "\"completion\", an array of turns" },
		{ "{'context':[" Q "],'completions':[{'rank':1,'completion':[],'by':'me'}]}",
		  "'completions': expected objects with \"rank\", a number, and "
		  "\"completion\", an array of turns" },
		{ "{'segments':[{'label':true,'text':'so'}]}",
		  "no instruction among segments" NONE },
		{ "{'title':'T','paragraphs':[{'context':'it','qas':[{'question':'why',"
		  "'answers':[]}]}]}",
		  "no instruction among title, paragraphs" NONE },
		{ "{'type':'session','harness':'h','id':'1','name':'n'}",
		  "no instruction among type, harness, id, name" NONE },
		{ "{'a':1,'b':2,'c':3,'d':4,'e':5,'f':6,'g':7}",
		  "no instruction among a, b, c, d, e, f, …" NONE },
		{ "{}",
		  "the object is empty" },
		{ "[]",
		  "no turn of role 'user'" },
		{ "7",
		  "expected an object, not a number" },
		{ "null",
		  "expected an object, not null" },
		{ "' '",
		  "the text is empty" },
		{ "[" A "]",
		  "no turn of role 'user'" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		refused(cases[i][0], cases[i][1]);
}

/* What the user says comes before the names, and has to be what it says. */
static void mappings(void **state)
{
	(void)state;
	const struct columns columns = { .path = { [COLUMN_INSTRUCTION] = "ask.0.text",
						   [COLUMN_ANSWER] = "reply", [COLUMN_ID] = "a.b" } };
	check_mapped("{'ask':[{'text':'why','lang':'en'}],'reply':'so','output':'no','a.b':7}", &columns,
		     "{'id':7,'instruction':'why','answers':[{'output':'so'}],"
		     "'fields':{'ask':[{'text':'why','lang':'en'}],'output':'no'}}");
	refused_mapped("{'ask':[{'text':{}}]}", &columns,
		       "--map instruction=ask.0.text: it is an object; expected a text");
	const struct columns label = { .path = { [COLUMN_LABEL] = "liked" } };
	check_mapped("{'question':'why','answer':'so','liked':'False'}", &label,
		     "{'instruction':'why','answers':[{'output':'so','role':'rejected'}]}");
	check_mapped("{'question':'why','answer':'so','liked':0.0}", &label,
		     "{'instruction':'why','answers':[{'output':'so','role':'rejected'}]}");
	check_mapped("{'question':'why','answer':'so','liked':'1'}", &label,
		     "{'instruction':'why','answers':[{'output':'so','role':'chosen'}]}");
	refused_mapped("{'question':'why','answer':'so','liked':'maybe'}", &label,
		       "--map label=liked: it is a text; expected true or false, 1 or 0");
	refused_mapped("{'question':'why','answer':'so','liked':2}", &label,
		       "--map label=liked: it is a number; expected true or false, 1 or 0");
	const struct columns score = { .path = { [COLUMN_SCORE_CHOSEN] = "points" } };
	check_mapped("{'prompt':'why','chosen':'so','rejected':'no','points':'4.5'}", &score,
		     "{'instruction':'why','answers':[{'output':'so','role':'chosen','score':4.5},"
		     "{'output':'no','role':'rejected'}],'beside':true}");
	refused_mapped("{'prompt':'why','chosen':'so','points':'many'}", &score,
		       "--map score_chosen=points: it is a text; expected a number");
}

/* Columns that a file counts, for its one line. */
static void counted(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct shape shape = { 0 };
	struct buf line = BUF_INIT;
	struct record record;
	static const char *const texts[] = {
		"{\"question\":\"why\",\"response\":\"so\",\"category\":1,\"context\":null}",
		"{\"question\":\"why\",\"response\":\"\",\"category\":1}",
	};
	for (size_t i = 0; i < 2; i++) {
		struct json *doc = json_parse_lenient(view_of(texts[i]), a, NULL, NULL, &err);
		assert_int_equal(record_read(json_root(doc), NULL, a, &record, &shape, &err), SOW_OK);
	}
	assert_true(shape_print(&shape, &line));
	assert_string_equal(line.data, "question → instruction, response → answer; "
				       "kept as fields: category");
	assert_int_equal(shape.answered, 1);
	buf_release(&line);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes), cmocka_unit_test(wrong_shapes), cmocka_unit_test(mappings),
		cmocka_unit_test(counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
