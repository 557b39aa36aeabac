"""place.py - a scratch folder for a test: prompts, a run, and commands that work there."""
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

SOW = sys.argv[1]


class Place:
    def __init__(self, prompts=1):
        self.dir = tempfile.mkdtemp(prefix="sow-odd-")
        self.run = os.path.join(self.dir, "run")
        self.prompts = os.path.join(self.dir, "prompts.txt")
        with open(self.prompts, "w") as f:
            f.writelines("Question %d?\n" % i for i in range(1, prompts + 1))

    def sow(self, *args, env=None, timeout=300):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("OPENAI_", "ANTHROPIC_")) and
                       "proxy" not in name.lower()}
        environment.update(XDG_CACHE_HOME=os.path.join(self.dir, "cache"), **(env or {}))
        return subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout, env=environment)

    def respond(self, url, *args, **more):
        return self.sow("respond", "-i", self.prompts, "-o", self.run, "--model", "m", "--teacher",
                        url, "--no-cache", *args, **more)

    def answers(self):
        with sqlite3.connect(os.path.join(self.run, "run.db")) as db:
            return [text for text, in db.execute("SELECT output FROM instance ORDER BY ticket")]

    def rows(self, sql):
        with sqlite3.connect(os.path.join(self.run, "run.db")) as db:
            return db.execute(sql).fetchall()

    def status(self):
        return self.sow("status", self.run).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)
