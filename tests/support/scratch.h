/* scratch.h - a folder of a test's own, and all that is in it, gone at the end. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

char *scratch_new(void);          /* its path; under $TMPDIR or /tmp; ends the test on failure */
void scratch_write(const char *path, const char *text); /* a file, anew */
void scratch_empty(const char *dir);
void scratch_free(char *dir);

#endif
