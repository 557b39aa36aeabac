#!/usr/bin/env python3
"""embedded_peers.py BUILD LLAMA model.gguf: the embedded teacher beside llama.cpp's own server.

    ninja -C build sow
    # llama.cpp, built in LLAMA with -DGGML_NATIVE=ON: targets llama-server, llama-batched-bench
    bench/embedded_peers.py build LLAMA model.gguf
    bench/embedded_peers.py build LLAMA model.gguf --shared 0 --own 14
    bench/embedded_peers.py build LLAMA model.gguf --self-instruct 20 --sequences 8

`sow map` asks --requests questions that begin with the same --shared lines, of some 20 tokens each,
and go on with --own lines of their own, and takes 64 tokens at most of each answer; once by the
embedded teacher, once by llama-server with as many slots, in turn for each number of --sequences.
With --self-instruct N it is that many tasks of Self-Instruct instead, each side's own replies leading
it on. Each is done twice, in a new run without the cache of replies: the second time the server runs on,
and the embedded teacher, a new process, has what it kept on disk. Last, llama-batched-bench: what
llama.cpp does when nothing is in the way. Threads wait for each other by spinning: where the machine
has other work, only --threads 1 can be compared, by processor time.

Prints Markdown rows: seconds by the clock, processor seconds of the process with the model (start and
loading are in it the first time), tokens read (those of the prompt that were not shared or cached)
and written, written tokens a second, and processor milliseconds for each token read or written.
"""
import argparse
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("build", type=os.path.abspath)
parser.add_argument("llama", type=os.path.abspath)
parser.add_argument("model", type=os.path.abspath)
parser.add_argument("--requests", type=int, default=48)
parser.add_argument("--shared", type=int, default=90)
parser.add_argument("--own", type=int, default=2)
parser.add_argument("--self-instruct", type=int, default=0, metavar="N")
parser.add_argument("--sequences", type=int, nargs="+", default=[1, 8, 16])
parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
GIVEN = parser.parse_args()
SOW = os.path.join(GIVEN.build, "sow")
THREADS = str(GIVEN.threads)
VERBS = "Describe Summarize Compare Explain List Translate Rewrite Classify".split()
THINGS = ("a walk by the sea", "the history of bread", "two kinds of renewable energy", "a short poem",
          "the rules of chess", "a recipe for soup", "an email to a friend", "the plot of a novel",
          "how a bicycle stays upright")


def line(number, i):
    return "Task %d: %s %s in %d words or fewer, for readers who are new to it.\n" % (
        i + 1, VERBS[(number + i) % 8], THINGS[(number * 5 + i) % 9], 20 + number + i)


def write_input(folder):
    with open(os.path.join(folder, "in.jsonl"), "w") as f:
        for number in range(GIVEN.requests):
            own = "".join(line(number * 31 + 7, i) for i in range(GIVEN.own))
            f.write(json.dumps({"text": own + "Carry out task %d of these." % (1 + number % GIVEN.own)}) + "\n")
    with open(os.path.join(folder, "prompt.txt"), "w") as f:
        f.write("These are tasks.\n\n" + "".join(line(0, i) for i in range(GIVEN.shared)) + "{{text}}")


def seconds_of(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(folder, name, teacher, env, sequences):
    """Seconds by the clock, processor seconds of the client, and status's usage."""
    run = os.path.join(folder, name)
    work = ["self-instruct", "-n", str(GIVEN.self_instruct), "--prompt-style", "completion"] if GIVEN.self_instruct else \
        ["map", "-i", os.path.join(folder, "in.jsonl"), "--prompt", os.path.join(folder, "prompt.txt"),
         "--into", "answer", "--max-tokens", "64"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([SOW] + work + ["-q", "--no-cache", "--concurrency", str(sequences), "--seed", "1", "-o", run] + teacher,
                   check=True, env=env, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    status = json.loads(subprocess.run([SOW, "status", "--json", run], check=True, capture_output=True,
                                       text=True, env=env).stdout)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, status


def usage(status):
    """Tokens read and written."""
    def find(node, key):
        if isinstance(node, dict):
            if isinstance(node.get(key), (int, float)):
                return node[key]
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                found = find(child, key)
                if found is not None:
                    return found
        return None
    prompt = find(status, "prompt_tokens") or 0
    shared = find(status, "shared_tokens") or find(status, "cached_tokens") or 0
    return prompt - shared, find(status, "completion_tokens") or 0


def row(who, sequences, when, wall, cpu, read, written):
    print("| %s | %d | %s | %.1f | %.1f | %d | %d | %.1f | %.1f |" % (
        who, sequences, when, wall, cpu, read, written, written / wall, 1e3 * cpu / max(1, read + written)),
        flush=True)


def embedded(folder, sequences):
    env = dict(os.environ, XDG_CACHE_HOME=os.path.join(folder, "cache-%d" % sequences))
    for when in ("first", "second"):
        wall, cpu, status = ask(folder, "embedded-%d-%s" % (sequences, when),
                                ["--teacher", GIVEN.model, "--parallel", str(sequences), "--threads", THREADS], env, sequences)
        row("sow", sequences, when, wall, cpu, *usage(status))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path):
    with urllib.request.urlopen("http://127.0.0.1:%d%s" % (port, path), timeout=10) as r:
        return r.read().decode()


def counted(port):
    """What llama-server says it read and wrote so far."""
    numbers = dict(l.split() for l in get(port, "/metrics").splitlines() if l and l[0] != "#")
    return (int(float(numbers["llamacpp:prompt_tokens_total"])),
            int(float(numbers["llamacpp:tokens_predicted_total"])))


def server(folder, sequences):
    port = free_port()
    env = dict(os.environ, XDG_CACHE_HOME=os.path.join(folder, "cache-server"))
    with open(os.path.join(folder, "server.log"), "w") as log:
        p = subprocess.Popen([os.path.join(GIVEN.llama, "bin", "llama-server"), "-m", GIVEN.model, "--host", "127.0.0.1",
                              "--port", str(port), "-np", str(sequences), "-c", str(4096 * sequences), "-t", THREADS,
                              "-tb", THREADS, "--metrics"], stdout=log, stderr=log)
    try:
        start = time.monotonic()
        while True:
            try:
                get(port, "/health")
                break
            except OSError:
                if p.poll() is not None:
                    sys.exit("llama-server ended; see " + log.name)
                time.sleep(0.05)
        loading, cpu_before = time.monotonic() - start, 0.0
        for when in ("first", "second"):
            before = counted(port)
            wall, _, _ = ask(folder, "server-%d-%s" % (sequences, when),
                             ["--teacher", "http://127.0.0.1:%d/v1" % port, "--model", "model"], env, sequences)
            after, cpu = counted(port), seconds_of(p.pid)
            row("llama-server", sequences, when, wall + (loading if when == "first" else 0), cpu - cpu_before,
                after[0] - before[0], after[1] - before[1])
            cpu_before = cpu
    finally:
        p.send_signal(signal.SIGTERM)
        p.wait()


def main():
    with tempfile.TemporaryDirectory() as folder:
        write_input(folder)
        print("| who | sequences | time | seconds | CPU s | read | written | written/s | CPU ms a token |")
        print("|---|---:|---|---:|---:|---:|---:|---:|---:|")
        for sequences in GIVEN.sequences:
            embedded(folder, sequences)
            server(folder, sequences)
        sys.stdout.flush()
        subprocess.run([os.path.join(GIVEN.llama, "bin", "llama-batched-bench"), "-m", GIVEN.model, "-c", "16384", "-kvu",
                        "-t", THREADS, "-npp", "256", "-ntg", "64", "-npl", ",".join(map(str, GIVEN.sequences))], check=False,
                       stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
