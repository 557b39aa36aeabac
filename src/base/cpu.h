/* cpu.h - what the processor under us can do, and how much of it we may use.
 *
 *     if (cpu_has(CPU_AVX2))
 *             ... code compiled for it with __attribute__((target("avx2"))) ...
 */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdbool.h>
#include <stddef.h>

enum cpu_feature {
	CPU_PLAIN,  /* what every processor of the family has */
	CPU_AVX2,   /* x86: with POPCNT and BMI */
	CPU_AVX512, /* x86: F, BW, DQ, VL, VBMI and VPOPCNTDQ, as from Ice Lake and Zen 4 on */
	CPU_NEON    /* ARM, 64 bits */
};

bool cpu_has(enum cpu_feature feature);

/* Cores this process may keep busy: those of its affinity mask, and no more than a
 * control group's quota of time (v1 or v2) amounts to, rounded up. At least 1. */
size_t cpu_cores(void);

/* The quota alone, 0 for none: of the control groups that `groups` names, as /proc/self/cgroup
 * does, and those above them, in what is mounted at `mount`. */
size_t cpu_quota(const char *groups, const char *mount);

#endif
