"""fake.py - a server for tests that answers as a function says.

    def reply(n, path, headers, body): return ok("Hello")    # cut(ok("Hello")): and closes too early
    with Fake(reply) as server:
        ... server.url, server.requests ...

A reply is (status, headers, payload): bytes, or a list of pieces that are sent one by one. None:
the connection is closed without a word. Requests are kept as (path, headers, body; None: of a GET).
"""
import http.server
import json
import socketserver
import threading

JSON = {"Content-Type": "application/json"}
EVENTS = {"Content-Type": "text/event-stream"}


def ok(content="Hello", finish="stop", usage=None, **message):
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message},
              "finish_reason": finish}
    body = {"id": "x", "object": "chat.completion", "choices": [choice],
            "usage": usage or {"prompt_tokens": 3, "completion_tokens": 2}}
    return 200, JSON, json.dumps(body).encode()


def err(status, body, **headers):
    return status, {**JSON, **{name.replace("_", "-"): v for name, v in headers.items()}}, \
        json.dumps(body).encode()


def chunk(finish=None, **delta):
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta,
                                                "finish_reason": finish}]}).encode() + b"\n\n"


def events(*pieces):
    return 200, EVENTS, list(pieces)


def cut(reply):
    """Its headers promise a byte more than comes before the connection is closed."""
    return reply[0], {**reply[1], "X-Cut": "1"}, reply[2]


def asked(body):
    return body["messages"][-1]["content"]


class Fake:
    def __init__(self, reply):
        self.requests = []
        lock = threading.Lock()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.answer(None)

            def do_POST(self):
                self.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

            def answer(self, body):
                with lock:
                    n = len(fake.requests)
                    fake.requests.append((self.path, dict(self.headers), body))
                out = reply(n, self.path, self.headers, body)
                if out is None:
                    self.close_connection = True
                    return
                status, headers, payload = out
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                pieces = payload if isinstance(payload, list) else [payload]
                self.close_connection = "X-Cut" in headers
                self.send_header("Content-Length", str(sum(map(len, pieces)) + self.close_connection))
                self.end_headers()
                for piece in pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_):
                pass  # the client went away

        self.server = Server(("127.0.0.1", 0), Handler)
        self.root = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.url = self.root + "/v1"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
