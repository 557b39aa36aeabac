#!/usr/bin/env python3
"""reading - a million records through stats, convert and report, beside jq and DuckDB.

    bench/records.py 1000000 >records.jsonl
    bench/reading.py build/sow records.jsonl [--rounds 3] [--duckdb PYTHON]

Each round runs every program once, in turn, so that they meet the same machine. PYTHON is one
that has duckdb (pip install duckdb); without it that row is left out. Prints the median of wall
time, processor time and memory of each.
"""
import argparse
import os
import shutil
import statistics
import tempfile

from measured import measure

CONVERT_JQ = ('{messages: [{role: "user", content: (if .input == "" then .instruction else '
              '.instruction + "\\n\\n" + .input end)}, {role: "assistant", content: .output}]}')
CONVERT_DUCKDB = """
import duckdb, sys
duckdb.sql("set threads=2")
duckdb.sql(f'''copy (select [{{'role': 'user', 'content': case when input = '' then instruction
    else instruction || chr(10) || chr(10) || input end}},
    {{'role': 'assistant', 'content': output}}] as messages
    from read_json('{sys.argv[1]}', format='newline_delimited')) to '{sys.argv[2]}' (format json)''')
"""
STATS_DUCKDB = """
import duckdb, sys
duckdb.sql("set threads=2")
print(duckdb.sql(f'''select count(*), count(distinct instruction),
    avg(len(string_split_regex(trim(instruction), '\\\\s+'))),
    avg(len(string_split_regex(trim(output), '\\\\s+')))
    from read_json('{sys.argv[1]}', format='newline_delimited')''').fetchall())
"""


def rows(arguments, folder):
    out = os.path.join(folder, "out")
    sow, data = os.path.abspath(arguments.sow), arguments.data
    yield "sow convert to messages", [sow, "convert", data, "-f", "messages", "-q", "-o",
                                      out + ".jsonl"]
    if shutil.which("jq"):
        yield "jq, the same", ["sh", "-c", "jq -c '%s' '%s' >'%s'" % (CONVERT_JQ, data, out)]
    if arguments.duckdb:
        yield "DuckDB, the same", [arguments.duckdb, "-c", CONVERT_DUCKDB, data, out]
    yield "sow stats", ["sh", "-c", "'%s' stats '%s' >'%s'" % (sow, data, out)]
    if arguments.duckdb:
        yield "DuckDB, counts and two means of it", [arguments.duckdb, "-c", STATS_DUCKDB, data]
    yield "sow report", [sow, "report", data, "-q", "-o", out + ".html"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sow")
    parser.add_argument("data")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--duckdb")
    arguments = parser.parse_args()
    taken = {}
    with tempfile.TemporaryDirectory(prefix="sow-reading-") as folder:
        for _ in range(arguments.rounds):
            for name, command in rows(arguments, folder):
                taken.setdefault(name, []).append(measure(command))
    print("| | wall s | processor s | MB |\n|---|---:|---:|---:|")
    for name, runs in taken.items():
        print("| %s | %s |" % (name, " | ".join(
            "%.1f" % statistics.median(run[i] for run in runs) for i in range(3))))


if __name__ == "__main__":
    main()
