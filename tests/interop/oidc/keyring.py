"""A remembered sign-in in a real Secret Service: GNOME's keyring on a session bus of its own. Started by
`dbus-run-session`, so that the keyring of whoever runs this is never touched."""

import contextlib
import os
import signal
import subprocess
import sys
import time

from grants import NOTHING, PERSON, expect, scene
from person import LIMIT, Browser, Place, deliver
from program import hold


@contextlib.contextmanager
def keyring(place, unlocked):
    """Starts the keyring for a home folder; yields the variables by which programs find it."""
    bus = {"DBUS_SESSION_BUS_ADDRESS": os.environ["DBUS_SESSION_BUS_ADDRESS"]}
    command = ["gnome-keyring-daemon", "--foreground", "--components=secrets", *(["--unlock"] if unlocked else [])]
    process = subprocess.Popen(
        command,
        env=place.environment(**bus),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    process.stdin.write(b"a password of a test\n" if unlocked else b"")
    process.stdin.close()
    try:
        end = time.monotonic() + LIMIT
        while "boolean true" not in owner(bus):
            assert time.monotonic() < end and process.poll() is None, "the keyring did not start"
            time.sleep(0.05)
        yield bus
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(LIMIT)


def owner(bus):
    """Asks the bus whether somebody answers for the secrets."""
    name = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
    command = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", *name]
    return subprocess.run(command, env={**os.environ, **bus}, capture_output=True, text=True, check=False).stdout


def lookup(place, bus):
    """What the keyring holds of the program, asked by the keyring's own tool."""
    command = ["/usr/bin/secret-tool", "search", "--all", "application", "fixforme"]
    return subprocess.run(command, env=place.environment(**bus), capture_output=True, text=True, timeout=LIMIT, check=False).stdout


def remember(scene, *more):
    return scene.at("--client-id", PERSON, "--tenant", "contoso.example", "--remember-sign-in", *more)


def a_sign_in_is_kept_used_and_removed(scene):
    with Place() as place, keyring(place, unlocked=True) as bus:
        with place.seat(*remember(scene), **bus) as seat:
            back, _ = Browser().visit(place.opened())
            deliver(back)
            expect(seat.leaves(), 3, "fixforme saves the sign-in in the keyring of this desktop", NOTHING)
        held = lookup(place, bus)
        assert "refresh_token" in held and "Sign-in of fixforme" in held, held
        # The next starts need nobody, and each keeps the token that replaced the one before.
        expect(place.ends(*remember(scene, "--yes"), **bus), 3, NOTHING)
        with place.seat(*remember(scene), **bus) as seat:
            expect(seat.leaves(), 3, "Your sign-in was kept in the keyring of this desktop")
        assert len((place.path / "opened").read_text(encoding="utf-8").splitlines()) == 1, "a browser was opened"
        assert lookup(place, bus) != held, "the token that was used up is still kept"
        expect(place.ends("sign-out", **bus), 0, "No sign-in of fixforme is left in the keyring of this desktop")
        assert lookup(place, bus) == "", lookup(place, bus)
        expect(place.ends(*remember(scene, "--yes"), **bus), 5, "no sign-in is remembered here that would do")


def a_keyring_that_is_locked_keeps_nothing(scene):
    with Place() as place, keyring(place, unlocked=False) as bus:
        with place.seat(*remember(scene), **bus) as seat:
            back, _ = Browser().visit(place.opened())
            deliver(back)
            expect(seat.leaves(), 5, "the sign-in cannot be remembered", NOTHING)
        assert not (place.path / "state").exists(), "something was written instead"


PROOFS = [a_sign_in_is_kept_used_and_removed, a_keyring_that_is_locked_keeps_nothing]


def main():
    with scene() as made:
        return hold(PROOFS, lambda proof: proof(made))


if __name__ == "__main__":
    sys.exit(main())
