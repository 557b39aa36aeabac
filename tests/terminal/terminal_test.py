#!/usr/bin/env python3
"""terminal_test.py SOW RECORD: what a person at a terminal sees, and what a pipe gets instead.

A pseudo-terminal of a given size runs the program; what it writes is drawn on a small screen of
our own, which knows the few control sequences that the program may use and fails on any other.
TAP on standard output.
"""
import codecs
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW, RECORD = map(os.path.abspath, sys.argv[1:3])
SCRATCH = tempfile.mkdtemp(prefix="sow-terminal-")
RUN = os.path.join(SCRATCH, "run")
TASKS = 40
HOSTILE = "\x1b[2Jgone \x1b]0;title\x07 \x9b31m\u202emirror\x08\x08 \u6f22\u5b57 " * 8


class Screen:
    """Lines as they stand. Knows CR, LF, cursor up, erase in line and display, and colours."""

    def __init__(self, columns):
        self.columns = columns
        self.lines, self.row, self.column = [""], 0, 0
        self.colours = self.erased = 0
        self.widest = 0

    def put(self, c):
        width = 2 if unicodedata.east_asian_width(c) in "WF" else 1
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + c + line[self.column + 1:]
        self.column += width
        self.widest = max(self.widest, self.column)

    def control(self, parameter, final):
        if final == "m":
            self.colours += 1
        elif final == "A":
            self.row = max(0, self.row - int(parameter or 1))
        elif final == "K":
            self.erased += 1
            self.lines[self.row] = self.lines[self.row][:self.column]
        elif final == "J":
            assert not parameter, "erases what was on the screen before"
            self.lines[self.row] = self.lines[self.row][:self.column]
            del self.lines[self.row + 1:]
        else:
            raise AssertionError("control sequence %s%s" % (parameter, final))

    def feed(self, text):
        at = 0
        while at < len(text):
            found = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])").match(text, at)
            if found:
                self.control(*found.groups())
                at = found.end()
                continue
            c = text[at]
            at += 1
            if c == "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            elif c == "\r":
                self.column = 0
            else:
                assert unicodedata.category(c) not in ("Cc", "Cf"), "character %r" % c
                self.put(c)

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines)


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, *args, columns=80, rows=24, cwd=None, **environment):
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "LC_ALL": "C.UTF-8",
                       "XDG_CACHE_HOME": os.path.join(SCRATCH, "cache"), "PAGER": "",
                       **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
                       **environment}
        size = struct.pack("HHHH", rows, columns, 0, 0)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.chdir(cwd or SCRATCH)
            os.execve(SOW, [SOW, *args], environment)
        self.bytes, self.screen, self.status = b"", Screen(columns), None
        self.left, self.decoder = "", codecs.getincrementaldecoder("utf-8")()

    def read(self, seconds):
        """What comes within so long. False once the program has ended."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # Linux: nobody has the other end open any more
            data = b""
        if not data:
            return False
        self.bytes += data
        text = self.left + self.decoder.decode(data)
        whole = re.search(r"(\x1b(\[[0-9;]*)?)?$", text).start()  # a sequence may be cut in two
        self.left = text[whole:]
        self.screen.feed(text[:whole])
        return True

    def until(self, words, seconds=60):
        end = time.monotonic() + seconds
        while words not in self.screen.text():
            assert time.monotonic() < end, "%r is not on the screen: %s" % (words, self.screen.text())
            assert self.read(0.2), "ended without %r: %s" % (words, self.screen.text())

    def press(self, keys):
        os.write(self.fd, keys)

    def finish(self, seconds=60):
        end = time.monotonic() + seconds
        while self.read(0.2):
            assert time.monotonic() < end, "did not end: " + self.screen.text()
        os.close(self.fd)
        status = os.waitpid(self.pid, 0)[1]
        assert os.WIFEXITED(status), "ended by signal %d" % os.WTERMSIG(status)
        self.status = os.WEXITSTATUS(status)
        return self.screen.text()


def at_terminal(*args, status=0, **how):
    terminal = Terminal(*args, **how)
    text = terminal.finish()
    assert terminal.status == status, (terminal.status, text)
    return terminal, text


def piped(*args, status=0, **environment):
    done = subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          cwd=SCRATCH, timeout=120, env={**os.environ, "TERM": "xterm",
                                                         **environment})
    assert done.returncode == status, (done.returncode, done.stderr)
    return done.stdout


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def write(name, records):
    path = os.path.join(SCRATCH, name)
    with open(path, "w", encoding="utf-8") as f:
        for record in records:
            f.write(json.dumps(record, ensure_ascii=True) + "\n")
    return path


class Mock:
    def __init__(self, *args):
        self.process = subprocess.Popen([SOW, "mock", "--port", "0", "--until-eof", *args],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


# -- view ---------------------------------------------------------------------------------------


def the_name_alone():
    """What to type first, on one screen; a pipe gets one line."""
    _, screen = at_terminal()
    lines = screen.split("\n")
    assert max(map(len, lines)) <= 80 and len(lines) <= 24, screen
    steps = [line.split() for line in lines if line.startswith("  sow ")]
    assert len(steps) >= 4, screen
    for step in steps:
        page = piped("help", step[1])
        for option in step:
            assert not option.startswith("-") or " " + option in page, (step, option)
    assert piped(status=2) == ""


def answer(answers, *args, status=0, end=None, folder):
    """What `sow init` shows to who answers so; `end` is pressed in place of the next answer."""
    terminal = Terminal("init", *args, cwd=folder)
    for question, words in answers:
        terminal.until(question)
        terminal.press(words.encode() + b"\n")
        terminal.screen.lines, terminal.screen.row, terminal.screen.column = [""], 0, 0
    if end:
        terminal.until("\n>")
        terminal.press(end)
    end_time = time.monotonic() + 60
    while terminal.read(0.2):
        assert time.monotonic() < end_time, terminal.screen.text()
    os.close(terminal.fd)
    found = os.waitpid(terminal.pid, 0)[1]
    if end == b"\x03":
        assert os.WIFSIGNALED(found) and os.WTERMSIG(found) == signal.SIGINT, found
    else:
        assert os.WIFEXITED(found) and os.WEXITSTATUS(found) == status, (found, terminal.screen.text())
    return terminal.screen.text()


def init_asks():
    """Three questions, a recipe that check likes; Ctrl-C and Ctrl-D leave no file."""
    folder = tempfile.mkdtemp(dir=SCRATCH)
    path = os.path.join(folder, "recipe.yaml")
    about, teacher, many = "What shall the data be about", "Which teacher answers", "How many tasks"
    for end in (b"\x03", b"\x04"):
        text = answer([(about, "x")], end=end, status=1, folder=folder)
        assert not os.listdir(folder), os.listdir(folder)
        assert end == b"\x03" or "no recipe was written" in text, text
    text = answer([(about, ""), (teacher, ""), (many, "")], folder=folder)
    assert "sow check recipe.yaml" in text, text
    check = subprocess.run([SOW, "check", path], capture_output=True, text=True, check=False)
    assert check.returncode == 0 and "fine" in check.stdout, check
    text = answer([], status=2, folder=folder)
    assert "already exists and is not overwritten" in text, text
    os.unlink(path)
    # what is no answer is asked again; any text is one where text is wanted
    topic = "\"cooking\": tea & cake # 100 % \u00e4 'x' {a: [b]} \\n"
    answer([(about, "  " + topic), (teacher, "gpt"), ("Expected a server", "nothing.gguf"),
            ("No such file", "http://127.0.0.1:9/v1"), ("Which model of it", ""),
            ("has to be told", "m: \"1\""), (many, "none"), ("Expected a whole number", "-1"),
            ("Expected a whole number", "7")], folder=folder)
    check = subprocess.run([SOW, "check", path], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr
    with Mock("--model", "m: \"1\"") as mock:
        with open(path, encoding="utf-8") as file:
            recipe = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(recipe.replace("http://127.0.0.1:9/v1", mock.url))
        run = os.path.join(folder, "run")
        subprocess.run([SOW, "run", path, "-o", run, "-q", "--no-cache"], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
    shown = piped("status", run, "--json")
    assert json.loads(shown)["target"] == 7, shown
    assert "tea & cake" in shown, shown
    # with an argument, or where it is no terminal, it asks nothing
    for args in (["other.yaml"], ["--method", "self-instruct", "third.yaml"]):
        terminal = Terminal("init", *args, cwd=folder)
        text = terminal.finish()
        assert "?" not in text and terminal.status == 0, text
    os.unlink(path)
    done = subprocess.run([SOW, "init"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert b"?" not in done.stderr and os.path.exists(path)


def view_in_colour():
    terminal, text = at_terminal("view", RUN, columns=80)
    assert terminal.screen.colours > 2 * TASKS
    assert "task_2_1" in text and "rejected: " in text
    terminal, bare = at_terminal("view", RUN, NO_COLOR="1")
    assert b"\x1b" not in terminal.bytes, "colours in spite of NO_COLOR"
    assert bare == text, "colour changes the text"
    terminal, empty = at_terminal("view", RUN, NO_COLOR="")
    assert terminal.screen.colours, "an empty NO_COLOR is none"
    terminal, dumb = at_terminal("view", RUN, TERM="dumb")
    assert b"\x1b" not in terminal.bytes, "a terminal that is dumb"
    assert dumb == text
    # Beyond a terminal: the same text, and nothing but text.
    assert piped("view", RUN).rstrip() == text.rstrip()


def view_fits():
    for columns in (24, 40, 80, 100):
        terminal, _ = at_terminal("view", RUN, columns=columns)
        assert terminal.screen.widest <= columns, (columns, terminal.screen.widest)
        terminal, _ = at_terminal("view", "hostile.jsonl", columns=columns)
        assert terminal.screen.widest <= columns, (columns, terminal.screen.widest)
    terminal, _ = at_terminal("view", RUN, columns=300)
    assert terminal.screen.widest <= 100


def view_hostile():
    """The screen fails on any control sequence but ours; none of theirs may count as one."""
    terminal, text = at_terminal("view", "hostile.jsonl", NO_COLOR="1")
    assert b"\x1b" not in terminal.bytes and "\ufffd" in text and "\u6f22" in text
    out = piped("view", "hostile.jsonl")
    assert not [c for c in out if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
    terminal, text = at_terminal("view", "hostile.jsonl", "2", NO_COLOR="1")
    assert b"\x1b" not in terminal.bytes


def view_hostile_run():
    """The same from a run.db: ids, rules, lineage."""
    run = os.path.join(SCRATCH, "hostile-run")
    shutil.copytree(RUN, run)
    with sqlite3.connect(os.path.join(run, "run.db")) as db:
        db.execute("UPDATE unit SET instruction = ?, operation = ?, source = ?", (HOSTILE,) * 3)
        db.execute("UPDATE instance SET input = ?, output = ?", (HOSTILE,) * 2)
        db.execute("UPDATE reject SET rule = ?, text = ?, detail = ?, near = ?", (HOSTILE,) * 4)
        near = json.dumps([{"id": HOSTILE, "score": 0.5}])
        db.execute("UPDATE unit SET nearest = ?", (near,))
        db.execute("UPDATE ticket SET examples = ?", (json.dumps([HOSTILE]),))
        db.execute("UPDATE identity SET shown = ? WHERE name = 'method'", (HOSTILE,))
        place = db.execute("SELECT ticket, item FROM unit WHERE state = 1").fetchone()
        reject = db.execute("SELECT ticket, item FROM reject").fetchone()
    for args in ([], ["task_%d_%d" % place], ["task_%d_%d" % reject]):
        terminal, _ = at_terminal("view", run, *args, NO_COLOR="1")
        assert b"\x1b" not in terminal.bytes, args
        out = piped("view", run, *args)
        assert not [c for c in out if unicodedata.category(c) == "Cc" and c != "\n"], args
        for line in piped("view", run, *args, "--json").splitlines():
            assert "\x1b" not in line and "\x07" not in line
    db.close()


def view_in_pager():
    """$PAGER gets it all, by the shell; where it is gone early, that is no failure."""
    seen = os.path.join(SCRATCH, "paged")
    _, text = at_terminal("view", RUN, PAGER="tee %s >/dev/null; echo read" % seen)
    assert text.strip() == "read", text
    with open(seen, encoding="utf-8") as f:
        paged = f.read()
    assert "\x1b[1m" in paged and plain(paged) == piped("view", RUN)
    _, text = at_terminal("view", RUN, PAGER="head -1")
    assert re.fullmatch(r"task_\d_\d", text.strip()), text
    _, text = at_terminal("view", RUN, PAGER="true")
    assert text.strip() == "", text
    # "cat" and nothing are no pagers; $LESS is set for less, and kept where it is set.
    _, text = at_terminal("view", RUN, PAGER="cat")
    assert "task_2_1" in text
    _, text = at_terminal("view", RUN, PAGER="cat >/dev/null; echo $LESS")
    assert text.strip() == "FRX", text
    _, text = at_terminal("view", RUN, PAGER="cat >/dev/null; echo $LESS", LESS="i")
    assert text.strip() == "i", text
    # A mistake is told once the pager is gone.
    _, text = at_terminal("view", "broken.jsonl", PAGER="cat >/dev/null; echo read", status=1)
    assert re.search(r"read\nsow: broken.jsonl:2:", text), text


def view_interrupted():
    """Ctrl-C is the pager's; the program waits for it."""
    terminal = Terminal("view", RUN, PAGER="trap 'echo heard' INT; cat >/dev/null; sleep 1; echo over")
    time.sleep(0.5)
    terminal.press(b"\x03")
    text = terminal.finish()
    assert terminal.status == 0 and "heard" in text and "over" in text, (terminal.status, text)


def view_into_head():
    for args in (["view", RUN], ["view", RUN, "--json"], ["status", RUN, "--watch"]):
        process = subprocess.Popen([SOW, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   cwd=SCRATCH, env={**os.environ, "TERM": "xterm"})
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=60) == 0 and err == b"", (args, process.returncode, err)


# -- status --watch --------------------------------------------------------------------------------


def watch_done():
    """A run that is done: its status, and the end."""
    terminal, text = at_terminal("status", RUN, "--watch", columns=400)
    assert terminal.screen.colours == 0
    assert text.strip() == piped("status", RUN).strip()
    assert piped("status", RUN, "--watch") == piped("status", RUN)


def half_a_run(name):
    """One that says it is not done, with nobody at it."""
    run = os.path.join(SCRATCH, name)
    shutil.copytree(RUN, run)
    with sqlite3.connect(os.path.join(run, "run.db")) as db:
        db.execute("INSERT INTO operation (at, step, name, value) VALUES (1, 1, 'n', '100000')")
    db.close()
    return run


def watch_interrupted():
    run = half_a_run("half")
    for number in (signal.SIGINT, signal.SIGTERM):
        terminal = Terminal("status", run, "--watch", "--every", "1", columns=400)
        terminal.until("of 100,000 tasks, and no process is at it")
        time.sleep(1.2)  # another page, in the place of the first
        terminal.read(0.1)
        assert terminal.screen.text().count("no process is at it") == 1
        if number == signal.SIGINT:
            terminal.press(b"\x03")
        else:
            os.kill(terminal.pid, number)
        text = terminal.finish()
        assert terminal.status == 0, text
        assert "no process is at it" not in text and "to resume:" in text, text
        assert b"\x1b[?" not in terminal.bytes, "another mode of the terminal"


def watch_small():
    """No room for all of it: no line is wider, no page is higher, and one takes another's place."""
    half_a_run("small")
    terminal = Terminal("status", "small", "--watch", "--every", "1", columns=30, rows=6)
    terminal.until("small: self-instruct: ")
    time.sleep(2.3)
    while select.select([terminal.fd], [], [], 0.1)[0]:
        terminal.read(0.1)
    assert terminal.bytes.count(b"\x1b[5A") >= 2, terminal.bytes
    assert terminal.screen.widest <= 29, terminal.screen.widest
    assert len(terminal.screen.lines) <= 6
    terminal.press(b"\x03")
    terminal.finish()
    assert terminal.status == 0


def watch_resized():
    half_a_run("resized")
    terminal = Terminal("status", "resized", "--watch", "--every", "3600", columns=30, rows=12)
    terminal.until("resized: self-instruct: ")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    terminal.until("and no process is at it", seconds=20)
    terminal.press(b"\x03")
    terminal.finish()


def watch_piped():
    run = half_a_run("piped")
    process = subprocess.Popen([SOW, "status", run, "--watch", "--every", "1"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "TERM": "xterm"})
    time.sleep(2.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and err == "", (process.returncode, err)
    assert "\x1b" not in out
    pages = out.split("\n\n%s: " % run)
    assert len(pages) >= 3 and "to resume:" in pages[-1], out


def watch_gone():
    """A run that is taken away under its watcher: said so."""
    run = half_a_run("gone")
    terminal = Terminal("status", run, "--watch", "--every", "1", columns=400)
    terminal.until("100,000")
    shutil.rmtree(run)
    text = terminal.finish()
    assert terminal.status == 1 and "No such file or directory" in text, text


def a_run_and_its_watcher():
    """A run with its live line, another process that watches it, and both end by themselves."""
    run = os.path.join(SCRATCH, "live")
    with Mock("--latency", "150", "--fault", "500=0.05") as mock:
        grow = Terminal("self-instruct", "-n", "60", "-o", run, "--no-cache", "--teacher", mock.url,
                        "--model", "m", "--concurrency", "4", "--price-in", "1000", "--price-out",
                        "2000", columns=200)
        grow.until("accepted (")
        watch = Terminal("status", run, "--watch", "--every", "1", columns=200)
        watch.until("% accepted")
        grow.until("ETA")
        line = grow.screen.text().splitlines()[-1]
        for words in (r"\d+/60 tasks", r"\d+ accepted \(\d+ %\)", r"/min", r"ETA ", r" tokens",
                      r"\$\d", r"\d+ asked", r"\d+ rejected"):
            assert re.search(words, line), (words, line)
        text = grow.finish(seconds=120)
        assert grow.status == 0 and "accepted (" not in text, text
        text = watch.finish()
        assert watch.status == 0 and "tasks, done" in text, text
        assert watch.bytes.count(b"\x1b[J") >= 2


def a_narrow_live_line():
    run = os.path.join(SCRATCH, "narrow")
    with Mock("--latency", "150") as mock:
        grow = Terminal("self-instruct", "-n", "20", "-o", run, "--no-cache", "--teacher", mock.url,
                        "--model", "m", "--concurrency", "4", "-q", columns=36)
        text = grow.finish(seconds=120)
        assert b"/20 tasks" not in grow.bytes, "-q"
        run += "-2"
        grow = Terminal("self-instruct", "-n", "20", "-o", run, "--no-cache", "--teacher", mock.url,
                        "--model", "m", "--concurrency", "4", columns=36)
        grow.until("/20 tasks")
        grow.finish(seconds=120)
        for line in re.findall(rb"\r\x1b\[K([^\r\n\x1b]*tasks[^\r\n\x1b]*)", grow.bytes):
            assert len(line) <= 35, line
            assert re.fullmatch(rb"\d+/20 tasks(  .*[^ ])?", line), "cut in a part: %r" % line


# -----------------------------------------------------------------------------------------------------

TESTS = [
    ("the name alone", the_name_alone),
    ("init: three questions", init_asks),
    ("view: colour on a terminal only", view_in_colour),
    ("view: as wide as the terminal", view_fits),
    ("view: hostile texts of a file", view_hostile),
    ("view: hostile texts of a run", view_hostile_run),
    ("view: $PAGER", view_in_pager),
    ("view: Ctrl-C in the pager", view_interrupted),
    ("view: a reader that goes away", view_into_head),
    ("watch: a run that is done", watch_done),
    ("watch: Ctrl-C", watch_interrupted),
    ("watch: a small terminal", watch_small),
    ("watch: a terminal that grows", watch_resized),
    ("watch: into a pipe", watch_piped),
    ("watch: a run that goes away", watch_gone),
    ("a run, its live line, and its watcher", a_run_and_its_watcher),
    ("a narrow live line", a_narrow_live_line),
]


def main():
    os.environ["XDG_CACHE_HOME"] = os.path.join(SCRATCH, "cache")
    os.environ["LC_ALL"] = "C.UTF-8"
    os.environ.pop("NO_COLOR", None)
    chosen = [t for t in TESTS if not os.environ.get("ONLY") or os.environ["ONLY"] in t[0]]
    try:
        subprocess.run([RECORD, RUN, str(TASKS)], check=True, timeout=300)
        write("hostile.jsonl", [{"id": HOSTILE, "instruction": HOSTILE, "input": HOSTILE,
                                 "output": HOSTILE},
                                {"instruction": "x" * 500, "input": "", "output": HOSTILE},
                                {"messages": [{"role": "system", "content": HOSTILE},
                                              {"role": "user", "content": HOSTILE},
                                              {"role": "assistant", "content": HOSTILE}]}])
        with open(os.path.join(SCRATCH, "broken.jsonl"), "w", encoding="utf-8") as f:
            f.write('{"instruction": "Say hello.", "input": "", "output": "Hello."}\n{oops\n')
        return tap.run(chosen)
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
