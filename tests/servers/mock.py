"""mock.py - `sow mock` for a test: with Mock("--fault", "429=1") as server: … server.url …"""
import subprocess
import sys

SOW = sys.argv[1]


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
