#!/usr/bin/env python3
"""trust_test - sow finds the authorities of a system, whatever system it is.

Runs as root in a clean root, where it may put a file at each known place. clean_root_test.py
made the server's certificate.
"""
import http.server
import json
import os
import ssl
import subprocess
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
CERTIFICATE, KEY = os.path.join(HERE, "certificate.pem"), os.path.join(HERE, "key.pem")
PLACES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem",
          "/etc/ssl/cert.pem"]


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"choices": [{"message": {"content": "Over TLS."},
                                        "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ask(port, **env):
    """Is the server trusted? And what was said."""
    with open("prompt.txt", "w", encoding="utf-8") as out:
        out.write("Say it.\n")
    subprocess.run(["rm", "-rf", "asked"], check=True)
    done = subprocess.run(["sow", "respond", "--input", "prompt.txt", "--no-cache", "-o", "asked",
                           "--teacher", "https://127.0.0.1:%d/v1" % port, "--model", "m"],
                          env={**os.environ, **env}, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return done.returncode == 0, done.stdout


def try_places(port):
    trusted, said = ask(port)
    assert not trusted and "install ca-certificates" in said, said
    for place in PLACES:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.link(CERTIFICATE, place)
        trusted, said = ask(port)
        os.unlink(place)
        assert trusted, "%s: %s" % (place, said)
    trusted, said = ask(port, SSL_CERT_FILE=CERTIFICATE)
    assert trusted, said


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    kept = [place for place in PLACES if os.path.exists(place)]
    for place in kept:
        os.rename(place, place + ".kept")
    try:
        try_places(port)
    finally:
        for place in kept:
            os.rename(place + ".kept", place)
        server.shutdown()


main()
