"""Every request that every shipped wizard sends, forwards and backwards, held against an OpenAPI of Microsoft Graph.

The program works on its practice tenant through `@stoplight/prism-cli` as a validating proxy: a request that the OpenAPI
does not allow is stopped, an answer of the practice tenant that it does not allow as well. The OpenAPI is the project's
own table, `endpoints.json`, and also the file that FIXFORME_GRAPH_OPENAPI names, where it is set: an OpenAPI made from
Graph's own metadata, whose paths have no version.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections import Counter

from front import Front, Request
from program import Sandbox, Tenant, cases, free_ports, toml

HERE = pathlib.Path(__file__).resolve().parent
PRISM = pathlib.Path(os.environ["FIXFORME_INTEROP_DIR"]) / "node_modules/@stoplight/prism-cli/dist/index.js"
METHODS = ("get", "post", "patch", "put", "delete")

# Requests that Graph would refuse. Each must be stopped, or nothing here proves anything.
WRONG = [
    ("PATCH", "/v1.0/policies/authorizationPolicy", {"allowedToUseSSPR": "yes"}),
    ("PATCH", "/v1.0/policies/authorizationPolicy", {"allowedToUseSspr2": True}),
    ("PATCH", "/v1.0/users/ann", {"otherMails": "ann@example.net"}),
    ("PATCH", "/v1.0/users/ann", {"alternateEmailAddresses": ["ann@example.net"]}),
    ("POST", "/v1.0/users/ann/authentication/phoneMethods", {"phoneNumber": "+1 4255550100", "phoneType": "cell"}),
    ("POST", "/v1.0/applications", {"displayName": "x", "publicClient": {"redirectUris": "http://localhost"}}),
    ("POST", "/v1.0/applications", {"displayName": "x", "requiredResourceAccess": [{"resourceAppID": "x"}]}),
    ("DELETE", "/v1.0/policies/authorizationPolicy", None),
    ("GET", "/v1.0/policies/nothing", None),
    ("GET", "/v1.0/users/ann?$select=nosuch", None),
]


class Contract:
    """An OpenAPI: its operations, and which options each knows."""

    def __init__(self, name, document):
        self.name, self.document = name, document
        self.operations = {}
        for path, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    parameters = [self.resolve(one) for one in item.get("parameters", []) + item[method].get("parameters", [])]
                    options = {one["name"] for one in parameters if one["in"] == "query"}
                    self.operations[method.upper(), path] = options

    def resolve(self, part):
        while "$ref" in part:
            found = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def find(self, request):
        """Returns the operation of a request; the one with the fewest placeholders where several fit."""
        fitting = []
        for method, path in self.operations:
            pattern = re.sub(r"\\\{[^/]*\\\}", "[^/]+", re.escape(path))
            if method == request.method and re.fullmatch(pattern, request.path):
                fitting.append((path.count("{"), (method, path)))
        return min(fitting)[1] if fitting else None

    def unknown_options(self, request, operation):
        """Returns the query options that an operation does not know: Prism lets them pass."""
        names = urllib.parse.parse_qs(request.target.partition("?")[2], keep_blank_values=True)
        return sorted(set(names) - self.operations[operation] - {"$skiptoken"})


class Prism:
    """The validating proxy."""

    def __init__(self, folder, document, port, upstream):
        file = folder / "openapi.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        self.log = folder / "prism.log"
        arguments = ["node", str(PRISM), "proxy", str(file), f"http://127.0.0.1:{upstream}", "--errors"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([*arguments, "-h", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while "listening" not in self.log.read_text(encoding="utf-8"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"Prism does not start:\n{self.log.read_text(encoding='utf-8')}")
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


class Judge:
    """Hands requests to Prism, and keeps what it said."""

    def __init__(self, contract, elsewhere, tenant):
        # `elsewhere` are operations that this OpenAPI lacks and another one judges.
        self.contract, self.elsewhere, self.tenant = contract, elsewhere, tenant
        self.used, self.left, self.violations = Counter(), Counter(), []

    def handle(self, request, send):
        if request.path == "/v1.0/$batch":
            # Prism judges the batch as a whole; what is inside is sent once more by itself. It only reads.
            for inner in json.loads(request.body)["requests"]:
                headers = {"Authorization": request.header("Authorization"), **inner.get("headers", {})}
                inner = Request(inner["method"], f"/v1.0{inner['url']}", headers)
                if inner.method == "GET":
                    self.through(inner, send)
                else:
                    self.violations.append(f"{inner}\n    a write in a batch")
        return self.through(request, send)

    def through(self, request, send):
        operation = self.contract.find(request)
        if operation is None and (known := self.elsewhere.find(request) if self.elsewhere else None):
            self.left[known] += 1
            return send(request, self.tenant)
        answer = status, headers, body = send(request)
        kind = dict((name.lower(), value) for name, value in headers).get("content-type", "")
        if operation is None or kind.startswith("application/problem") or status == 502:
            self.violations.append(f"{request}\n    {body.decode(errors='replace')[:2000]}")
        elif unknown := self.contract.unknown_options(request, operation):
            self.violations.append(f"{request}\n    options that the operation does not know: {unknown}")
        else:
            self.used[operation] += 1
        return answer


def rehearse(judge, front, port, wizard, folder):
    """Runs a case and rolls it back; returns what went otherwise than it should."""
    expected, seed = toml(folder / "expect.toml"), toml(folder / "tenant.toml")
    today = datetime.datetime.now(datetime.timezone.utc)
    # Here the clock is this machine's: how a case of another time ends is not judged, its requests are.
    is_today = "now" not in seed or abs(datetime.datetime.fromisoformat(seed["now"]) - today).days < 60
    with Sandbox() as sandbox, Tenant(sandbox, folder, port, lag="0s") as tenant:
        target = ["--yes", "--tenant", tenant.id, "--graph-root", front.root, "--cloud", seed.get("cloud", "public")]
        answers = folder / "answers.toml"
        given = ["--answers", str(answers)] if answers.exists() else []
        runs = [(["client-id", tenant.id, app], 0) for app in seed.get("me", {}).get("client_ids", [])]
        runs.append((["run", wizard, *given, *target], expected["exit"]))
        if expected["changes"]:
            # What was there before may be less than what the run has made of it: then a rollback is to be approved as well.
            steps = sorted({change.partition("[")[0] for change in expected["changes"]})
            approve = [part for step in steps for part in ("--approve", step)]
            runs.append((["rollback", *approve, *target], 0))
        for command, wanted in runs:
            code, output, errors = sandbox.run(*command, token=tenant.token)
            if code != wanted and is_today:
                yield f"{wizard}, case {folder.name}: `{command[0]}` ended with {code}, not {wanted}\n{output}\n{errors}"


def bites(contract, front, judge, token):
    """Sends what Graph would refuse; returns what went through."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for method, target, body in WRONG:
        request = Request(method, target, headers, json.dumps(body).encode() if body is not None else b"")
        status, kinds, answer = front.send(request)
        stopped = any(value.startswith("application/problem") for _, value in kinds) and status in (404, 405, 422)
        if not stopped:
            yield f"{request}\n    went through, with {status}: {answer.decode(errors='replace')[:500]}"
    if "endpoints.json" in contract.name:
        request = Request("GET", "/v1.0/organization?$selct=id", headers)
        if contract.unknown_options(request, contract.find(request)) != ["$selct"]:
            yield "a misspelt query option is not noticed"


def prove(contract, elsewhere=None):
    """Runs every case of every shipped wizard against one OpenAPI; returns the number of requests."""
    print(f"-- {contract.name}: {len(contract.operations)} operations")
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        proxy, port = free_ports(2)
        with Prism(pathlib.Path(folder), contract.document, proxy, port):
            judge = Judge(contract, elsewhere, port)
            with Front(proxy, judge.handle, port) as front:
                for number, (wizard, _, case) in enumerate(cases()):
                    if number == 0:
                        with Sandbox() as sandbox, Tenant(sandbox, case, port) as tenant:
                            faults += bites(contract, front, judge, tenant.token)
                    faults += rehearse(judge, front, port, wizard, case)
    faults += list(dict.fromkeys(judge.violations))
    if elsewhere is None:
        faults += [f"no case sends {' '.join(one)}: remove it from the table" for one in sorted(set(contract.operations) - set(judge.used))]
    for (method, path), count in sorted(judge.left.items()):
        print(f"   not in this OpenAPI, judged by the project's own table alone: {method} {path} ({count})")
    print(f"   {sum(judge.used.values())} requests to {len(judge.used)} operations, {len(WRONG)} wrong requests, {len(faults)} faults")
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return not faults


def main():
    own = Contract("endpoints.json, the project's own table", json.loads((HERE / "endpoints.json").read_text(encoding="utf-8")))
    good = prove(own)
    if (file := os.environ.get("FIXFORME_GRAPH_OPENAPI")):
        document = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        document["paths"] = {f"/v1.0{path}": item for path, item in document["paths"].items()}
        document["servers"] = [{"url": "/"}]
        good &= prove(Contract("an OpenAPI made from Graph's own metadata", document), own)
    sys.exit(not good)


if __name__ == "__main__":
    main()
