#include "terminal/spark.h"

size_t spark_join(size_t count, size_t columns)
{
	return count > columns ? (count + columns - 1) / columns : 1;
}

static double sum(const double *value, size_t from, size_t join, size_t count)
{
	double total = 0;
	for (size_t i = from; i < from + join && i < count; i++)
		total += value[i];
	return total;
}

static void add_mark(double share, struct buf *out)
{
	static const char *const marks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	int level = (int)(share * 8);
	buf_addstr(out, marks[level < 0 ? 0 : level > 7 ? 7 : level]);
}

void spark_amounts(const double *value, size_t count, size_t columns, struct buf *out)
{
	size_t join = spark_join(count, columns);
	double most = 0;
	for (size_t i = 0; i < count; i += join) {
		double v = sum(value, i, join, count);
		most = v > most ? v : most;
	}
	for (size_t i = 0; i < count; i += join) {
		double v = sum(value, i, join, count);
		if (v > 0)
			add_mark(v / most, out);
		else
			buf_addch(out, ' ');
	}
}

void spark_shares(const double *part, const double *all, size_t count, size_t columns,
		  struct buf *out)
{
	size_t join = spark_join(count, columns);
	for (size_t i = 0; i < count; i += join) {
		double whole = sum(all, i, join, count);
		if (whole > 0)
			add_mark(sum(part, i, join, count) / whole, out);
		else
			buf_addch(out, ' ');
	}
}
