"""Faults of the network and of the service, played by mitmproxy between a whole run of the program and its tenant.

Each scene runs a shipped wizard against the practice tenant, which is another process, and is judged by the exit code, by
what was said, by the journal, by the tenant's state, and by what mitmproxy saw: no write is sent twice with other
values, no POST twice unless the service said that it had refused it, and nothing sooner than the service asked for.
"""

import concurrent.futures
import dataclasses
import email.utils
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from program import PROJECT, Sandbox, Tenant, free_ports

HERE = pathlib.Path(__file__).resolve().parent
MITMDUMP = pathlib.Path(sys.executable).with_name("mitmdump")
# A name that no resolver knows, so that whoever leaves out the proxy reaches nobody.
NAME = "graph.practice.test"

POLICY = "PATCH /v1.0/policies/authorizationPolicy"
EMAIL = r"POST /v1.0/users/[^/]+/authentication/emailMethods"
ORGANIZATION = "GET /v1.0/organization"
CREATE = "POST /v1.0/applications"
BATCH = r"POST /v1.0/\$batch"

# What the journal says of the changes of an undisturbed run.
SSPR = {
    "policy": "applied",
    "contacts[ann@contoso.example]/email_method": "applied",
    "contacts[ann@contoso.example]/phone_method": "applied",
    "contacts[bob@contoso.example]/email_method": "applied",
}
MADE = "4 changes were made and verified."
REGISTERED = "2 changes were made and verified."
NOTHING = "Nothing was changed."


@dataclasses.dataclass
class Scene:
    """One run with its faults, and how it must end."""

    name: str
    rules: list
    code: int = 0
    says: tuple = ()
    # What the journal must say of the changes whose result is not that of an undisturbed run.
    results: dict = dataclasses.field(default_factory=dict)
    state: str = "after"
    wizard: str = "sspr-admins"
    # Further commands, without faults: (arguments, exit code, state of the tenant).
    then: tuple = ()
    # How long the tenant shows what was before.
    lag: str = "0s"
    # Verify windows are cut to two seconds, in a copy of the wizard.
    short: bool = False
    # How often the tenant must have carried out a write: {"METHOD /path": times}.
    carried_out: dict = dataclasses.field(default_factory=dict)
    environment: dict = dataclasses.field(default_factory=dict)
    # The tenant is reached by a name through a proxy that inspects TLS, as in a company.
    by_name: bool = False
    # It mostly waits.
    slow: bool = False


def busy(on, seconds, times=1, **more):
    return {"on": on, "do": "answer", "status": 429, "code": "TooManyRequests", "times": times,
            "headers": {"retry-after": str(seconds)}, "retry_after": seconds, **more}


def fault(on, do, times=1, **more):
    return {"on": on, "do": do, "times": times, **more}


def http_date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def scenes():
    yield Scene("undisturbed, compressed, past a proxy that is not for this machine", [],
                environment={name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY")})
    yield Scene("undisturbed registration", [], wizard="app-registration", code=3)

    # 429 and 503.
    yield Scene("busy, with seconds", [busy(BATCH, 2), busy(POLICY, 1, 3)],
                says=("Microsoft asked us to wait 2 s (busy)", "Microsoft asked us to wait 1 s (busy), third time"),
                carried_out={POLICY: 1})
    yield Scene("busy, with a date", [busy(EMAIL, 2, headers={"retry-after": http_date(902), "date": http_date(900)})],
                says=("Microsoft asked us to wait 2 s (busy)",))
    yield Scene("busy, without a word on when", [fault(POLICY, "answer", 2, status=429), fault(ORGANIZATION, "answer", status=429)],
                says=("trying again in", "(busy), second time"), carried_out={POLICY: 1})
    yield Scene("busy for an hour while reading", [busy(ORGANIZATION, 3600)], code=10, state="before",
                says=("Microsoft asked us to wait 60 min (busy), which is longer than one operation may take",
                      "(request-id request-of-the-proof)", NOTHING))
    yield Scene("busy for an hour while writing", [busy(POLICY, 3600)], code=10, state="before",
                results={"policy": "not_sent"}, says=("Microsoft asked us to wait 60 min (busy)", NOTHING))
    yield Scene("busy for a registration", [busy(CREATE, 2, 2)], wizard="app-registration", code=3,
                says=("Microsoft asked us to wait 2 s (busy), second time",), carried_out={CREATE: 1})
    yield Scene("unavailable, with seconds",
                [busy(POLICY, 1, status=503, code="ServiceUnavailable"), busy(ORGANIZATION, 1, status=503, code="x")],
                says=("Microsoft asked us to wait 1 s (the service failed with status 503)",), carried_out={POLICY: 1})
    yield Scene("a gateway fails", [fault(POLICY, "answer", 2, status=504), fault(BATCH, "answer", status=502)],
                says=("the service failed with status 504",), carried_out={POLICY: 1})
    # What is known by its tag, and was not made by then, is sent once more.
    yield Scene("unavailable for a registration", [busy(CREATE, 3, status=503)], wizard="app-registration", code=3, short=True,
                says=(REGISTERED,), carried_out={CREATE: 1}, then=(("rollback", 0, "before"),))

    # Cuts.
    yield Scene("cut before anything is done", [fault(ORGANIZATION, "cut"), fault(BATCH, "cut"), fault(POLICY, "cut", 2)],
                says=("no whole answer came",), carried_out={POLICY: 1})
    yield Scene("cut in the middle of an answer", [fault(ORGANIZATION, "half-then-cut"), fault(BATCH, "half-then-cut")],
                says=("no whole answer came",))
    yield Scene("a registration is cut off before it arrives", [fault(CREATE, "cut")], wizard="app-registration", code=3, short=True,
                says=(REGISTERED,), carried_out={CREATE: 1}, then=(("rollback", 0, "before"),))

    # Lost replies of what was done.
    yield Scene("the reply to every write is lost", [fault(r"PATCH|POST /v1.0/users/", "lose", 4)], results=dict.fromkeys(SSPR, "landed"),
                carried_out={POLICY: 1}, says=("It had been made all the same: reading shows it now.", MADE),
                then=(("rollback", 0, "before"),))
    # Reading does not show yet what was done, so the same is sent once more.
    yield Scene("the reply to a write is lost and the write shows late", [fault(POLICY, "lose")], lag="8s",
                carried_out={POLICY: 2}, says=(MADE,))
    yield Scene("the reply to a registration is lost", [fault(CREATE, "lose"), fault("POST /v1.0/servicePrincipals", "lose")],
                wizard="app-registration", code=3, results={"registration/new": "landed", "principal": "landed"}, says=(REGISTERED,),
                carried_out={CREATE: 1, "POST /v1.0/servicePrincipals": 1}, then=(("rollback", 0, "before"),))

    # Somebody in between answers.
    yield Scene("a page of HTML while reading", [fault(ORGANIZATION, "html")])
    yield Scene("a page of HTML for a batch", [fault(BATCH, "html")])
    yield Scene("a page of HTML in place of a write", [fault(POLICY, "html")], short=True, carried_out={POLICY: 1}, says=(MADE,),
                then=(("rollback", 0, "before"),))
    yield Scene("a page of HTML in place of a write's answer", [fault(POLICY, "html-after"), fault(EMAIL, "html-after")],
                results={"policy": "landed", "contacts[ann@contoso.example]/email_method": "landed"}, carried_out={POLICY: 1}, says=(MADE,))
    yield Scene("a page of HTML in place of a registration's answer", [fault(CREATE, "html-after")], wizard="app-registration",
                code=3, results={"registration/new": "landed"}, carried_out={CREATE: 1}, then=(("rollback", 0, "before"),))
    yield Scene("a redirect while reading", [fault(ORGANIZATION, "answer", status=307, headers={"location": "http://{elsewhere}/v1.0/organization"})],
                code=10, state="before", says=("the answer is a redirect (307)", NOTHING))
    yield Scene("a redirect of a write", [fault(POLICY, "answer", status=308, headers={"location": "http://{elsewhere}/v1.0/policies/authorizationPolicy"})],
                short=True, carried_out={POLICY: 1}, says=(MADE,), then=(("rollback", 0, "before"),))
    yield Scene("the sign-in is not accepted once", [fault(EMAIL, "answer", status=401, code="InvalidAuthenticationToken")])
    yield Scene("the sign-in is not accepted any more", [fault(POLICY, "answer", 99, status=401, code="InvalidAuthenticationToken")],
                code=6, state="before", results={"policy": "not_sent"}, says=("sign in again", NOTHING))

    # Stalls: the program waits as long as it always does.
    yield Scene("the reply to a write never comes", [fault(POLICY, "stall-after")], carried_out={POLICY: 1},
                results={"policy": "landed"}, says=("no answer came in time", MADE), slow=True)
    yield Scene("the reply to a registration never comes", [fault(CREATE, "stall-after")], wizard="app-registration", code=3,
                results={"registration/new": "landed"}, carried_out={CREATE: 1}, then=(("rollback", 0, "before"),), slow=True)
    yield Scene("a write never arrives", [fault(POLICY, "stall")], says=("no answer came in time",), carried_out={POLICY: 1}, slow=True)
    yield Scene("an answer never ends", [fault(ORGANIZATION, "half-then-stall")], says=("no whole answer came",), slow=True)

    # A company: an explicit proxy that inspects TLS.
    yield Scene("through a company's proxy that inspects TLS", [busy(POLICY, 1)], by_name=True,
                environment={"HTTPS_PROXY": "http://{proxy}", "SSL_CERT_FILE": "{authority}"})
    yield Scene("a proxy whose authority is not trusted", [], by_name=True, code=10, state="before",
                says=("certificate", NOTHING), environment={"HTTPS_PROXY": "http://{proxy}"})


class Mitm:
    """One mitmdump with a listening port for each scene."""

    def __init__(self, folder, ports, log):
        # The addon puts the tenant's port in place of this one.
        modes = []
        for port, is_explicit in ports.items():
            modes += ["--mode", f"{'regular' if is_explicit else 'reverse:http://127.0.0.1:9'}@127.0.0.1:{port}"]
        options = {"confdir": folder, "keep_host_header": "true", "connection_strategy": "lazy", "upstream_cert": "false"}
        for name, value in options.items():
            modes += ["--set", f"{name}={value}"]
        self.process = subprocess.Popen(
            [MITMDUMP, "-q", "-s", HERE / "mitm.py", *modes], env=os.environ | {"FIXFORME_FAULTS": str(folder)}, stdout=log, stderr=log
        )
        deadline = time.monotonic() + 60
        for port in ports:
            while not listens(port):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("mitmdump does not start")
                time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)


def listens(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.connect()
        return True
    except OSError:
        return False
    finally:
        connection.close()


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def is_write(line):
    return line["method"] != "GET" and not line["path"].endswith("/$batch")


def state(tenant, wizard):
    """Reads what the wizard may change, straight from the tenant; ids of objects that were made are left out."""

    def read(path, select=None):
        items = []
        link = f"{path}?$select={select}" if select else path
        while link:
            connection = http.client.HTTPConnection("127.0.0.1", tenant.port, timeout=30)
            connection.request("GET", link.replace(" ", "%20"), headers={"Authorization": f"Bearer {tenant.token}"})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            connection.close()
            if answer.status != 200:
                raise AssertionError(f"{link}: {answer.status} {body}")
            items += body.get("value", [body])
            link = body.get("@odata.nextLink", "").removeprefix(tenant.root)
        plain = [{name: value for name, value in item.items() if name != "createdDateTime" and not name.startswith("@") and value} for item in items]
        return sorted(plain, key=json.dumps)

    if wizard == "sspr-admins":
        users = read("/v1.0/users", "id,userPrincipalName,otherMails,mobilePhone")
        methods = [read(f"/v1.0/users/{user['id']}/authentication/methods") for user in users]
        return read("/v1.0/policies/authorizationPolicy", "allowedToUseSSPR"), users, methods
    application = "displayName,signInAudience,isFallbackPublicClient,publicClient,requiredResourceAccess"
    return read("/v1.0/applications", application), read("/v1.0/servicePrincipals", "displayName")


def judge_requests(seen):
    """Judges what one command sent by rules that hold in every scene."""
    requests = [line for line in seen if line["what"] == "request"]
    ids = [line["headers"].get("client-request-id") for line in requests]
    if None in ids or len(set(ids)) < len(ids):
        yield "a try without a client-request-id of its own"
    for line in requests:
        if not line["headers"].get("user-agent", "").startswith("fixforme/") or "sdkversion" in line["headers"]:
            yield f"unexpected headers: {line['headers']}"
    for earlier, later in zip(requests, requests[1:]):
        early = earlier["retry_after"] and earlier["retry_after"] - (later["at"] - earlier["answered_at"])
        if early and early > 0:
            yield f"{later['method']} {later['path']} came {early:.3f} s sooner than Retry-After allows"
        if earlier.get("status") == 503 and later["connection"] == earlier["connection"]:
            yield f"{later['method']} {later['path']} came on the connection of a 503"
    for at, line in enumerate(requests):
        if not is_write(line):
            continue
        same = [one for one in requests[:at] if (one["method"], one["path"]) == (line["method"], line["path"])]
        if any(one["body"] != line["body"] for one in same):
            yield f"{line['method']} {line['path']} was sent again with other values"
        # What may have been made is looked for before the same is sent once more.
        doubtful = [one for one in same if line["method"] == "POST" and one["status"] not in (401, 429)]
        unseen = [one for one in doubtful if not any(seen["method"] == "GET" for seen in requests[requests.index(one) : at])]
        if unseen or len(doubtful) > 1:
            yield f"{line['method']} {line['path']} was sent again"


def judge_judge():
    """Shows the rules above what no client may do; returns what they do not notice."""

    def line(at, **more):
        headers = {"client-request-id": str(at), "user-agent": "fixforme/0"}
        usual = {"what": "request", "at": at, "answered_at": at, "method": "PATCH", "path": "/v1.0/x", "body": "{}", "status": None,
                 "connection": str(at), "retry_after": None, "headers": headers}
        return usual | more

    good = [line(1, status=429, retry_after=2), line(3, status=503), line(4, status=204)]
    if found := list(judge_requests(good)):
        yield f"the judge finds fault with what is right: {found}"
    for words, wrong in (
        ("sooner than Retry-After", [line(1, status=429, retry_after=2), line(2.9)]),
        ("on the connection of a 503", [line(1, status=503, connection="a"), line(2, connection="a")]),
        ("with other values", [line(1), line(2, body='{"x": 1}')]),
        ("was sent again", [line(1, method="POST", status=503), line(2, method="POST")]),
        ("client-request-id", [line(1), line(2, headers=line(1)["headers"])]),
        ("unexpected headers", [line(1, headers={"client-request-id": "1", "user-agent": "fixforme/0", "sdkversion": "1"})]),
    ):
        if not any(words in found for found in judge_requests(wrong)):
            yield f"the judge does not notice what is wrong: {words}"


def judge_journal(scene, journal, code, usual):
    """Judges the journal of a run."""
    intents = [record["change"] for record in journal if record["type"] == "intent"]
    outcomes = {record["change"]: record["result"] for record in journal if record["type"] == "outcome"}
    if sorted(intents) != sorted(outcomes):
        yield f"the journal has the intents {intents} and the outcomes {outcomes}"
    for change, result in outcomes.items():
        wanted = scene.results.get(change, usual.get(change))
        if result != wanted:
            yield f"the journal says `{result}` of {change}, not `{wanted}`"
    if missing := set(scene.results) - set(outcomes):
        yield f"the journal says nothing of {missing}"
    ends = [record["exit"] for record in journal if record["type"] == "end"]
    if ends != [code]:
        yield f"the journal ends with {ends}, not {code}"


def play(scene, folder, port, elsewhere):
    """Plays one scene; returns what went otherwise than it should, the state of the tenant at the end, and the seconds."""
    began = time.monotonic()
    faults = []
    case = PROJECT / "wizards" / scene.wizard / "rehearsal/contoso"
    log = folder / f"{port}.ndjson"
    with Sandbox() as sandbox, Tenant(sandbox, case, lag=scene.lag) as tenant:
        rules = json.loads(json.dumps(scene.rules).replace("{elsewhere}", f"127.0.0.1:{elsewhere}"))
        plan = {"upstream": tenant.port, "name": NAME if scene.by_name else None, "gzip": True, "rules": rules}
        (folder / f"{port}.json").write_text(json.dumps(plan), encoding="utf-8")
        before = state(tenant, scene.wizard)
        wizard = scene.wizard
        if scene.short:
            wizard = "./wizard"
            (sandbox.path / "wizard").mkdir()
            for file in (PROJECT / "wizards" / scene.wizard).glob("*.toml"):
                text = re.sub(r'up_to = "\d+s"', 'up_to = "2s"', file.read_text(encoding="utf-8"))
                if 'kind     = "setting"' in text and "[verify]" not in text:
                    text += '\n[verify]\nup_to = "2s"\n'
                (sandbox.path / "wizard" / file.name).write_text(text, encoding="utf-8")
        root = f"https://{NAME}" if scene.by_name else f"http://127.0.0.1:{port}"
        events = sandbox.path / "events.ndjson"
        target = ["--log", str(events), "--yes", "--tenant", tenant.id, "--graph-root", root, *(["--allow-host", NAME] if scene.by_name else [])]
        places = {"proxy": f"127.0.0.1:{port}", "authority": str(folder / "mitmproxy-ca-cert.pem")}
        environment = {name: value.format(**places) for name, value in scene.environment.items()}
        states = {"before": before}
        answers = ["--answers", str(case / "answers.toml"), "--on-failure", "stop"]
        commands = [(["run", wizard, *answers], scene.code, scene.state)]
        commands += [([command], code, end) for command, code, end in scene.then]
        ends = []
        for number, (command, wanted, end) in enumerate(commands):
            mark = len(lines(log))
            try:
                code, output, errors = sandbox.run(*command, *target, token=tenant.token, limit=400, **environment)
            except AssertionError as error:
                code, output, errors = None, "", str(error)
            # Waits below a second are not shown where nobody sits at a terminal, but they are in the log.
            waits = [line["reason"] for line in lines(events) if line["type"] == "wait"]
            said, seen = "\n".join([output + errors, *waits]), lines(log)[mark:]
            found = list(judge_requests(seen))
            if code != wanted:
                found.append(f"`{command[0]}` ended with {code}, not {wanted}")
            if number == 0:
                found += [f"it does not say «{words}»" for words in scene.says if words not in said]
                for write, times in scene.carried_out.items():
                    is_times = sum(line["what"] == "carried out" and f"{line['method']} {line['path']}" == write for line in seen)
                    if is_times != times:
                        found.append(f"{write} was carried out {is_times} times, not {times}")
                journals = sandbox.journals()
                usual = SSPR if scene.wizard == "sspr-admins" else {"registration/new": "applied", "principal": "applied"}
                if journals:
                    found += judge_journal(scene, journals[-1], code, usual)
                elif scene.results or code in (0, 3):
                    found.append("there is no journal")
                fired = sum(line["what"] == "request" and line["do"] != "pass" for line in seen)
                if scene.rules and not fired:
                    found.append("no fault was played")
            if tenant.token in said:
                found.append("the token was printed")
            ends.append((end, state(tenant, scene.wizard)))
            if found:
                told = "\n".join(f"    {line['do']:6} {line['method']} {line['path']}" for line in seen if line["what"] == "request")
                faults += [f"{scene.name}: {one}" for one in found] + [f"    {command[0]} ended with {code}\n{said}\n{told}"]
        for file in sandbox.path.rglob("*"):
            if file.is_file() and tenant.token.encode() in file.read_bytes():
                faults.append(f"{scene.name}: the token is in {file.name}")
    return faults, states, ends, time.monotonic() - began


def main():
    with tempfile.TemporaryDirectory() as name, open(pathlib.Path(name) / "mitmdump.log", "w+", encoding="utf-8") as log:
        folder = pathlib.Path(name)
        # Words on the command line pick scenes; the undisturbed ones are always played.
        all_scenes = [scene for scene in scenes() if not sys.argv[1:] or not scene.rules or any(word in scene.name for word in sys.argv[1:])]
        elsewhere, *ports = free_ports(len(all_scenes) + 1)
        (folder / f"{elsewhere}.json").write_text('{"upstream": 9, "name": null, "gzip": false, "rules": []}', encoding="utf-8")
        explicit = {elsewhere: False} | {port: scene.by_name for port, scene in zip(ports, all_scenes)}
        with Mitm(folder, explicit, log), concurrent.futures.ThreadPoolExecutor(len(all_scenes)) as slow, concurrent.futures.ThreadPoolExecutor(3) as quick:
            # Those that mostly wait all wait at once.
            waiting = [(scene, (slow if scene.slow else quick).submit(play, scene, folder, port, elsewhere)) for port, scene in zip(ports, all_scenes)]
            played = [(scene, future.result()) for scene, future in waiting]
        faults = list(judge_judge())
        ends = {}
        for scene, (found, states, reached, _) in played:
            if not scene.rules and not scene.by_name:
                ends[scene.wizard] = reached[0][1]
        for scene, (found, states, reached, seconds) in played:
            states["after"] = ends[scene.wizard]
            for at, (wanted, is_state) in enumerate(reached):
                if states[wanted] != is_state:
                    found.append(f"{scene.name}: after command {at + 1} the tenant is not as {wanted} the changes\n{is_state}")
            print(f"   {'FAULT' if found else 'good '} {seconds:5.1f} s  {scene.name}")
            faults += found
        if lines(folder / f"{elsewhere}.ndjson"):
            faults.append("somebody followed a redirect")
        for one in faults:
            print(f"FAULT {one}", file=sys.stderr)
        print(f"   {len(played)} scenes, {len(faults)} faults")
        log.seek(0)
        if faults:
            print(log.read()[-4000:], file=sys.stderr)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
