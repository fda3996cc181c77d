"""The program under test, the practice tenant that it serves, and small servers in between: what every proof here uses."""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import tomllib

PROJECT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("FIXFORME", str(PROJECT / "target/debug/fixforme"))


def free_ports(count):
    """Returns so many different ports of this machine that nobody listens at."""
    with contextlib.ExitStack() as held:
        listeners = [held.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


def cases():
    """Lists every case of every shipped wizard: (wizard, case, folder)."""
    for tenant in sorted(PROJECT.glob("wizards/*/rehearsal/*/tenant.toml")):
        folder = tenant.parent
        yield folder.parents[1].name, folder.name, folder


def toml(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


class Sandbox:
    """A state folder, and the program with a clean environment in it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="fixforme-interop-")
        self.path = pathlib.Path(self.folder.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def environment(self, token=None, **more):
        environment = {"HOME": self.folder.name, "FIXFORME_STATE_DIR": str(self.path / "state"), "LANG": "C.UTF-8"}
        if token:
            environment["FIXFORME_ACCESS_TOKEN"] = token
        return environment | more

    def start(self, *arguments, token=None, **more):
        """Starts the program without waiting for it; `more` are further variables."""
        return subprocess.Popen(
            [PROGRAM, *arguments],
            env=self.environment(token, **more),
            cwd=self.folder.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments, token=None, limit=120, **more):
        """Runs the program to its end; returns (exit code, standard output, standard error)."""
        process = self.start(*arguments, token=token, **more)
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise AssertionError(f"{arguments} did not end within {limit} s\n{output}\n{errors}")
        return process.returncode, output, errors

    def journals(self):
        """Returns the records of every run that is written down, oldest run first."""
        found = []
        for journal in sorted((self.path / "state/runs").glob("*.ndjson")):
            found.append([json.loads(line)["r"] for line in journal.read_text(encoding="utf-8").splitlines()])
        return found


class Tenant:
    """A practice tenant, served by the program to whoever has its token."""

    def __init__(self, sandbox, folder, port=0, lag=None, faults=()):
        wizard = str(PROJECT / "wizards" / folder.parents[1].name)
        which = ["--case", folder.name]
        if lag is not None:
            seed = (folder / "tenant.toml").read_text(encoding="utf-8").splitlines()
            seed = [f'lag = "{lag}"' if line.startswith("lag") else line for line in seed]
            file = sandbox.path / f"{folder.name}.toml"
            file.write_text("\n".join(seed), encoding="utf-8")
            which = ["--practice", str(file)]
        more = [part for fault in faults for part in ("--fault", fault)]
        self.process = sandbox.start("rehearse", wizard, *which, "--serve", f"127.0.0.1:{port}", *more)
        told = {}
        while len(told) < 2:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"the practice tenant does not start: {self.process.stderr.read()}")
            name, _, value = line.strip().partition("=")
            told[name] = value
        self.root, self.token = told["FIXFORME_GRAPH_ROOT"], told["FIXFORME_ACCESS_TOKEN"]
        self.port = int(self.root.rpartition(":")[2])
        self.id = toml(folder / "tenant.toml")["organization"]["id"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()


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
