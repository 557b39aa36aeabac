/* cpu.h - the features of this processor, and how many cores we may use.
 *
 *     if (cpu_has(CPU_AVX2))
 *             ... code compiled for it with __attribute__((target("avx2"))) ...
 */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdbool.h>
#include <stddef.h>

enum cpu_feature {
	CPU_PLAIN,  /* common to every processor of the family */
	CPU_AVX2,   /* x86: with POPCNT and BMI */
	CPU_AVX512, /* x86: F, BW, DQ, VL, VBMI and VPOPCNTDQ, as from Ice Lake and Zen 4 on */
	CPU_NEON    /* ARM, 64 bits */
};

bool cpu_has(enum cpu_feature feature);

/* Cores this process may keep busy: those of its affinity mask, but no more than a
 * control group's quota of time (v1 or v2) allows, rounded up. At least 1. */
size_t cpu_cores(void);

/* Only the quota, 0 for none: of the control groups that `groups` names, in the format of
 * /proc/self/cgroup, and those above them, as mounted at `mount`. */
size_t cpu_quota(const char *groups, const char *mount);

#endif
