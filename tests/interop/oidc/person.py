"""A person: the program at a terminal, and the browser. And the service that both speak to."""

import contextlib
import html.parser
import http.client
import http.cookiejar
import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from program import PROGRAM, Sandbox

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 90


class Place(Sandbox):
    """A place where a person sits, with a browser that only writes down what it is to open."""

    def __init__(self):
        super().__init__()
        opener = self.path / "bin/xdg-open"
        opener.parent.mkdir()
        opener.write_text('#!/bin/sh\nprintf \'%s\\n\' "$1" >> "$HOME/opened"\n', encoding="utf-8")
        opener.chmod(0o755)

    def environment(self, token=None, **more):
        desktop = {"TERM": "xterm", "DISPLAY": ":99", "PATH": f"{self.path}/bin:/usr/bin:/bin"}
        return super().environment(token, **desktop | more)

    def ends(self, *arguments, **more):
        """Runs the program where nobody sits; returns (exit code, everything that it said)."""
        code, output, errors = self.run(*arguments, **more)
        return code, output + errors

    def opened(self, nth=1):
        """Waits for the nth page that is opened and returns its address."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            with contextlib.suppress(FileNotFoundError):
                lines = (self.path / "opened").read_text(encoding="utf-8").splitlines()
                if len(lines) >= nth:
                    return lines[nth - 1]
            time.sleep(0.02)
        raise AssertionError(f"no page number {nth} was opened")

    @contextlib.contextmanager
    def seat(self, *arguments, **more):
        """A person who starts the program at a terminal."""
        seat = Seat([PROGRAM, *arguments], self.environment(**more), self.folder.name)
        try:
            yield seat
        finally:
            seat.close()


class Seat:
    """The program in a pseudo-terminal."""

    def __init__(self, command, environment, folder):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(command[0], command, environment)
        self.raw = ""
        self.code = None
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while True:
            try:
                chunk = os.read(self.terminal, 4096)
            except OSError:
                return
            if not chunk:
                return
            self.raw += chunk.decode("utf-8", "replace")

    def text(self):
        """What a person reads, with the breaks of lines as blanks."""
        return " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw).split())

    def sees(self, words):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            if words in self.text():
                return self
            time.sleep(0.02)
        raise AssertionError(f"`{words}` did not come:\n{self.text()}")

    def types(self, keys):
        os.write(self.terminal, keys.encode())
        return self

    def leaves(self):
        """Waits for the end; returns (exit code, what was on the screen)."""
        end = time.monotonic() + LIMIT * 2
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.reader.join(LIMIT)
                self.code = os.waitstatus_to_exitcode(status)
                return self.code, self.text()
            time.sleep(0.02)
        raise AssertionError(f"no end:\n{self.text()}")

    def close(self):
        if self.code is None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Authority:
    """The sign-in service: `provider.mjs` as a process."""

    def __init__(self, environment):
        # It warns at length that it is a test.
        self.said = tempfile.TemporaryFile("w+", encoding="utf-8")
        command = ["node", str(HERE / "provider.mjs")]
        environment = {**os.environ, **environment}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=self.said, text=True)
        self.url = self.process.stdout.readline().strip().removeprefix("READY ")
        if not self.url.startswith("http://127.0.0.1:"):
            self.process.wait(LIMIT)
            self.said.seek(0)
            raise AssertionError(f"the provider did not start:\n{self.said.read()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(LIMIT)
        self.process.stdout.close()
        self.said.close()

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode())
        urllib.request.urlopen(request, timeout=LIMIT).close()

    def next(self, kind, reply):
        self.post("/next", {"kind": kind, "reply": reply})

    def life(self, kind, seconds):
        self.post("/life", {"kind": kind, "seconds": seconds})

    def log(self):
        with urllib.request.urlopen(self.url + "/log", timeout=LIMIT) as answer:
            return json.load(answer)

    def asked(self, since=0):
        """The requests of the program so far."""
        return self.log()["log"][since:]


class Forms(html.parser.HTMLParser):
    """The first form of a page: where it goes, and its fields."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields, self.inside = None, {}, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form" and self.action is None:
            self.action, self.inside = attributes.get("action", ""), True
        elif tag in ("input", "button") and self.inside and attributes.get("name"):
            self.fields[attributes["name"]] = attributes.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False


class Stay(urllib.request.HTTPRedirectHandler):
    """Leaves it to the caller to follow."""

    def redirect_request(self, *_):
        return None


class Browser:
    """A browser with cookies, and a person who fills in what forms ask for."""

    def __init__(self):
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(Stay(), cookies, urllib.request.ProxyHandler({}))

    def get(self, url, form=None):
        """Returns (address it leads to or None, page)."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(urllib.request.Request(url, data), timeout=LIMIT) as answer:
                return None, answer.read().decode()
        except urllib.error.HTTPError as answer:
            page = answer.read().decode()
            if answer.code in (302, 303):
                return urllib.parse.urljoin(url, answer.headers["Location"]), page
            raise AssertionError(f"{url}: {answer.code}\n{page}") from answer

    def visit(self, url, declines=False):
        """Follows addresses and fills in forms until the browser is sent back to the program, or nothing is left to
        do; returns (address to go back to or None, the last page)."""
        form, declined = None, False
        for _ in range(40):
            back = urllib.parse.urlsplit(url)
            if back.hostname == "localhost" and back.query:
                return url, ""
            where, page = self.get(url, form)
            form = None
            if where is not None:
                url = where
                continue
            asked = Forms(page)
            if asked.action is None or declined:
                return None, page
            if declines and "/interaction/" in url:
                declined, url = True, url.rstrip("/") + "/abort"
                continue
            form = {**asked.fields, **({"login": "maria", "password": "x"} if "login" in asked.fields else {})}
            url = urllib.parse.urljoin(url, asked.action)
        raise AssertionError(f"no end of addresses: {url}\n{page}")


def deliver(url):
    """Brings the answer to the program, as the browser's last step; returns the page."""
    return Browser().get(url)[1]


def changed(url, **parameters):
    """The address with other parameters."""
    parts = urllib.parse.urlsplit(url)
    query = {**dict(urllib.parse.parse_qsl(parts.query)), **parameters}
    return parts._replace(query=urllib.parse.urlencode(query)).geturl()


def parameter(url, name):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))[name]


def is_closed(url):
    """Whether nobody listens at an address any more."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=2)
    try:
        connection.request("GET", "/")
        return False
    except OSError:
        return True
    finally:
        connection.close()
