"""foreign.py - a server that this project did not write, for a test.

    litellm = foreign.program("litellm")         # None: it is not installed
    with foreign.Server([litellm, "--port", PORT], "/health/liveliness") as server:
        ... server.root ...

Programs are looked for in the folder that is the test's second argument, where tools/setup --ci has
put them, and then on the PATH. PORT in a command stands for a free one.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

PORT = "{port}"
FOLDER = sys.argv[2] if len(sys.argv) > 2 else ""


def program(name):
    return shutil.which(name, path=FOLDER) or shutil.which(name)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """Up once `path` can be got from it, within two minutes."""

    def __init__(self, command, path, **environment):
        port = str(free_port())
        self.root = "http://127.0.0.1:" + port
        self.process = subprocess.Popen(
            [port if word == PORT else word for word in command], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, **environment})
        for _ in range(240):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.root + path, timeout=2).close()
                return
            except OSError:
                time.sleep(0.5)
        self.__exit__()
        raise RuntimeError("%s does not come up" % command[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        self.process.wait(timeout=60)
