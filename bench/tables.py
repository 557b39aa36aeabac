#!/usr/bin/env python3
"""tables - a million records between JSON lines, Parquet and CSV, beside what people use for it.

    bench/records.py 1000000 >records.jsonl
    bench/tables.py build/sow records.jsonl PYTHON [--rounds 3]

PYTHON is one that has pyarrow, polars, duckdb and pandas; each of them starts anew for each job.
Each round runs every program once, in turn, so that they meet the same machine. DuckDB and polars
have two threads. Prints the median of wall time, processor time and memory of each.
"""
import argparse
import os
import statistics
import subprocess
import tempfile

from measured import measure

DUCKDB = "import duckdb, sys\nduckdb.sql('set threads=2')\n"
POLARS = "import os, sys\nos.environ['POLARS_MAX_THREADS'] = '2'\nimport polars as pl\n"


def duckdb(sql):
    """`sql` with {0} for the file that is read and {1} for the one that is written."""
    return DUCKDB + "duckdb.sql(%r.format(*sys.argv[1:]))" % sql


JOBS = {
    "JSON lines to Parquet": (".jsonl", ".parquet", {
        "DuckDB": duckdb("copy (from read_json('{0}', format='newline_delimited')) to '{1}' "
                           "(format parquet, compression zstd)"),
        "pyarrow": "import sys\nimport pyarrow.json, pyarrow.parquet\n"
                   "pyarrow.parquet.write_table(pyarrow.json.read_json(sys.argv[1]), sys.argv[2], "
                   "compression='zstd')",
        "polars": POLARS + "pl.scan_ndjson(sys.argv[1]).sink_parquet(sys.argv[2])",
        "pandas": "import sys\nimport pandas\n"
                  "pandas.read_json(sys.argv[1], lines=True).to_parquet(sys.argv[2], "
                  "compression='zstd')",
    }),
    "Parquet to JSON lines": (".parquet", ".jsonl", {
        "DuckDB": duckdb("copy (from '{0}') to '{1}' (format json)"),
        "polars": POLARS + "pl.scan_parquet(sys.argv[1]).sink_ndjson(sys.argv[2])",
        "pandas": "import sys\nimport pandas\n"
                  "pandas.read_parquet(sys.argv[1]).to_json(sys.argv[2], orient='records', "
                  "lines=True, force_ascii=False)",
    }),
    "CSV to JSON lines": (".csv", ".jsonl", {
        "DuckDB": duckdb("copy (from read_csv('{0}')) to '{1}' (format json)"),
        "polars": POLARS + "pl.read_csv(sys.argv[1]).write_ndjson(sys.argv[2])",
        "pandas": "import sys\nimport pandas\n"
                  "pandas.read_csv(sys.argv[1], keep_default_na=False).to_json(sys.argv[2], "
                  "orient='records', lines=True, force_ascii=False)",
    }),
    "JSON lines to CSV": (".jsonl", ".csv", {
        "DuckDB": duckdb("copy (from read_json('{0}', format='newline_delimited')) to '{1}' "
                           "(format csv)"),
        "polars": POLARS + "pl.scan_ndjson(sys.argv[1]).sink_csv(sys.argv[2])",
    }),
    "CSV read": (".csv", None, {
        "DuckDB": DUCKDB + "print(duckdb.sql(f\"select count(*), sum(length(output)) "
                  "from read_csv('{sys.argv[1]}')\").fetchall())",
        "pyarrow": "import sys\nimport pyarrow.csv as c\n"
                   "print(c.read_csv(sys.argv[1], parse_options=c.ParseOptions("
                   "newlines_in_values=True)).num_rows)",
        "polars": POLARS + "print(pl.read_csv(sys.argv[1]).height)",
        "pandas": "import sys\nimport pandas\nprint(len(pandas.read_csv(sys.argv[1])))",
    }),
}


def commands(arguments, job, stem):
    source, target, peers = JOBS[job]
    if target:
        out = os.path.join(os.path.dirname(stem), "out" + target)
        more = ["--jsonl"] if target == ".jsonl" else []
        yield "sow", [arguments.sow, "convert", stem + source, "-f", "alpaca", "-q", "-o", out] + more
        for name, code in peers.items():
            yield name, [arguments.python, "-c", code, stem + source, out]
        return
    yield "sow", [arguments.sow, "convert", stem + source, "-f", "alpaca", "-q", "--jsonl", "-o",
                  "/dev/null"]
    for name, code in peers.items():
        yield name, [arguments.python, "-c", code, stem + source]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sow")
    parser.add_argument("data")
    parser.add_argument("python")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    arguments.sow = os.path.abspath(arguments.sow)
    taken = {}
    with tempfile.TemporaryDirectory(prefix="sow-tables-") as folder:
        stem = os.path.join(folder, "records")
        os.symlink(os.path.abspath(arguments.data), stem + ".jsonl")
        for ending in (".parquet", ".csv"):
            subprocess.run([arguments.sow, "convert", stem + ".jsonl", "-f", "alpaca", "-q", "-o",
                            stem + ending], check=True)
        for _ in range(arguments.rounds):
            for job in JOBS:
                for name, command in commands(arguments, job, stem):
                    taken.setdefault((job, name), []).append(measure(command)[:3])
    print("| | | wall s | processor s | MB |\n|---|---|---:|---:|---:|")
    for (job, name), runs in taken.items():
        print("| %s | %s | %s |" % (job if name == "sow" else "", name, " | ".join(
            "%.*f" % (0 if i == 2 else 1, statistics.median(run[i] for run in runs))
            for i in range(3))))


if __name__ == "__main__":
    main()
