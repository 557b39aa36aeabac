#include "base/cpu.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

bool cpu_has(enum cpu_feature feature)
{
	switch (feature) {
	case CPU_PLAIN:
		return true;
#if defined(__x86_64__)
	case CPU_AVX2:
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
		       __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
	case CPU_AVX512:
		return cpu_has(CPU_AVX2) && __builtin_cpu_supports("avx512f") &&
		       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		       __builtin_cpu_supports("avx512vl") &&
		       __builtin_cpu_supports("avx512vbmi") &&
		       __builtin_cpu_supports("avx512vpopcntdq");
#endif
#if defined(__aarch64__)
	case CPU_NEON:
		return true;
#endif
	default:
		return false;
	}
}

/* How many cores `quota` of every `period` amounts to; 0 for no limit. */
static size_t worth(long long quota, long long period)
{
	if (quota <= 0 || period <= 0)
		return 0;
	return (size_t)((quota - 1) / period + 1);
}

static size_t limit_of(const char *folder, const char *name, const char *period_name)
{
	char path[512];
	long long quota = 0, period = 0;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	int found = fscanf(file, "%lld %lld", &quota, &period); /* "max 100000" gives none */
	fclose(file);
	if (found == 1 && period_name) {
		snprintf(path, sizeof(path), "%s/%s", folder, period_name);
		file = fopen(path, "re");
		if (!file)
			return 0;
		found += fscanf(file, "%lld", &period);
		fclose(file);
	}
	return found == 2 ? worth(quota, period) : 0;
}

/* The tightest limit of a control group and those above it. */
static size_t group_limit(const char *mount, const char *hierarchy, char *group, const char *name,
			  const char *period)
{
	size_t least = 0;
	for (;;) {
		char folder[400];
		if (snprintf(folder, sizeof(folder), "%s%s%s", mount, hierarchy, group) <
		    (int)sizeof(folder)) {
			size_t here = limit_of(folder, name, period);
			if (here && (!least || here < least))
				least = here;
		}
		char *slash = strrchr(group, '/');
		if (!slash)
			return least;
		*slash = '\0';
	}
}

/* Is "cpu" one of the names, which are separated by commas? */
static bool names_cpu(const char *names)
{
	while (*names) {
		size_t len = strcspn(names, ",");
		if (len == 3 && memcmp(names, "cpu", 3) == 0)
			return true;
		names += len + (names[len] == ',');
	}
	return false;
}

size_t cpu_quota(const char *groups, const char *mount)
{
	size_t least = 0;
	char line[512];
	FILE *file = fopen(groups, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) { /* "0::/a/b" or "4:cpu,cpuacct:/a/b" */
		line[strcspn(line, "\n")] = '\0';
		char *names = strchr(line, ':');
		char *group = names ? strchr(names + 1, ':') : NULL;
		if (!group)
			continue;
		*group++ = '\0';
		size_t here = 0;
		if (!names[1])
			here = group_limit(mount, "", group, "cpu.max", NULL);
		else if (names_cpu(names + 1))
			here = group_limit(mount, "/cpu", group, "cpu.cfs_quota_us",
					   "cpu.cfs_period_us");
		if (here && (!least || here < least))
			least = here;
	}
	fclose(file);
	return least;
}

size_t cpu_cores(void)
{
	cpu_set_t set;
	size_t cores = 1;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		cores = (size_t)CPU_COUNT(&set);
	size_t quota = cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
	if (quota && quota < cores)
		cores = quota;
	return cores ? cores : 1;
}
