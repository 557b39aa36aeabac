#!/usr/bin/env python3
"""servers.py BUILD [WHAT…]: what asking a server costs, ours beside others, same server and run.

    ninja -C build sow bench/http
    pip install openai==2.30.0 bespokelabs-curator==0.1.31
    bench/servers.py build

The server is `sow mock` on the last core, the client has the first one to itself. WHAT:

    clients  latency 0, 5,000 prompts: wrk, our client alone, sow respond with and without the
             cache, AsyncOpenAI with a semaphore of 256, curator; answers end as JSON lines
    latency  50 ms with 256 in flight and 1 s with 4,096, 50,000 prompts each
    faults   a tenth of 429, a twentieth of resets and of cut bodies, 60,000 requests a minute
    memory   10,000 in flight; 100,000 and 1,000,000 prompts
    dying    two servers, one of which dies half-way
    batches  50,000 prompts in one batch, and the same one by one

Each prints Markdown rows: seconds by the clock, processor time of the client with its
children, its memory at its peak. Where a client is repeated, these are
medians, with the least and the most.
"""
import json
import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

BUILD = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
SOW = os.path.join(BUILD, "sow")
HERE = os.path.dirname(os.path.abspath(__file__))
REPEATS = 3
CORES = sorted(os.sched_getaffinity(0))
CLIENT, SERVER = CORES[0], CORES[-1]
EXAMPLES = "\n".join("%d. %s" % (i, text) for i, text in enumerate([
    "Give three tips for staying healthy, and say why each of them matters.",
    "Sort the given names by the alphabet and write them in one line.",
    "Explain to a child of six how a rainbow comes about after the rain.",
    "Write a short poem on the sea in which each line ends with a colour.",
    "Find the mistake in the following sentence, and write it correctly.",
    "Suggest a menu of four courses for somebody who eats no meat at all.",
    "Turn the given recipe for four persons into one for nine of them.",
    "Say which of two towns is further north, and by how many degrees.",
], 1))


# -- the peers, each a process of its own: servers.py --peer NAME URL PROMPTS OUT ------------


def async_openai(url, prompts, out):
    import asyncio
    import openai

    async def everything():
        client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=10)
        room, lines = asyncio.Semaphore(256), open(out, "w", encoding="utf-8")

        async def one(prompt):
            async with room:
                reply = await client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": prompt}])
            lines.write(json.dumps({"prompt": prompt,
                                    "answer": reply.choices[0].message.content}) + "\n")

        await asyncio.gather(*[one(prompt) for prompt in prompts])
        lines.close()

    asyncio.run(everything())


def curator(url, prompts, out):
    from importlib.util import find_spec
    folder = tempfile.mkdtemp(prefix="curator-")
    # Its tokenizer's table would be fetched; a library it depends on has a copy.
    os.environ["TIKTOKEN_CACHE_DIR"] = os.path.join(
        os.path.dirname(find_spec("litellm").origin), "litellm_core_utils/tokenizers")
    os.environ.update(CURATOR_CACHE_DIR=folder, TELEMETRY_ENABLED="0", CURATOR_VIEWER="0",
                      OPENAI_API_KEY="none", HF_HUB_OFFLINE="1")
    from bespokelabs import curator as library
    llm = library.LLM(model_name="m", backend="openai", backend_params={
        "base_url": url, "max_requests_per_minute": 10**8, "max_tokens_per_minute": 10**12,
        "max_concurrent_requests": 256})
    answers = llm(prompts)
    getattr(answers, "dataset", answers).to_json(out)
    shutil.rmtree(folder)


PEERS = {"openai": async_openai, "curator": curator}

# -- running things --------------------------------------------------------------------------


def pinned(core):
    return lambda: os.sched_setaffinity(0, {core})


class Server:
    """sow mock on a free port."""

    def __init__(self, *options):
        command = [SOW, "mock", "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                        stdin=subprocess.DEVNULL, preexec_fn=pinned(SERVER))
        self.url = self.process.stdout.readline().strip()

    def stats(self):
        with urllib.request.urlopen(self.url.replace("/v1", "/stats")) as reply:
            return json.load(reply)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()


def peak(pid):
    """Its largest memory so far in MB. What wait4 tells counts the process it was forked from."""
    with open("/proc/%d/status" % pid, encoding="ascii") as status:
        kib = re.findall(r"VmHWM:\s*(\d+)", status.read())
    return int(kib[0]) / 1024 if kib else 0


class Measured:
    """A client run to its end: seconds, processor seconds, MB."""

    def __init__(self, command, output=subprocess.DEVNULL, **environment):
        begun = time.perf_counter()
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(command, stdout=output, stdin=subprocess.DEVNULL,
                                       stderr=said, env={**os.environ, **environment},
                                       preexec_fn=pinned(CLIENT))
            self.mb, pid = 0, 0
            while not pid:
                self.mb = max(self.mb, peak(process.pid))
                time.sleep(0.01)
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            self.seconds = time.perf_counter() - begun
            self.cpu = usage.ru_utime + usage.ru_stime
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            if process.returncode:
                sys.exit("%s\nfailed: %s" % (command, said.read()[-2000:]))


def write_prompts(path, count):
    with open(path, "w", encoding="utf-8") as out:
        for i in range(count):
            out.write(json.dumps({"messages": [{"role": "user", "content":
                      "Come up with a task like these.\n%s\nNumber %d" % (EXAMPLES, i)}]}) + "\n")
    return path


def respond(scratch, url, prompts, *options):
    """sow respond, then its answers as JSON lines; the run is left in scratch/run."""
    run = os.path.join(scratch, "run")
    shutil.rmtree(run, ignore_errors=True)
    asked = Measured([SOW, "respond", "-q", "--input", prompts, "-o", run, "--teacher", url,
                      "--model", "m", "--cache-dir", os.path.join(scratch, "cache"), *options],
                     OPENAI_API_KEY="")
    written = Measured([SOW, "export", run, "--format", "messages", "--jsonl", "-o",
                        os.path.join(scratch, "answers.jsonl")])
    with open(os.path.join(scratch, "answers.jsonl"), encoding="utf-8") as lines:
        asked.answers = [hash(line) for line in lines]
    asked.export = written
    asked.run = run
    return asked


def middle(values, digits=1):
    text = "%.*f" % (digits, statistics.median(values))
    return text if len(values) == 1 else text + " (%.*f to %.*f)" % (
        digits, min(values), digits, max(values))


def row(name, count, runs, note=""):
    print("| %s | %s | %s | %s | %.0f |%s" % (
        name, middle([count / r.seconds for r in runs], 0), middle([r.seconds for r in runs], 2),
        middle([r.cpu / count * 1e6 for r in runs], 0), max(r.mb for r in runs),
        " %s |" % note if note else ""), flush=True)


HEAD = ("| | requests/s | seconds | client's processor, µs a request | MB |\n"
        "|---|---:|---:|---:|---:|")

# -- what is measured ------------------------------------------------------------------------


def wrk(url):
    said = subprocess.run(["wrk", "-t1", "-c256", "-d5", "-s", os.path.join(HERE, "mock.lua"),
                           url + "/chat/completions"], capture_output=True, text=True,
                          preexec_fn=pinned(CLIENT)).stdout
    return said.split("Requests/sec:")[1].split()[0] if "Requests/sec:" in said else "?"


def clients(scratch):
    count = 5000
    prompts = write_prompts(os.path.join(scratch, "prompts.jsonl"), count)
    texts = os.path.join(scratch, "texts.json")
    with open(prompts, encoding="utf-8") as lines, open(texts, "w", encoding="utf-8") as out:
        json.dump([json.loads(line)["messages"][0]["content"] for line in lines], out)
    alone, plain, cached, peers = [], [], [], {name: [] for name in PEERS}
    with Server() as mock:
        print("wrk: %s requests/s at the same server\n" % wrk(mock.url))
        for _ in range(REPEATS):
            alone.append(Measured([os.path.join(BUILD, "bench/http"), mock.url, str(count), "256"]))
            plain.append(respond(scratch, mock.url, prompts, "--no-cache", "--concurrency", "256"))
            shutil.rmtree(os.path.join(scratch, "cache"), ignore_errors=True)
            cached.append(respond(scratch, mock.url, prompts, "--concurrency", "256"))
            assert len(set(plain[-1].answers)) == count and len(set(cached[-1].answers)) == count
            for name in PEERS:
                out = os.path.join(scratch, name + ".jsonl")
                peers[name].append(Measured([sys.executable, os.path.abspath(__file__), "--peer",
                                             name, mock.url, texts, out]))
                with open(out, encoding="utf-8") as lines:
                    assert sum(1 for _ in lines) == count, name
    print(HEAD)
    row("our client alone (bench/http)", count, alone)
    row("`sow respond`, run.db, no cache", count, plain)
    row("`sow respond`, run.db and cache", count, cached)
    row("… `sow export` of its answers", count, [r.export for r in plain])
    row("AsyncOpenAI, semaphore 256", count, peers["openai"])
    row("curator, 256 in flight", count, peers["curator"])


def steady(run, in_flight):
    """Replies a second while the run had its full number in flight, and when that began."""
    with sqlite3.connect(os.path.join(run, "run.db")) as db:
        spans = [(began, began + took) for began, took in db.execute("SELECT began, took FROM reply")]
    events = sorted([(b, 1) for b, _ in spans] + [(e, -1) for _, e in spans])
    now, full = 0, None
    for at, change in events:
        now += change
        if full is None and now >= 0.98 * in_flight:
            full = at
    last = max(b for b, _ in spans)
    if full is None:
        return None
    done = sum(1 for _, e in spans if full < e <= last)
    return done / (last - full) * 1e9, (full - events[0][0]) / 1e9


def latency(scratch):
    count = 50000
    prompts = write_prompts(os.path.join(scratch, "prompts.jsonl"), count)
    print(HEAD[:HEAD.index("\n")] + " after the ramp |\n|---|---:|---:|---:|---:|---|")
    for ms, in_flight in ((50, 256), (1000, 4096)):
        with Server("--latency", str(ms)) as mock:
            r = respond(scratch, mock.url, prompts, "--no-cache", "--concurrency", str(in_flight))
            assert len(set(r.answers)) == count
        rate, ramp = steady(r.run, in_flight) or (0, 0)
        ideal = in_flight * 1000 / ms
        row("%d ms, %d in flight" % (ms, in_flight), count, [r],
            "%.0f/s of %.0f (%.1f %%), reached after %.1f s" % (rate, ideal, 100 * rate / ideal, ramp))


def faults(scratch):
    count, allowed = 150000, 60000
    prompts = write_prompts(os.path.join(scratch, "prompts.jsonl"), count)
    with Server("--rpm", str(allowed), "--fault", "429=0.1", "--fault", "reset=0.05", "--fault",
                "cut=0.05") as mock:
        run = os.path.join(scratch, "run")
        process = subprocess.Popen([SOW, "respond", "-q", "--input", prompts, "-o", run, "--teacher",
                                    mock.url, "--model", "m", "--no-cache", "--json"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=pinned(CLIENT))
        seen = []
        while process.poll() is None:
            time.sleep(1)
            seen.append((time.perf_counter(), mock.stats()))
        last = mock.stats()
    minute = next(i for i, (at, _) in enumerate(seen) if at - seen[0][0] >= 60)
    # The last few wait for their turn after failures.
    busy = [i for i, (_, s) in enumerate(seen) if s["answered"] < 0.98 * last["answered"]][-1]
    (a, first), (b, then) = seen[minute], seen[busy]

    def rate(name):
        return (then[name] - first[name]) / (b - a) * 60

    with sqlite3.connect(os.path.join(run, "run.db")) as db:
        failed, = db.execute("SELECT count(*) FROM reply WHERE finish = 'error'").fetchone()
        answered, = db.execute("SELECT count(*) FROM reply WHERE finish <> 'error'").fetchone()
    print("ended with status %d; %d answered, %d failed" % (process.returncode, answered, failed))
    print("from the first minute to second %.0f: %.0f requests a minute of %d allowed (%.1f %%), "
          "%.0f of them answered" % (b - seen[0][0], rate("requests"), allowed,
                                     100 * rate("requests") / allowed, rate("answered")))
    print("violations in the first minute: %s; at the end: %s" % (
        json.dumps(first["violations"]), json.dumps(last["violations"])))
    print("by status: %s; faults: %s" % (json.dumps(last["by_status"]), json.dumps(last["faults"])))


def memory(scratch):
    print(HEAD)
    prompts = write_prompts(os.path.join(scratch, "prompts.jsonl"), 40000)
    with Server("--latency", "2000") as mock:
        r = respond(scratch, mock.url, prompts, "--no-cache", "--concurrency", "10000")
        row("2 s, 10,000 in flight (%d seen)" % mock.stats()["peak_in_flight"], 40000, [r])
    for count in (100000, 1000000):
        prompts = write_prompts(os.path.join(scratch, "prompts.jsonl"), count)
        with Server() as mock:
            r = respond(scratch, mock.url, prompts, "--no-cache", "--concurrency", "256")
            assert len(r.answers) == count
        row("{:,} prompts".format(count), count, [r])


def dying(scratch):
    count = 20000
    prompts = write_prompts(os.path.join(scratch, "prompts.jsonl"), count)
    with Server("--latency", "50", "--die-after", str(count // 4)) as one, \
            Server("--latency", "50") as two:
        r = respond(scratch, one.url, prompts, "--teacher", two.url, "--no-cache",
                    "--concurrency", "256")
        with sqlite3.connect(os.path.join(r.run, "run.db")) as db:
            kept, keys, failed = db.execute("SELECT count(*), count(DISTINCT key), "
                                            "sum(finish = 'error') FROM reply").fetchone()
        print("first server ended with %s; %d replies kept, %d different requests, %d failed, "
              "%d different records exported; the second answered %d" % (
                  one.process.wait(), kept, keys, failed, len(set(r.answers)),
                  two.stats()["answered"]))


def batches(scratch):
    count = 50000
    prompts = write_prompts(os.path.join(scratch, "prompts.jsonl"), count)
    print(HEAD)
    with Server() as mock:
        for name, options in (("one by one, 256 in flight", ["--concurrency", "256"]),
                              ("in one batch", ["--batch", "--batch-size", str(count)])):
            r = respond(scratch, mock.url, prompts, "--no-cache", *options)
            assert len(set(r.answers)) == count
            row(name, count, [r])


def main():
    if len(sys.argv) == 6 and sys.argv[1] == "--peer":
        _, _, name, url, prompts, out = sys.argv
        with open(prompts, encoding="utf-8") as lines:
            return PEERS[name](url, json.load(lines), out)
    if not BUILD:
        sys.exit(__doc__)
    parts = {f.__name__: f for f in (clients, latency, faults, memory, dying, batches)}
    scratch = tempfile.mkdtemp(prefix="sow-bench-")
    try:
        for what in sys.argv[2:] or parts:
            print("\n**%s**, on cores %d and %d of %d\n" % (what, CLIENT, SERVER, len(CORES)))
            parts[what](scratch)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
