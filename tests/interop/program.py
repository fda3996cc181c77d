"""The program under test and the practice tenant that it serves: what every proof here uses."""

import contextlib
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import tomllib

PROJECT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ["FIXFORME"]
CASE = PROJECT / "wizards/sspr-admins/rehearsal/contoso"


def free_ports(count):
    """Returns so many different ports of this machine that nobody listens at: below those that a system hands out by
    itself, so that nobody else is given one before it is used."""
    found = []
    for port in random.sample(range(20000, 32000), 12000):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError(f"there are no {count} free ports")


def cases():
    """Lists every case of every shipped wizard: (wizard, case, folder)."""
    for tenant in sorted(PROJECT.glob("wizards/*/rehearsal/*/tenant.toml")):
        folder = tenant.parent
        yield folder.parents[1].name, folder.name, folder


def hold(proofs, carry_out):
    """Carries out every proof and says of each whether it holds; returns the exit code."""
    failed = 0
    for proof in proofs:
        start = time.monotonic()
        try:
            carry_out(proof)
            print(f"   good   {time.monotonic() - start:5.1f} s  {proof.__name__}", flush=True)
        # Whatever goes wrong, the next is carried out.
        except Exception as wrong:
            failed += 1
            print(f"   FAULT  {time.monotonic() - start:5.1f} s  {proof.__name__}", flush=True)
            print(f"FAULT {proof.__name__}: {type(wrong).__name__}: {wrong}", file=sys.stderr, flush=True)
    print(f"   {len(proofs)} proofs, {failed} faults", flush=True)
    return 1 if failed else 0


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
        environment = {
            "HOME": self.folder.name,
            "FIXFORME_STATE_DIR": str(self.path / "state"),
            "FIXFORME_NO_UPDATE_CHECK": "1",
            "LANG": "C.UTF-8",
        }
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
    """A practice tenant, served by the program to whoever has its token; `folder` is a rehearsal of a shipped wizard."""

    def __init__(self, sandbox, folder=CASE, port=0, lag=None, faults=()):
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
            name, _, value = line.strip().partition("=" if line.startswith("FIXFORME_") else " --graph-root ")
            told[name.split(" ")[0]] = value
        self.root, self.token = told["fixforme"], told["FIXFORME_ACCESS_TOKEN"]
        self.port = int(self.root.rpartition(":")[2])
        self.id = toml(folder / "tenant.toml")["organization"]["id"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()
