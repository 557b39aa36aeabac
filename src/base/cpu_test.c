#include "base/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A file of a control group, "PATH=CONTENT". */
struct group_case {
	const char *groups;          /* as in /proc/self/cgroup */
	const char *files[4];
	size_t cores;                /* 0: no limit */
};

static const struct group_case cases[] = {
	/* version 2 */
	{ "0::/\n", { "cpu.max=max 100000\n" }, 0 },
	{ "0::/\n", { "cpu.max=200000 100000\n" }, 2 },
	{ "0::/a/b\n", { "a/b/cpu.max=150000 100000\n" }, 2 },
	{ "0::/a/b\n", { "a/b/cpu.max=50000 100000\n" }, 1 },
	{ "0::/a/b\n", { "a/cpu.max=300000 100000\n", "a/b/cpu.max=max 100000\n" }, 3 },
	{ "0::/a/b\n", { "a/cpu.max=300000 100000\n", "a/b/cpu.max=800000 100000\n" }, 3 },
	{ "0::/a/b\n", { "a/cpu.max=900000 100000\n", "a/b/cpu.max=400000 100000\n" }, 4 },
	{ "0::/a\n", { "b/cpu.max=100000 100000\n" }, 0 },
	{ "0::/not/in/this/namespace\n", { "cpu.max=500000 100000\n" }, 5 },
	{ "0::/\n", { "cpu.max=rubbish\n" }, 0 },
	{ "0::/\n", { "cpu.max=\n" }, 0 },
	{ "0::/\n", { "cpu.max=100000\n" }, 0 },
	{ "0::/\n", { "cpu.max=-1 100000\n" }, 0 },
	{ "0::/\n", { "cpu.max=100000 0\n" }, 0 },
	/* version 1 */
	{ "4:cpu,cpuacct:/a\n",
	  { "cpu/a/cpu.cfs_quota_us=250000\n", "cpu/a/cpu.cfs_period_us=100000\n" }, 3 },
	{ "2:cpuacct,cpu:/\n",
	  { "cpu/cpu.cfs_quota_us=-1\n", "cpu/cpu.cfs_period_us=100000\n" }, 0 },
	{ "3:cpuset:/a\n1:cpu:/\n",
	  { "cpu/a/cpu.cfs_quota_us=100000\n", "cpu/a/cpu.cfs_period_us=100000\n" }, 0 },
	{ "1:cpu:/a\n", { "cpu/a/cpu.cfs_quota_us=100000\n" }, 0 },
	/* both */
	{ "1:cpu:/a\n0::/b\n",
	  { "cpu/a/cpu.cfs_quota_us=600000\n", "cpu/a/cpu.cfs_period_us=100000\n",
	    "b/cpu.max=200000 100000\n" }, 2 },
	{ "rubbish\n\n:\n0:\n", { NULL }, 0 },
	{ "", { NULL }, 0 },
};

static void write_file(const char *folder, const char *name, size_t len, const char *content)
{
	char path[256];
	int n = snprintf(path, sizeof(path), "%s/%.*s", folder, (int)len, name);
	for (int i = (int)strlen(folder) + 1; i < n; i++) {
		if (path[i] == '/') {
			path[i] = '\0';
			mkdir(path, 0700);
			path[i] = '/';
		}
	}
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	assert_int_equal(fclose(file), 0);
}

static void test_quota(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct group_case *c = &cases[i];
		char folder[] = "/tmp/sow-cpu-XXXXXX", groups[64], command[64];
		assert_non_null(mkdtemp(folder));
		snprintf(groups, sizeof(groups), "%s/groups", folder);
		write_file(folder, "groups", 6, c->groups);
		for (size_t f = 0; f < 4 && c->files[f]; f++) {
			size_t len = strcspn(c->files[f], "=");
			write_file(folder, c->files[f], len, c->files[f] + len + 1);
		}
		size_t cores = cpu_quota(groups, folder);
		snprintf(command, sizeof(command), "rm -r %s", folder);
		assert_int_equal(system(command), 0);
		if (cores != c->cores)
			fail_msg("case %zu: %zu cores, not %zu", i, cores, c->cores);
	}
	assert_int_equal(cpu_quota("/nowhere/cgroup", "/nowhere"), 0);
	assert_true(cpu_cores() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_quota) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
