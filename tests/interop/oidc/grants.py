"""Every grant of the program against a certified OpenID provider at Entra's addresses: the good way, and each way in
which it goes wrong."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import jwt
from person import LIMIT, Authority, Browser, Place, changed, deliver, is_closed, parameter
from program import PROGRAM, PROJECT, Sandbox, Tenant, hold

TENANT = "8a1f0c52-6f0e-4b7a-9d5c-2f3e41a7b6c1"
PERSON = "6f1b3c52-0d5e-4a3b-9f6e-1c2d3e4f5a6b"
WITH_SECRET = "7a2c4d63-1e6f-4b4c-8a7f-2d3e4f5a6b7c"
WITH_CERTIFICATE = "8b3d5e74-2f70-4c5d-9b80-3e4f5a6b7c8d"
FROM_ELSEWHERE = "9c4e6f85-3081-4d6e-8c91-4f5a6b7c8d9e"
SECRET = "a-secret-of-a-test-0123456789~abcdefghij"
CERTIFICATE = str(PROJECT / "tests/lab/certificates/test-rsa.pem")
CHECK = ["check", "sspr-admins", "--set", "goal=enable", "--set", "exclude=emergency@contoso.onmicrosoft.com"]
NOTHING = "Nothing was changed."


def scopes():
    """The permissions that the wizard may ask for, as the program computes them."""
    said = subprocess.run([PROGRAM, "permissions", "sspr-admins"], capture_output=True, text=True, check=True).stdout
    words = {word.strip(",.:()`") for word in said.split()}
    return " ".join(sorted({"User.Read"} | {word for word in words if word.count(".") >= 1 and word[0].isupper()}))


class Scene:
    """One tenant and one sign-in service for all proofs."""

    def __init__(self, graph, token):
        self.graph, self.token = graph, token
        self.authority = Authority(
            {
                "PRACTICE_TOKEN": token,
                "CERTIFICATE": CERTIFICATE,
                "PUBLIC_APP": PERSON,
                "SECRET_APP": WITH_SECRET,
                "CERTIFICATE_APP": WITH_CERTIFICATE,
                "FEDERATED_APP": FROM_ELSEWHERE,
                "SECRET": SECRET,
                "SCOPES": scopes(),
            }
        )

    def at(self, *more, graph=None):
        place = ["--authority", self.authority.url, "--graph-root", graph or self.graph]
        return [*CHECK, *place, *more]

    def person(self, place, *more, graph=None):
        return place.seat(*self.at("--client-id", PERSON, *more, graph=graph))

    def app(self, *more, tenant=TENANT):
        return self.at("--yes", "--tenant", tenant, *more)


@contextlib.contextmanager
def scene():
    """Serves the tenant and the sign-in service for as long as it is used."""
    with Sandbox() as sandbox, Tenant(sandbox) as tenant:
        made = Scene(tenant.root, tenant.token)
        try:
            yield made
        finally:
            made.authority.stop()


@contextlib.contextmanager
def tenant_with(scene, *faults):
    """The same tenant with faults. It takes its own tokens alone, so that the service gives those meanwhile."""
    with Sandbox() as sandbox, Tenant(sandbox, faults=faults) as tenant:
        scene.authority.post("/practice", {"token": tenant.token})
        try:
            yield tenant.root
        finally:
            scene.authority.post("/practice", {"token": scene.token})


def expect(ended, code, *words):
    """Judges how the program ended."""
    said = " ".join(ended[1].split())
    assert ended[0] == code, f"exit {ended[0]}, not {code}:\n{ended[1]}"
    for word in words:
        assert word in said, f"`{word}` was not said:\n{ended[1]}"


def refused(scene, form, status):
    """Sends a form of the program once more, as a thief would."""
    try:
        address = f"{scene.authority.url}/{TENANT}/oauth2/v2.0/token"
        urllib.request.urlopen(address, urllib.parse.urlencode(form).encode(), timeout=LIMIT).close()
    except urllib.error.HTTPError as error:
        assert error.code == status, error.code
        return
    raise AssertionError("it was taken a second time")


def kinds(asked):
    return [one["kind"] for one in asked]


# A person in the browser.


def the_browser_signs_a_person_in(scene):
    with Place() as place, scene.person(place) as seat:
        back, _ = Browser().visit(place.opened())
        page = deliver(back)
        assert "The answer has arrived" in page, page
        expect(seat.leaves(), 3, "Signed in as", NOTHING)
        assert is_closed(back), "a second answer would be listened to"
    return ["authorize", "token authorization_code"]


def a_wrong_state_is_not_used(scene):
    with Place() as place, scene.person(place) as seat:
        back, _ = Browser().visit(place.opened())
        try:
            deliver(changed(back, state="of-another-sign-in"))
        except AssertionError as refusal:
            assert ": 400\n" in str(refusal), refusal
        else:
            raise AssertionError("it was taken")
        # The right one is waited for all the same.
        deliver(back)
        expect(seat.leaves(), 3, "Signed in as", NOTHING)
    return ["authorize", "token authorization_code"]


def a_code_counts_once_and_for_its_own_sign_in(scene):
    before = len(scene.authority.asked())
    with Place() as place, scene.person(place) as seat:
        first, _ = Browser().visit(place.opened())
        deliver(first)
        expect(seat.leaves(), 3)
        assert is_closed(first), "it could be brought a second time"
    # Neither again with all that belongs to it, nor by another sign-in.
    refused(scene, scene.authority.asked(before)[1]["form"], 400)
    with Place() as place, scene.person(place) as seat:
        second, _ = Browser().visit(place.opened())
        deliver(changed(second, code=parameter(first, "code")))
        expect(seat.leaves(), 5, "used already", NOTHING)
    good = ["authorize", "token authorization_code"]
    return [*good, "token authorization_code", *good]


def a_code_that_came_too_late_is_refused(scene):
    scene.authority.life("code", 1)
    try:
        with Place() as place, scene.person(place) as seat:
            back, _ = Browser().visit(place.opened())
            time.sleep(2.1)
            deliver(back)
            expect(seat.leaves(), 5, "sign in again", NOTHING)
    finally:
        scene.authority.life("code", 60)
    return ["authorize", "token authorization_code"]


def who_declines_in_the_browser_changes_nothing(scene):
    with Place() as place, scene.person(place) as seat:
        back, _ = Browser().visit(place.opened(), declines=True)
        deliver(back)
        expect(seat.leaves(), 5, "you declined the sign-in", NOTHING)
    return ["authorize"]


def a_lost_answer_to_a_code_is_not_asked_for_twice(scene):
    scene.authority.next("token authorization_code", "cut")
    with Place() as place, scene.person(place) as seat:
        back, _ = Browser().visit(place.opened())
        deliver(back)
        expect(seat.leaves(), 10, "used only once", NOTHING)
    return ["authorize", "token authorization_code"]


# The refresh token, which is replaced by each use.


def a_token_that_graph_refuses_is_renewed_without_the_person(scene):
    with tenant_with(scene, "fail=GET /v1.0/organization#1:401") as graph:
        with Place() as place, scene.person(place, graph=graph) as seat:
            back, _ = Browser().visit(place.opened())
            deliver(back)
            expect(seat.leaves(), 3)
    return ["authorize", "token authorization_code", "token refresh_token"]


def a_lost_answer_to_a_refresh_costs_the_sign_in_and_no_more(scene):
    scene.authority.next("token refresh_token", "cut")
    with tenant_with(scene, "fail=GET /v1.0/organization#1:401") as graph:
        with Place() as place, scene.person(place, graph=graph) as seat:
            back, _ = Browser().visit(place.opened())
            deliver(back)
            # The service takes the second use for a theft and ends the sign-in: the person makes a new one.
            again, _ = Browser().visit(place.opened(2))
            deliver(again)
            expect(seat.leaves(), 3, "Your browser opens once more")
    good = ["authorize", "token authorization_code"]
    return [*good, "token refresh_token", "token refresh_token", *good]


# A person with a code.


def code_of(seat):
    seat.sees("Press Enter").types("\r").sees("shown only now: ")
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = re.search(r"The code to enter at (\S+), shown only now: (\S+) ", seat.text())
        if found:
            return found.groups()
        time.sleep(0.02)
    raise AssertionError(f"no code was shown:\n{seat.text()}")


def with_code(scene, place):
    return scene.person(place, "--device-code", "--tenant", TENANT)


def a_code_signs_a_person_in(scene):
    with Place() as place, with_code(scene, place) as seat:
        page, code = code_of(seat)
        back, last = Browser().visit(f"{page}?user_code={urllib.parse.quote(code)}")
        assert back is None and "success" in last.lower(), last
        expect(seat.leaves(), 3, "Signed in as")
        assert "opened" not in os.listdir(place.path), "a browser was opened here"
    return ["devicecode", ...]


def who_declines_the_code_changes_nothing(scene):
    with Place() as place, with_code(scene, place) as seat:
        page, code = code_of(seat)
        Browser().visit(f"{page}?user_code={urllib.parse.quote(code)}", declines=True)
        expect(seat.leaves(), 5, "you declined the sign-in", NOTHING)
    return ["devicecode", ...]


def a_code_that_nobody_enters_lapses(scene):
    scene.authority.life("device", 2)
    try:
        with Place() as place, with_code(scene, place) as seat:
            code_of(seat)
            expect(seat.leaves(), 5, "the code was not used in time", NOTHING)
    finally:
        scene.authority.life("device", 60)
    return ["devicecode", ...]


def slow_down_is_obeyed(scene):
    before = len(scene.authority.asked())
    scene.authority.next("token device_code", "slow_down")
    with Place() as place, with_code(scene, place) as seat:
        page, code = code_of(seat)
        Browser().visit(f"{page}?user_code={urllib.parse.quote(code)}")
        expect(seat.leaves(), 3)
    polls = [one["at"] for one in scene.authority.asked(before) if one["kind"] == "token device_code"]
    assert len(polls) == 2 and polls[1] - polls[0] >= 6000, f"asked again after {polls[1] - polls[0]} ms"
    return ["devicecode", ...]


def a_lost_answer_before_the_code_is_entered_changes_nothing(scene):
    before = len(scene.authority.asked())
    scene.authority.next("token device_code", "cut")
    with Place() as place, with_code(scene, place) as seat:
        page, code = code_of(seat)
        end = time.monotonic() + LIMIT
        while "token device_code" not in kinds(scene.authority.asked(before)):
            assert time.monotonic() < end, "nobody asked about the code"
            time.sleep(0.02)
        Browser().visit(f"{page}?user_code={urllib.parse.quote(code)}")
        expect(seat.leaves(), 3)
    return ["devicecode", ...]


def a_lost_token_of_a_code_needs_a_new_sign_in(scene):
    scene.authority.next("token device_code", "lose")
    with Place() as place, with_code(scene, place) as seat:
        page, code = code_of(seat)
        Browser().visit(f"{page}?user_code={urllib.parse.quote(code)}")
        expect(seat.leaves(), 5, "used already", "sign in again", NOTHING)
    return ["devicecode", ...]


# An app.


def a_secret_signs_an_app_in(scene):
    with Place() as place:
        arguments = scene.app("--client-id", WITH_SECRET)
        expect(place.ends(*arguments, FIXFORME_CLIENT_SECRET=SECRET), 3, NOTHING)
        # By the domain, which is looked up first.
        arguments = scene.app("--client-id", WITH_SECRET, tenant="contoso.example")
        expect(place.ends(*arguments, FIXFORME_CLIENT_SECRET=SECRET), 3, NOTHING)
    return ["token client_credentials"] * 2


def a_wrong_secret_is_refused_unseen(scene):
    with Place() as place:
        wrong = "wrong" + SECRET
        ended = place.ends(*scene.app("--client-id", WITH_SECRET), FIXFORME_CLIENT_SECRET=wrong)
        expect(ended, 5, "the client secret of the app", "is wrong", "AADSTS7000215", NOTHING)
        assert wrong not in ended[1]
    return ["token client_credentials"]


def an_app_that_nobody_knows_is_refused(scene):
    with Place() as place:
        ended = place.ends(*scene.app("--client-id", TENANT), FIXFORME_CLIENT_SECRET=SECRET)
        expect(ended, 5, NOTHING)
    return ["token client_credentials"]


def a_certificate_signs_an_app_in(scene):
    with Place() as place:
        expect(place.ends(*scene.app("--client-id", WITH_CERTIFICATE, "--certificate", CERTIFICATE)), 3, NOTHING)
    return ["token client_credentials"]


def a_lost_answer_is_asked_for_again_with_a_new_proof(scene):
    before = len(scene.authority.asked())
    scene.authority.next("token client_credentials", "cut")
    with Place() as place:
        expect(place.ends(*scene.app("--client-id", WITH_CERTIFICATE, "--certificate", CERTIFICATE)), 3)
    first, second = [one["form"]["client_assertion"] for one in scene.authority.asked(before)]
    assert first != second
    # That each counts once is the provider's judgment, too.
    refused(scene, scene.authority.asked(before)[0]["form"], 401)
    assert "must only be used once" in scene.authority.log()["refusals"][-1], scene.authority.log()["refusals"]
    return ["token client_credentials"] * 3


def an_assertion_for_another_audience_is_refused(scene):
    scene.authority.next("token client_credentials", "elsewhere")
    with Place() as place:
        ended = place.ends(*scene.app("--client-id", WITH_CERTIFICATE, "--certificate", CERTIFICATE))
        expect(ended, 5, NOTHING)
    assert "aud" in scene.authority.log()["refusals"][-1], scene.authority.log()["refusals"][-1]
    return ["token client_credentials"]


def a_key_that_the_app_does_not_hold_is_refused(scene):
    with Place() as place:
        other = place.path / "other.pem"
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=TEST", "-days", "2"]
        subprocess.run([*make, "-keyout", other, "-out", place.path / "c.pem"], check=True, capture_output=True)
        other.write_text(other.read_text() + (place.path / "c.pem").read_text())
        ended = place.ends(*scene.app("--client-id", WITH_CERTIFICATE, "--certificate", str(other)))
        expect(ended, 5, "the app must hold the certificate with the SHA-256 thumbprint", NOTHING)
    return ["token client_credentials"]


# The token of another platform, which the app's registration trusts.


def issued_elsewhere(scene, **claims):
    """What a platform gives its jobs: here a token by the key that the service knows for the app."""
    now = int(time.time())
    named = {"iss": FROM_ELSEWHERE, "sub": FROM_ELSEWHERE, "aud": f"{scene.authority.url}/{TENANT}/oauth2/v2.0/token"}
    key = pathlib.Path(CERTIFICATE).read_text(encoding="utf-8")
    key = key[key.index("-----BEGIN PRIVATE KEY-----") :]
    return jwt.encode({**named, "exp": now + 300, "jti": str(uuid.uuid4()), **claims}, key, algorithm="PS256")


def a_token_in_a_file_signs_an_app_in(scene):
    with Place() as place:
        file = place.path / "token"
        file.write_text(issued_elsewhere(scene) + "\n", encoding="utf-8")
        arguments = scene.app("--client-id", FROM_ELSEWHERE, "--federated-token-file", str(file))
        expect(place.ends(*arguments), 3, NOTHING)
        # The same token counts once; the platform has not written another.
        expect(place.ends(*arguments), 5, NOTHING)
        file.write_text(issued_elsewhere(scene, exp=int(time.time()) - 60), encoding="utf-8")
        expect(place.ends(*arguments), 5, NOTHING)
    assert "expired" in scene.authority.log()["refusals"][-1], scene.authority.log()["refusals"][-1]
    return ["token client_credentials"] * 3


def a_job_of_github_signs_an_app_in(scene):
    asked = []

    class Github(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Authorization"]))
            body = json.dumps({"value": issued_elsewhere(scene)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Github) as github, Place() as place:
        threading.Thread(target=github.serve_forever, daemon=True).start()
        job = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{github.server_address[1]}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-bearer-of-a-job",
        }
        expect(place.ends(*scene.app("--client-id", FROM_ELSEWHERE, "--sign-in", "github-actions"), **job), 3, NOTHING)
        github.shutdown()
    wanted = ("/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange", "Bearer the-bearer-of-a-job")
    assert asked == [wanted], asked
    return ["token client_credentials"]


PROOFS = [
    the_browser_signs_a_person_in,
    a_wrong_state_is_not_used,
    a_code_counts_once_and_for_its_own_sign_in,
    a_code_that_came_too_late_is_refused,
    who_declines_in_the_browser_changes_nothing,
    a_lost_answer_to_a_code_is_not_asked_for_twice,
    a_token_that_graph_refuses_is_renewed_without_the_person,
    a_lost_answer_to_a_refresh_costs_the_sign_in_and_no_more,
    a_code_signs_a_person_in,
    who_declines_the_code_changes_nothing,
    a_code_that_nobody_enters_lapses,
    slow_down_is_obeyed,
    a_lost_answer_before_the_code_is_entered_changes_nothing,
    a_lost_token_of_a_code_needs_a_new_sign_in,
    a_secret_signs_an_app_in,
    a_wrong_secret_is_refused_unseen,
    an_app_that_nobody_knows_is_refused,
    a_certificate_signs_an_app_in,
    a_lost_answer_is_asked_for_again_with_a_new_proof,
    an_assertion_for_another_audience_is_refused,
    a_key_that_the_app_does_not_hold_is_refused,
    a_token_in_a_file_signs_an_app_in,
    a_job_of_github_signs_an_app_in,
]


def prove(scene, proof):
    """Carries out one proof and compares what the service was asked; an ellipsis stands for polls."""
    before = len(scene.authority.asked())
    wanted = proof(scene)
    asked = kinds(scene.authority.asked(before))
    if wanted[-1] is ...:
        head = wanted[:-1]
        fits = asked[: len(head)] == head and asked[len(head) :] and set(asked[len(head) :]) == {"token device_code"}
    else:
        fits = asked == wanted
    assert fits, f"the service was asked {asked}, not {wanted}"


def main():
    with scene() as made:
        code = hold(PROOFS, lambda proof: prove(made, proof))
        if code:
            print("\n".join(made.authority.log()["refusals"]), file=sys.stderr)
        return code


if __name__ == "__main__":
    sys.exit(main())
