/* run_db.h - what a test asks of a run's run.db, and changes in it. A failure ends the test. */
#ifndef TESTS_RUN_DB_H
#define TESTS_RUN_DB_H

#include <stdint.h>

/* The first column of all rows, with blanks between. The caller's, for mem_free. */
char *run_db_text(const char *dir, const char *sql);
/* Of a query that gives one number. */
int64_t run_db_number(const char *dir, const char *sql);
void run_db_change(const char *dir, const char *sql);

#endif
