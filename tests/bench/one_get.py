#!/usr/bin/env python3
"""One answer of Microsoft Graph from the start of a process: the program side by side with `curl` and with `az rest`.

    tests/bench/one_get.py [--install-az] [PROGRAM]

All ask the same server on this machine, in turns, once by plain http and once by TLS with the system's certificates and one
more. `curl` and `az` send one GET; the program sends two, because it never reads before it knows whose tenant it is. Prints
the median CPU (user and system, of the process and its children) of one run, and the ratios with their bounds; ends with 1
where a bound is not kept. Without PROGRAM it takes the one that ships (profile `dist`), which it builds.

`az` is measured where it is installed; --install-az installs it (`azure-cli`, about a gigabyte) into target/bench.
"""

import argparse
import base64
import http.server
import json
import os
import pathlib
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
TENANT = "8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1"
ROUNDS, FEW_ROUNDS = 60, 5
POLICY = {"id": "authorizationPolicy", "allowedToUseSSPR": True, "allowInvitesFrom": "everyone"}
ORGANIZATION = {"id": TENANT, "displayName": "Contoso", "verifiedDomains": [{"name": "contoso.example", "isDefault": True}]}
ANSWERS = {"/v1.0/organization": {"value": [ORGANIZATION]}, "/v1.0/policies/authorizationPolicy": POLICY}
WIZARD = """format = 1
id = "one-get"
version = "1.0.0"
title = "One GET"
summary = "Reads one object."
[[steps]]
id = "policy"
file = "policy.toml"
"""
STEP = """kind = "assert"
title = "The switch"
why = "For numbers."
severity = "low"
ok_when = "reads.policy.body.allowedToUseSSPR"
[scopes]
check = ["Policy.Read.All"]
[[read]]
id = "policy"
get = "/v1.0/policies/authorizationPolicy"
fields = ["allowedToUseSSPR"]
"""


class Graph(http.server.BaseHTTPRequestHandler):
    """Answers with a canned object, in a thread of this process: what it costs is nobody's."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self):
        Graph.asked += 1
        body = json.dumps(ANSWERS[self.path.partition("?")[0]]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def served(context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Graph)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def certificate(folder):
    """Makes an authority and a certificate for `localhost`; returns the server's side, and the file of all authorities."""
    openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    ca = ["-subj", "/CN=TEST", "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem"]
    subprocess.run([*openssl, *ca], check=True, capture_output=True)
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"]
    signed = ["-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run([*openssl, *names, *signed], check=True, capture_output=True)
    system = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
    bundle = folder / "bundle.pem"
    bundle.write_text(system.read_text(encoding="utf-8") + (folder / "ca.pem").read_text(encoding="utf-8"), encoding="utf-8")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, bundle


def token():
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    person = {"oid": "6f1b3c52-0d5e-4a3b-9f6e-1c2d3e4f5a6b", "upn": "maria@contoso.example"}
    claims = {"tid": TENANT, "scp": "Policy.Read.All User.Read", "wids": [], "exp": int(time.time()) + 3600, **person}
    return f"{part({'alg': 'none'})}.{part(claims)}."


def cpu(command, environment, requests):
    """Runs a command to its good end; returns its CPU seconds."""
    before = Graph.asked
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        # One that failed early would be cheap.
        if process.returncode != 0 or Graph.asked - before != requests:
            sys.exit(f"{command[0]} ended with {process.returncode} after {Graph.asked - before} requests:\n{said.read().decode()}")
    return usage.ru_utime + usage.ru_stime


def find_az(install):
    venv = PROJECT / "target/bench/az"
    if install and not (venv / "bin/az").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "azure-cli==2.91.0"], check=True)
    return str(venv / "bin/az") if (venv / "bin/az").exists() else shutil.which("az")


def measure(kind, root, program, az, folder, bundle):
    """Prints the medians at one root; returns whether the bounds are kept."""
    home = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    one = f"{root}/v1.0/organization"
    bearer = token()
    environment = {**home, "FIXFORME_STATE_DIR": f"{folder}/state", "FIXFORME_ACCESS_TOKEN": bearer, "SSL_CERT_FILE": str(bundle)}
    own = [program, "check", f"{folder}/one-get", "--yes", "--tenant", TENANT, "--graph-root", root, "--allow-host", "localhost"]
    curl = ["curl", "--silent", "--show-error", "--fail", "--cacert", str(bundle), "-H", f"Authorization: Bearer {bearer}", one]
    spent = {"fixforme": [], "curl": []}
    for _ in range(ROUNDS):
        spent["fixforme"].append(cpu(own, environment, 2))
        spent["curl"].append(cpu(curl, home, 1))
    if az:
        quiet = {"AZURE_CONFIG_DIR": f"{folder}/azure", "AZURE_CORE_COLLECT_TELEMETRY": "no", "REQUESTS_CA_BUNDLE": str(bundle)}
        header = ["--skip-authorization-header", "--headers", f"Authorization=Bearer {bearer}"]
        rest = [az, "rest", "--method", "get", "--url", one, *header]
        cpu(rest, {**home, **quiet}, 1)
        spent["az rest"] = [cpu(rest, {**home, **quiet}, 1) for _ in range(FEW_ROUNDS)]
    middle = {name: statistics.median(times) for name, times in spent.items()}
    print(f"{kind}: " + ", ".join(f"{name} {seconds * 1000:.1f} ms CPU" for name, seconds in middle.items()))
    bounds = {"curl": 2.0, "az rest": 0.1}
    kept = True
    for name, bound in bounds.items():
        if name in middle:
            ratio = middle["fixforme"] / middle[name]
            kept &= ratio <= bound
            print(f"  fixforme / {name}: {ratio:.3g}   (bound: {bound:g}{'' if ratio <= bound else ', NOT kept'})")
        else:
            print(f"  {name} is not installed and was not measured: --install-az")
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--install-az", action="store_true", help="installs `az` into target/bench first")
    parser.add_argument("program", nargs="?", help="an executable other than the one that ships")
    arguments = parser.parse_args()
    program = arguments.program
    if not program:
        subprocess.run(["cargo", "build", "--profile", "dist", "--locked"], cwd=PROJECT, check=True)
        program = str(pathlib.Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "dist/fixforme")
    az = find_az(arguments.install_az)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "one-get").mkdir()
        (folder / "one-get/wizard.toml").write_text(WIZARD, encoding="utf-8")
        (folder / "one-get/policy.toml").write_text(STEP, encoding="utf-8")
        context, bundle = certificate(folder)
        places = {"http": f"http://127.0.0.1:{served()}", "https": f"https://localhost:{served(context)}"}
        kept = [measure(kind, root, str(pathlib.Path(program).resolve()), az, folder, bundle) for kind, root in places.items()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
