"""A small server in front of another, and the requests that pass it."""

import http.client
import http.server
import threading


class Front:
    """A server that hands every request to `handle(request, send)`, where `send` passes one on to the server `upstream`.

    `tenant` is the port that links in the answers name: they are turned into links to here.
    """

    def __init__(self, upstream, handle, tenant=None):
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                request = Request(self.command, self.path, dict(self.headers), body)
                try:
                    status, headers, body = handle(request, front.send)
                except OSError as error:
                    status, headers, body = 502, [], f"{request}: {error}".encode()
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.upstream, self.tenant = upstream, tenant or upstream
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def send(self, request, port=None):
        """Passes a request on as it is, upstream or to another port; returns (status, headers, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.upstream, timeout=60)
        try:
            dropped = ("host", "connection", "content-length", "accept-encoding", "transfer-encoding")
            headers = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
            # Links in the answer lead back to where the request came in.
            headers["host"] = self.root.removeprefix("http://")
            connection.request(request.method, request.target, request.body or None, headers)
            answer = connection.getresponse()
            body = answer.read().replace(f"http://127.0.0.1:{self.tenant}".encode(), self.root.encode())
            return answer.status, answer.getheaders(), body
        finally:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Request:
    """One request as it came in."""

    def __init__(self, method, target, headers, body=b""):
        self.method, self.target, self.headers, self.body = method, target, headers, body

    def header(self, name):
        """Returns the first header of that name, in any case; empty where there is none."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def path(self):
        return self.target.partition("?")[0]

    def __str__(self):
        return f"{self.method} {self.target} {self.body.decode(errors='replace')}".strip()
