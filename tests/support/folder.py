"""folder.py - a temporary folder with files in it, and sow run in it.

    from folder import Folder  # noqa: E402
    ...
    with Folder() as p:
        p.write("in.jsonl", [{"title": "Rain"}])
        done = p.sow("map", "-i", "in.jsonl", ..., "-o", "run", status=0)
        assert p.records("run") == [...], done.stderr

The program is the test's first argument. A test with more to say derives from it.
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

SOW = os.path.abspath(sys.argv[1])


class Folder:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="sow-test-")
        self.env = dict(os.environ)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, content):
        """A text, bytes, or a list: a JSON object a line. The path of the file."""
        if isinstance(content, list):
            content = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in content)
        with open(self.path(name), "wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as text:
            return text.read()

    def sow(self, *args, status=0, **env):
        done = subprocess.run([SOW, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, cwd=self.dir, env=dict(self.env, **env))
        assert done.returncode == status, (args, done.returncode, done.stdout, done.stderr)
        return done

    def records(self, run, form="records"):
        out = self.sow("export", run, "--format", form, "--jsonl", "-o", "-").stdout
        return [json.loads(line) for line in out.splitlines()]

    def rejects(self, run, columns="ticket, rule, text, detail"):
        with sqlite3.connect(os.path.join(self.path(run), "run.db")) as db:
            return db.execute("SELECT %s FROM reject ORDER BY ticket" % columns).fetchall()
