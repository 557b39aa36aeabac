#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data/record_read_test.h"

static size_t losses;

/* Nothing is lost, or the record is refused. */
static void safe(const char *text, const struct columns *columns)
{
	struct arena *a = arena_new();
	struct buf name = BUF_INIT, dump = BUF_INIT;
	struct record record;
	const json_value *root;
	int status = read_it(text, columns, a, &root, &record);
	if (status)
		assert_int_equal(status, SOW_INVALID);
	if (!status && record_lost(root, columns, &record, &name)) {
		record_dump(&record, &dump);
		if (losses++ < 10)
			print_error("%s\n'%s' is lost in\n%s\n", text, name.data, dump.data);
	}
	buf_release(&name);
	buf_release(&dump);
	arena_free(a);
}

/* Every member that has a meaning, with what does not belong there, and twice. */
static void attacks(void **state)
{
	(void)state;
	static const char *const bases[] = {
		"'instruction':'why','output':'so'",
		"'instruction':'why','input':'it','output':'so','system':'sys'",
		"'instruction':'why','output':'so','history':[['h1','h2']]",
		"'instruction':'why','instances':[{'input':'in','output':'so'}]",
		"'instruction':'why','system':'sys','instances':[{'output':'so','score':3,'sample':2,"
		"'reasoning':'hmm'},{'output':'no'}]",
		"'instruction':'why','system':'sys','instances':[{'output':'so','score':3}]",
		"'prompt':'why','completion':'so','label':true",
		"'prompt':'why','chosen':'so','rejected':'no'",
		"'prompt':'why','rejected':'no'",
		"'prompt':'why','response':'so','rejected':'no'",
		"'prompt':[" S "," Q "],'completion':[" A "]",
		"'prompt':[" Q "],'chosen':[" A "],'rejected':[" B "]",
		"'chosen':[" Q "," A "],'rejected':[" Q "," B "]",
		"'chosen':[" Q "," A "]",
		"'messages':[" Q "," A "]",
		"'messages':[" S "," Q "," A "]",
		"'messages':[" Q "," A "],'kto_tag':false",
		"'messages':[" Q "],'chosen':" A ",'rejected':" B,
		"'conversations':[{'from':'human','value':'why'},{'from':'gpt','value':'so'}]",
		"'input':{'messages':[" Q "],'tools':[{'n':'tool1'}],'parallel':true},"
		"'preferred_output':[" A "],'non_preferred_output':[" B "]",
		"'context':[" Q "],'completions':[{'rank':0,'completion':[" A "]},"
		"{'rank':1,'completion':[" B "]}]",
		"'input':'why','output':'so'",
		"'text':'why'",
	};
	static const char *const values[] = {
		"'zzz'", "77", "true", "false", "1.50", "[]", "{}", "['zz1','zz2']", "[77,78]",
		"{'yyy':'zzz'}", "[{'yyy':'zzz'}]", "[['zz1','zz2']]", "null", "''", "' '",
		"[{'role':'user','content':'zzz'},{'role':'assistant','content':'zz2'}]",
		"[{'role':'assistant','content':'zzz'}]", "{'role':'assistant','content':'zzz'}",
		"{'role':'assistant','content':'zzz','weight':0,'yyy':5}",
		"[{'from':'human','value':'zzz'}]", "{'messages':[" Q "],'tools':['zzz'],'yyy':1}",
		"[{'input':'zz1','output':'zz2','yyy':7}]", "[{'output':'zz1','output':'zz2'}]",
		"[{'output':'zz1','score':4,'score':5}]", "[{'output':'zz1','score':1e999}]", "1e999", "[{'output':'zz1','role':'chosen'}]",
		"[{'rank':'first','completion':[" A "]}]", "[{'rank':2,'completion':[]}]",
		"[null,'zzz']", "[null]", "'[{}]'", "'[{`name`:`zzz`}]'",
		"[{'type':'text','text':'zzz'}]",
	};
	size_t bases_count = sizeof(bases) / sizeof(*bases);
	for (size_t i = 0; i < bases_count; i++) {
		char text[2048];
		snprintf(text, sizeof(text), "{%s}", bases[i]);
		safe(text, NULL);
		for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++) {
			for (const struct column_row *row = column_rows; row->name; row++) {
				snprintf(text, sizeof(text), "{%s,'%s':%s}", bases[i], row->name,
					 values[k]);
				safe(text, NULL);
				snprintf(text, sizeof(text), "{'%s':%s,%s}", row->name, values[k],
					 bases[i]);
				safe(text, NULL);
			}
		}
		for (size_t k = 0; k < bases_count; k++) {
			snprintf(text, sizeof(text), "{%s,%s,'system':'other'}", bases[i], bases[k]);
			safe(text, NULL);
		}
	}
	assert_int_equal(losses, 0);
}

/* The same where the user says what it is. */
static void attacks_by_mapping(void **state)
{
	(void)state;
	static const char *const values[] = {
		"'zzz'", "77", "true", "[]", "{}", "['zz1','zz2']", "{'yyy':'zzz'}", "[{'yyy':'zzz'}]",
		"null", "''", "[" Q "," A "]", A, "'1.5'", "'True'",
	};
	static const char *const bases[] = {
		"'instruction':'why','output':'so'", "'prompt':'why','chosen':'so','rejected':'no'",
		"'messages':[" Q "," A "]", "'prompt':'why','completion':'so'",
	};
	for (int c = COLUMN_ID; c < COLUMNS; c++) {
		for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
			for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++) {
				struct columns columns = { 0 };
				char text[1024];
				columns.path[c] = "xxx.0";
				snprintf(text, sizeof(text), "{%s,'xxx':[%s]}", bases[i], values[k]);
				safe(text, &columns);
				columns.path[c] = "xxx";
				snprintf(text, sizeof(text), "{'xxx':%s,%s}", values[k], bases[i]);
				safe(text, &columns);
			}
		}
	}
	assert_int_equal(losses, 0);
}

/* What turns can hold. */
static void attacks_in_turns(void **state)
{
	(void)state;
	static const char *const members[] = {
		"'weight':0", "'weight':1.0", "'weight':'zzz'", "'train':false", "'train':true,'weight':0",
		"'loss_weight':0.5,'train':true", "'train_detail':[{'begin_offset':3}]", "'name':'bob'",
		"'name':7", "'name':'bob','name':'eve'", "'tool_call_id':'c1'", "'tool_call_id':9",
		"'reasoning':'hmm'", "'reasoning_content':'hmm','thinking':'aha'", "'reasoning':['hmm']",
		"'reasoning':''", "'content':'zzz'", "'value':'zzz'", "'text':'zzz'", "'role':'user'",
		"'from':'gpt'", "'content':null", "'content':['a']", "'tool_calls':'zzz'",
		"'tool_calls':[]", "'tool_calls':{}",
		("'tool_calls':[{'id':'c1','type':'function','function':{'name':'f',"
		 "'arguments':'{`a`:1}'}}]"),
		"'tool_calls':[{'id':'c1','name':'f','arguments':{'a':[1,2.50]}}]",
		"'tool_calls':[{'name':'f','arguments':'no json'}],'function_call':{'name':'g'}",
		"'function_call':{'name':'f','arguments':'x'}", "'function_call':'f(1)'",
		"'function_call':'{`name`:`f`}'", "'images':['a.png']",
		"'cache_control':{'type':'ephemeral'}", "'':'zzz'", "'timestamp':null", "'id':5",
	};
	static const char *const contents[] = {
		"'why'", "5", "true", "null", "''", "[]", "{}", "{'yyy':1}", "['zz1','zz2']",
		"[{'type':'text','text':'zz1'},{'type':'text','text':'zz2'}]",
		"[{'type':'text','text':'zz1'},{'type':'image_url','image_url':{'url':'http://x'}}]",
		"[{'type':'image'},{'type':'text','text':'zz1'}]",
		"[{'type':'text','text':'zz1','cache_control':{'type':'ephemeral'}}]",
		"[{'type':'text','text':'zz1','weight':0}]", "[{'text':'zz1'}]", "[{'type':'text','text':5}]",
		"[{'type':'text','value':'zz1'}]", "[{'type':'reasoning','value':'hmm'},"
		"{'type':'text','value':'zz1'}]",
		"[{'type':'text','value':'zz1'},{'type':'reasoning','value':'hmm'}]",
		"[{'type':'reasoning','value':'hmm'},{'type':'reasoning','value':'aha'}]",
		"[{'type':'tool_call','value':'{`name`:`f`}'}]",
		"[{'type':'tool_call','value':'{`name`:`f`}'},"
		"{'type':'tool_call','value':'{`name`:`g`}'}]",
		"[{'type':'tool_call','value':'f(x)'}]", "[null]", "[[]]", "[5]",
		"'{`name`:`f`,`arguments`:{}}'", "'<think>hmm</think>so'",
	};
	static const char *const roles[] = { "user", "assistant", "system", "developer", "tool",
					     "function_call", "observation", "Human", "clown" };
	for (size_t r = 0; r < sizeof(roles) / sizeof(*roles); r++) {
		for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
			for (size_t k = 0; k < sizeof(contents) / sizeof(*contents); k++) {
				char text[1024];
				snprintf(text, sizeof(text), "{'messages':[" Q ",{'role':'%s',"
					 "'content':%s,%s}]}", roles[r], contents[k], members[i]);
				safe(text, NULL);
				snprintf(text, sizeof(text), "{'conversations':[{%s,'from':'%s','value':%s},"
					 Q "]}", members[i], roles[r], contents[k]);
				safe(text, NULL);
				snprintf(text, sizeof(text), "{'prompt':'p','chosen':[{'role':'%s',%s,"
					 "'content':%s}],'rejected':[" A "]}", roles[r], members[i],
					 contents[k]);
				safe(text, NULL);
			}
		}
	}
	assert_int_equal(losses, 0);
}

static int set_up(void **state)
{
	(void)state;
	losses = 0;
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(attacks), TEST(attacks_by_mapping), TEST(attacks_in_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
