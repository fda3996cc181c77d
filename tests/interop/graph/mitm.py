"""An addon for mitmdump that plays faults between the program and the practice tenant, and writes down what passes.

FIXFORME_FAULTS names a folder. In it `PORT.json` says what happens on the listening port PORT:

    {"upstream": PORT OF THE TENANT, "name": HOST THAT THE CLIENT BELIEVES IN, or null, "gzip": BOOL, "rules": [RULE, …]}
    RULE = {"on": REGULAR EXPRESSION FOR "METHOD PATH", "do": WHAT, "times": N, "after": N, …}

A rule holds for the requests that it matches, from the one after the first `after` (0) on, `times` (1) times. It is read
when the first connection is made. `PORT.ndjson` gets one line for each request, and one for each that reached the tenant.
"""

import asyncio
import json
import os
import pathlib
import re
import time

from mitmproxy import http

FOLDER = pathlib.Path(os.environ["FIXFORME_FAULTS"])
HTML = b"<!DOCTYPE html><html><body>Please sign in to this network.</body></html>"
# Longer than any client waits for one answer.
FOR_EVER = 600


class Faults:
    def __init__(self):
        self.plans, self.counts = {}, {}

    def plan(self, flow):
        port = flow.client_conn.sockname[1]
        if port not in self.plans:
            self.plans[port] = json.loads((FOLDER / f"{port}.json").read_text(encoding="utf-8"))
        return port, self.plans[port]

    def rule(self, port, plan, flow):
        line = f"{flow.request.method} {flow.request.path}"
        found = None
        for number, rule in enumerate(plan["rules"]):
            if re.search(rule["on"], line):
                count = self.counts[port, number] = self.counts.get((port, number), 0) + 1
                after = rule.get("after", 0)
                if after < count <= after + rule.get("times", 1):
                    found = found or rule
        return found or {"do": "pass"}

    def write(self, port, line):
        with (FOLDER / f"{port}.ndjson").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    async def request(self, flow):
        port, plan = self.plan(flow)
        rule = self.rule(port, plan, flow)
        flow.metadata["rule"] = rule
        request = flow.request
        line = {
            "what": "request", "at": time.time(), "do": rule["do"], "connection": flow.client_conn.id,
            "method": request.method, "path": request.path, "host": request.pretty_host,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": request.get_text(strict=False),
        }
        request.scheme, request.host, request.port = "http", "127.0.0.1", plan["upstream"]
        if plan["name"]:
            request.headers["host"] = f"127.0.0.1:{plan['upstream']}"
        else:
            request.headers["host"] = line["headers"]["host"]
        if rule["do"] == "stall":
            self.write(port, line | {"answered_at": None, "retry_after": None, "status": None})
            await asyncio.sleep(FOR_EVER)
        await getattr(self, "before_" + rule["do"], self.nothing)(flow, rule)
        status = flow.response.status_code if flow.response else None
        self.write(port, line | {"answered_at": time.time(), "retry_after": rule.get("retry_after"), "status": status})

    async def nothing(self, flow, rule):
        pass

    # The request does not reach the tenant.

    async def before_answer(self, flow, rule):
        body = {"error": {"code": rule.get("code", "Fault"), "message": "A fault of the proof."}}
        headers = {"content-type": "application/json", "request-id": "request-of-the-proof", **rule.get("headers", {})}
        flow.response = http.Response.make(rule["status"], json.dumps(body), headers)

    async def before_html(self, flow, rule):
        flow.response = http.Response.make(200, HTML, {"content-type": "text/html; charset=utf-8"})

    async def before_cut(self, flow, rule):
        flow.kill()

    # The request was carried out by the tenant.

    async def responseheaders(self, flow):
        rule = flow.metadata["rule"]
        if rule["do"] == "half-then-stall":
            # The rest of the body is kept back while the connection stays open.
            flow.response.stream = lambda data: data[:20]
        elif rule["do"] == "half-then-cut":
            flow.response.stream = lambda data: (data and flow.kill(), data[:20])[1]

    async def response(self, flow):
        port, plan = self.plan(flow)
        rule = flow.metadata["rule"]
        if flow.server_conn.timestamp_start is None or rule["do"].startswith(("answer", "html")) and rule["do"] != "html-after":
            return
        self.write(port, {"what": "carried out", "method": flow.request.method, "path": flow.request.path,
                          "status": flow.response.status_code, "body": flow.request.get_text(strict=False)})
        if rule["do"] == "lose":
            flow.kill()
        elif rule["do"] == "stall-after":
            await asyncio.sleep(FOR_EVER)
            flow.kill()
        elif rule["do"] == "html-after":
            flow.response = http.Response.make(200, HTML, {"content-type": "text/html; charset=utf-8"})
        elif flow.response.content:
            if plan["name"]:
                flow.response.content = flow.response.content.replace(f"http://127.0.0.1:{plan['upstream']}".encode(), f"https://{plan['name']}".encode())
            if plan["gzip"] and "gzip" in flow.request.headers.get("accept-encoding", ""):
                flow.response.encode("gzip")


addons = [Faults()]
