"""browser.py - headless Chromium, driven by its chromedriver over HTTP (W3C WebDriver).

    with Browser() as b:
        b.open("/path/report.html")
        b.run("return document.title")
        b.problems()          # what the console said, what was fetched, which dialogs opened

Only the standard library. Both programs are Debian's; found() says whether they are there.
"""
import base64
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
START = 60


def found():
    """(browser, driver), or None."""
    browser = next((shutil.which(name) for name in CHROMIUM if shutil.which(name)), None)
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


class Browser:
    def __init__(self, width=1200, height=900):
        self.browser, self.driver = found()
        self.size = (width, height)
        self.session = None

    def __enter__(self):
        self.home = tempfile.mkdtemp(prefix="sow-browser-")
        environment = dict(os.environ, HOME=self.home, XDG_CONFIG_HOME=self.home, XDG_CACHE_HOME=self.home)
        self.process = subprocess.Popen([self.driver, "--port=0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=environment, text=True,
                                        start_new_session=True)
        for line in self.process.stdout:
            started = re.search(r"started successfully on port (\d+)", line)
            if started:
                self.port = int(started.group(1))
                break
        else:
            raise RuntimeError("chromedriver did not start")
        options = {
            "binary": self.browser,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", "--disable-extensions", "--disable-background-networking",
                     "--disable-component-update", "--user-data-dir=" + os.path.join(self.home, "profile"),
                     "--window-size=%d,%d" % self.size],
        }
        wanted = {"browserName": "chrome", "unhandledPromptBehavior": "ignore",
                  "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        try:
            self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *why):
        if self.session:
            with contextlib.suppress(OSError, RuntimeError, http.client.HTTPException):
                self.ask("DELETE", "/session/" + self.session)
        # chromedriver and the browsers it started are a group of their own
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def ask(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START)
        try:
            c.request(method, path, None if body is None and method == "GET" else json.dumps(body or {}),
                      {"Content-Type": "application/json"})
            answer = json.loads(c.getresponse().read())
        finally:
            c.close()
        value = answer.get("value")
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError("%s: %s" % (value["error"], value.get("message", "").split("\n")[0]))
        return value

    def call(self, method, path, body=None):
        return self.ask(method, "/session/%s%s" % (self.session, path), body)

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path):
        self.call("POST", "/url", {"url": "file://" + os.path.abspath(path)})

    def visit(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script, seconds=30):
        """Until the script returns what is true."""
        end = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > end:
                raise AssertionError("waited %d s for: %s" % (seconds, script))
            time.sleep(0.05)

    def settle(self):
        """Until what a change of size leads to has been drawn."""
        self.call("POST", "/execute/async", {"args": [], "script":
                  "const done = arguments[0]; requestAnimationFrame(() => setTimeout(() => "
                  "requestAnimationFrame(() => done()), 50))"})

    def press(self, *keys):
        """Keys, one after another, as from a keyboard."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def console(self):
        """What the console said since it was asked last: (level, message)."""
        return [(line["level"], line["message"]) for line in self.call("POST", "/se/log", {"type": "browser"})]

    def requests(self):
        """What the page asked for since this was asked last, but for itself."""
        urls = []
        for line in self.call("POST", "/se/log", {"type": "performance"}):
            event = json.loads(line["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                urls.append(event["params"]["request"]["url"])
        return urls

    def dialog(self):
        """The text of a dialog that is open, or None."""
        try:
            return self.call("GET", "/alert/text")
        except RuntimeError:
            return None

    def look(self, scheme="light", width=None, height=900, media=""):
        """How the page is to be seen: scheme of colours, size, medium."""
        self.devtools("Emulation.setEmulatedMedia", media=media,
                      features=[{"name": "prefers-color-scheme", "value": scheme}])
        if width:
            self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                          deviceScaleFactor=1, mobile=False)

    def screenshot(self, path, **more):
        shot = self.devtools("Page.captureScreenshot", format="png", **more)
        with open(path, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def screenshots(self, name, height):
        """The whole page in pieces: NAME-1.png, NAME-2.png, …"""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        self.devtools("Emulation.setDeviceMetricsOverride", width=int(size["width"]),
                      height=int(size["height"]), deviceScaleFactor=1, mobile=False)
        self.settle()
        for i, top in enumerate(range(0, int(size["height"]), height)):
            clip = {"x": 0, "y": top, "width": size["width"], "scale": 1,
                    "height": min(height, size["height"] - top)}
            self.screenshot("%s-%d.png" % (name, i + 1), clip=clip)

    def print(self, path):
        page = self.devtools("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
        with open(path, "wb") as out:
            out.write(base64.b64decode(page["data"]))
