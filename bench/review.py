#!/usr/bin/env python3
"""review.py SOW FILE: how long `sow review FILE` takes to answer, at the records that FILE has.

Prints when the first record could be seen, when all were read, when words and languages were known,
and what a first page, a next record, an order, a filter and a search took: the median and the
slowest of some tries, over HTTP on this machine, verdicts with their fsync. Removes the verdicts.
"""
import os
import random
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/review"))
from serving import Serving  # noqa: E402


def timed(name, tries, act):
    took = []
    for n in range(tries):
        began = time.perf_counter()
        act(n)
        took.append(1000 * (time.perf_counter() - began))
    print("%-44s median %8.1f ms, slowest %8.1f ms (%d)" % (name, statistics.median(took), max(took), tries), flush=True)


def memory(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as lines:
        return {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.startswith("Vm") and "kB" in line}


def main():
    sow, path = sys.argv[1:3]
    log = path + ".review.jsonl"
    assert not os.path.exists(log), log + " is in the way"
    began = time.perf_counter()
    with Serving(sow, path, "--by", "bench") as s:
        while not s.ask("list", **{"from": 0, "count": 1})["items"]:
            time.sleep(0.005)
        print("first record seen after %.2f s" % (time.perf_counter() - began), flush=True)
        while_reading = time.perf_counter()
        s.ask("list", verdict="mine-open", **{"from": 0, "count": 50})
        print("a page while it reads: %.1f ms" % (1000 * (time.perf_counter() - while_reading)))
        count = s.wait("read", 3000)["records"]
        print("%d records read after %.1f s" % (count, time.perf_counter() - began), flush=True)
        draw = random.Random(1)
        page = {"from": 0, "count": 50}

        def judge(n):
            s.ask("verdict", i=draw.randrange(count), verdict="keep" if n % 2 else "drop", seconds=1)

        for when in ("read", "settled"):
            if when == "settled":
                s.wait("settled", 3000)
                print("languages, words, nearest known after %.1f s" % (time.perf_counter() - began), flush=True)
            print("-- once %s" % when)
            timed("first page, not judged by me", 10, lambda n: s.ask("list", verdict="mine-open", **page))
            timed("a page in the middle", 10, lambda n: s.ask("list", **{"from": draw.randrange(count - 50), "count": 50}))
            timed("next record", 100, lambda n: s.ask("record", i=draw.randrange(count)))
            timed("a verdict, on disk", 50, judge)
        timed("first page, least like the rest", 1, lambda n: s.ask("list", order="rarest", **page))
        timed("the same again", 10, lambda n: s.ask("list", order="rarest", **page))
        timed("first page, random", 1, lambda n: s.ask("list", order="random", seed=2, **page))
        timed("first page, longest answer first", 1, lambda n: s.ask("list", order="best", order_score="answer length", **page))
        timed("one language", 5, lambda n: s.ask("list", language="FRENCH", **page))
        timed("filters and what there is", 3, lambda n: s.ask("info"))

        def near(n):
            i = draw.randrange(count)
            while not s.ask("near", i=i)["ready"]:
                time.sleep(0.005)

        timed("the nearest of a record", 10, near)

        def search(n):
            at = 0
            while at < count:
                at = s.ask("list", search="zqxj%d" % n, **{"from": at, "count": 50})["next"]

        timed("a search of all texts, without a hit", 1, search)
        print("memory: %(VmRSS)d MB now, %(VmHWM)d MB at most" % memory(s.process.pid))
    os.remove(log)


if __name__ == "__main__":
    main()
