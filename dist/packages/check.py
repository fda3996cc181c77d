#!/usr/bin/env python3
"""Checks what `dist/release` has made, where no tool of others does: `check.py KIND FILE ...`. Says nothing if all is well."""

import json
import re
import struct
import sys

import yaml


class Wrong(Exception):
    """What is wrong, in words."""


def must(condition, words):
    if not condition:
        raise Wrong(words)


def signed_program(path):
    """A Windows program ends with its certificate table, in which there is one PKCS#7 structure and nothing after it.

    Bytes there, or between the last section and the table, are not covered by the signature: whoever can put some there
    has a signed program that carries what was not signed."""
    data = open(path, "rb").read()
    pe = struct.unpack_from("<I", data, 0x3C)[0]
    must(data[pe : pe + 4] == b"PE\0\0", "no PE file")
    sections, optional = struct.unpack_from("<H", data, pe + 6)[0], struct.unpack_from("<H", data, pe + 20)[0]
    must(struct.unpack_from("<H", data, pe + 24)[0] == 0x20B, "no 64-bit program")
    table, size = struct.unpack_from("<II", data, pe + 24 + 112 + 4 * 8)
    must(size > 0, "no certificate table")
    must(table + size == len(data), f"{len(data) - table - size} bytes follow the certificate table")
    end = 0
    for at in range(sections):
        length, start = struct.unpack_from("<II", data, pe + 24 + optional + 40 * at + 16)
        end = max(end, start + length)
    gap = data[end:table]
    must(len(gap) < 8 and not any(gap), f"{len(gap)} bytes lie between the last section and the certificate table")
    length, revision, kind = struct.unpack_from("<IHH", data, table)
    must((revision, kind) == (0x200, 2), "the certificate is not a PKCS#7 structure")
    must((length + 7) // 8 * 8 == size, "there is more than one certificate in the table")
    must(data[table + 8] == 0x30, "the PKCS#7 structure does not begin as one")
    first = data[table + 9]
    count = first & 0x7F if first & 0x80 else 0
    inner = int.from_bytes(data[table + 10 : table + 10 + count], "big") if count else first
    rest = data[table + 8 + 2 + count + inner : table + size]
    must(len(rest) < 8 and not any(rest), f"{len(rest)} bytes follow the PKCS#7 structure in the certificate table")


VERSION = r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?"
# Of the public schemas: which fields a manifest must have, and which it may have as far as ours has them.
WINGET = {
    "version": ({"PackageIdentifier", "PackageVersion", "DefaultLocale"}, set()),
    "installer": (
        {"PackageIdentifier", "PackageVersion", "Installers"},
        {"Platform", "MinimumOSVersion", "InstallerType", "NestedInstallerType", "NestedInstallerFiles", "ReleaseDate"},
    ),
    "defaultLocale": (
        {"PackageIdentifier", "PackageVersion", "PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"},
        {"Tags", "ReleaseNotesUrl"},
    ),
}


def winget(path):
    text = open(path, encoding="utf-8").read()
    manifest = yaml.safe_load(text)
    kind = manifest["ManifestType"]
    required, allowed = WINGET[kind]
    required = required | {"ManifestType", "ManifestVersion"}
    must(required <= manifest.keys(), f"without {sorted(required - manifest.keys())}")
    must(manifest.keys() <= required | allowed, f"unknown: {sorted(manifest.keys() - required - allowed)}")
    schema = f"# yaml-language-server: $schema=https://aka.ms/winget-manifest.{kind}.{manifest['ManifestVersion']}.schema.json\n"
    must(text.startswith(schema), "the first line does not name the manifest's schema")
    must(re.fullmatch(r"[^.\s]{1,32}(\.[^.\s]{1,32}){1,7}", manifest["PackageIdentifier"]), "identifier")
    must(re.fullmatch(VERSION, manifest["PackageVersion"]), "version")
    must(len(manifest.get("ShortDescription", "abc")) in range(3, 257), "short description")
    for installer in manifest.get("Installers", []):
        must(installer.keys() == {"Architecture", "InstallerUrl", "InstallerSha256"}, f"installer: {installer}")
        must(re.fullmatch(r"https://\S+\.zip", installer["InstallerUrl"]), "address")
        must(re.fullmatch(r"[0-9a-f]{64}", installer["InstallerSha256"]), "hash")
    for nested in manifest.get("NestedInstallerFiles", []):
        must(re.fullmatch(r"[\w.-]+\\fixforme\.exe", nested["RelativeFilePath"]), "path in the archive")


def scoop(path):
    manifest = json.load(open(path, encoding="utf-8"))
    must({"version", "description", "homepage", "license", "architecture", "bin"} <= manifest.keys(), "a field is missing")
    must(re.fullmatch(VERSION, manifest["version"]), "version")
    archive = manifest["architecture"]["64bit"]
    must(re.fullmatch(r"https://\S+\.zip", archive["url"]) and manifest["version"] in archive["url"], "address")
    must(re.fullmatch(r"[0-9a-f]{64}", archive["hash"]), "hash")
    must(archive["url"].endswith(archive["extract_dir"] + ".zip"), "folder in the archive")


def order(version):
    """By which versions compare: before a release come those with a word, in which numbers come before words."""
    numbers, _, before = version.partition("-")
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split(".")]
    return [int(number) for number in numbers.split(".")], not before, parts


def index(path):
    listed = json.load(open(path, encoding="utf-8"))
    wanted = ["format", "product", "channel", "version", "issued", "expires", "min_supported", "revoked", "releases"]
    must(list(listed) == wanted, f"fields: {list(listed)}")
    must((listed["format"], listed["product"]) == (1, "fixforme") and isinstance(listed["version"], int), "format")
    for revoked in listed["revoked"]:
        must(revoked.keys() == {"version", "because"} and re.fullmatch(VERSION, revoked["version"]), f"{revoked}")
    must(re.fullmatch(VERSION, listed["min_supported"]), "min_supported")
    must(re.fullmatch(r"[a-z][a-z0-9-]{0,31}", listed["channel"]), "channel")
    # None is left where the one that there was is withdrawn, and the next is not ready.
    versions = [release["version"] for release in listed["releases"]]
    must(len(versions) <= 10, "more than ten releases")
    for newer, older in zip(versions, versions[1:]):
        must(order(newer) > order(older), f"{newer} is not newer than {older}, which the list has already")
    for release in listed["releases"]:
        must(release["archives"], "a release without archives")
        must(all(release["version"] != revoked["version"] for revoked in listed["revoked"]), "what is released is withdrawn")
        must(order(release["version"]) >= order(listed["min_supported"]), "what is released is below min_supported")
        for archive in release["archives"]:
            must(archive["name"] == f"fixforme-{release['version']}-{archive['target']}.tar.gz", f"name: {archive['name']}")
            for what in (archive, archive["executable"]):
                must(re.fullmatch(r"[0-9a-f]{64}", what["sha256"]) and what["length"] > 0, f"{what}")


def sbom(path):
    bill = json.load(open(path, encoding="utf-8"))
    must(bill["bomFormat"] == "CycloneDX" and bill["specVersion"] in ("1.4", "1.5"), "no CycloneDX of version 1.4 or 1.5")
    must(bill["metadata"]["component"]["name"] == "fixforme", "it is about something else")
    names = {(component["name"], component["version"]) for component in bill["components"]}
    must(len(names) == len(bill["components"]), "a component is listed twice")
    locked = set(re.findall(r'\[\[package\]\]\nname = "(.+)"\nversion = "(.+)"', open("Cargo.lock", encoding="utf-8").read()))
    must(names <= locked, f"not in Cargo.lock: {sorted(names - locked)}")
    must({"reqwest", "ring", "rustls"} <= {name for name, _ in names}, "what it must list is missing")
    known = {component["bom-ref"] for component in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    for dependency in bill["dependencies"]:
        must({dependency["ref"], *dependency.get("dependsOn", [])} <= known, f"an unknown reference in {dependency['ref']}")
    must("file://" not in json.dumps(bill), "it names a folder of the machine that made it")


def main():
    kinds = {"signed-program": signed_program, "winget": winget, "scoop": scoop, "index": index, "sbom": sbom}
    for path in sys.argv[2:]:
        try:
            kinds[sys.argv[1]](path)
        except (Wrong, KeyError, TypeError, ValueError) as error:
            sys.exit(f"{path} is wrong ({sys.argv[1]}): {error}")


main()
