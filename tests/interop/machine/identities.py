"""The program as the machine's identity, where Azure's own services answer: started by `run` in a network of its own."""

import contextlib
import http.server
import json
import pathlib
import sys
import threading

from program import Sandbox, Tenant, hold

KEYS = pathlib.Path("/var/opt/azcmagent/tokens")


@contextlib.contextmanager
def serving(address, answer):
    """A service that answers (path, headers) with (status, headers, body); yields the list of what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            status, headers, body = answer(self.path, self.headers)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(address, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()


class Machine:
    """The program on a practice tenant, signed in as the machine."""

    def __init__(self, sandbox, tenant):
        self.sandbox, self.tenant, self.token = sandbox, tenant, tenant.token

    def check(self, *more, **variables):
        # A proxy must not be asked for what only this machine can answer.
        proxy = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
        target = ["--tenant", self.tenant.id, "--graph-root", self.tenant.root]
        sign_in = ["--yes", "--set", "goal=enable", "--sign-in", "managed-identity"]
        code, output, errors = self.sandbox.run("check", "sspr-admins", *sign_in, *target, *more, **proxy, **variables)
        return code, output + errors


def expect(ended, code, *words):
    said = " ".join(ended[1].split())
    assert ended[0] == code, f"exit {ended[0]}, not {code}:\n{ended[1]}"
    for word in words:
        assert word in said, f"`{word}` was not said:\n{ended[1]}"


def body(value):
    return json.dumps(value).encode()


def a_virtual_machine_asks_its_host(machine):
    def answer(_, headers):
        if headers.get("Metadata") != "true":
            return 400, {}, body({"error": "invalid_request", "error_description": "Required metadata header not specified"})
        return 200, {}, body({"access_token": machine.token, "expires_in": "3599", "token_type": "Bearer"})

    with serving(("169.254.169.254", 80), answer) as asked:
        expect(machine.check(), 3, "Signed in as", "Nothing was changed.")
        path, headers = asked[1]
        assert path == "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com"
        assert "authorization" not in headers, headers


def a_machine_elsewhere_is_told_so_at_once(machine):
    expect(machine.check(), 5, "this machine has no managed identity: nobody answers at 169.254.169.254")


def an_arc_agent_is_answered_by_its_key(machine):
    KEYS.mkdir(parents=True, exist_ok=True)
    key = KEYS / "0a1b2c3d-0000-4000-8000-000000000000.key"
    key.write_text("the-key-of-a-test", encoding="utf-8")
    client = "6f1b3c52-0d5e-4a3b-9f6e-1c2d3e4f5a6b"
    knows_several = []

    def answer(path, headers):
        if headers.get("Metadata") != "true":
            return 400, {}, b""
        if headers.get("Authorization") != "Basic the-key-of-a-test":
            return 401, {"WWW-Authenticate": f"Basic realm={key}"}, b""
        granted = {"access_token": machine.token, "expires_in": "3599"}
        if knows_several and "client_id" in path:
            granted["client_id"] = client
        return 200, {}, body(granted)

    with serving(("127.0.0.1", 40342), answer) as asked:
        agent = {
            "IDENTITY_ENDPOINT": "http://localhost:40342/metadata/identity/oauth2/token",
            "IMDS_ENDPOINT": "http://localhost:40342",
        }
        expect(machine.check(**agent), 3, "Signed in as")
        assert [one[1].get("authorization") for one in asked] == [None, "Basic the-key-of-a-test"], asked
        assert "api-version=2020-06-01" in asked[0][0], asked
        # An agent that knows one identity alone gives that, whatever is asked for.
        expect(machine.check("--client-id", client, **agent), 5, "gave a token for another identity")
        knows_several.append(True)
        expect(machine.check("--client-id", client, **agent), 3)
        # A link, or a file that is too long, is not a key.
        key.unlink()
        key.symlink_to("/etc/passwd")
        before = len(asked)
        expect(machine.check(**agent), 5, "it is not a plain file")
        key.unlink()
        key.write_text("x" * 4097, encoding="utf-8")
        expect(machine.check(**agent), 5, "it is longer than 4096 bytes")
        assert all("authorization" not in one[1] for one in asked[before:]), asked[before:]


PROOFS = [a_virtual_machine_asks_its_host, a_machine_elsewhere_is_told_so_at_once, an_arc_agent_is_answered_by_its_key]


def main():
    with Sandbox() as sandbox, Tenant(sandbox) as tenant:
        return hold(PROOFS, lambda proof: proof(Machine(sandbox, tenant)))


if __name__ == "__main__":
    sys.exit(main())
