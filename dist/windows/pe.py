"""Finishes the Windows program after its linker, and checks what Windows reads of it before it runs.

    pe.py finish FILE                      enters the load configuration in the header, and the checksum
    pe.py check FILE [--shipped] [--version V] [--absent TEXT ...]
                                           fails, naming everything that is not as it must be; --shipped also judges
                                           what a quick build has too much of: size, libraries, what follows the last
                                           section; no TEXT may be in the file

Needs the module pefile (Debian: python3-pefile).
"""

import argparse
import array
import re
import struct
import sys
import xml.etree.ElementTree as xml

import pefile

# Libraries of Windows itself. Each is looked for in System32 alone, because of the load configuration. Another one is
# added here only when it is known that every Windows since 10 has it.
IMPORTS = {
    "advapi32.dll",
    "api-ms-win-core-synch-l1-2-0.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "crypt32.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "shell32.dll",
    "ws2_32.dll",
}
SYSTEM32 = 0x800  # LOAD_LIBRARY_SEARCH_SYSTEM32
FLAGS_AT = 78  # of the field DependentLoadFlags in IMAGE_LOAD_CONFIG_DIRECTORY64
CHECKSUM_AT = 64  # of the field CheckSum in the optional header
CONSOLE, AMD64, PE32_PLUS = 3, 0x8664, 0x20B
RELOCS_STRIPPED = 0x0001
HARDENED = {"ASLR": 0x0040, "64 bits of ASLR": 0x0020, "data is not run": 0x0100}
WRITABLE, RUNS = 0x80000000, 0x20000000
MOST_BYTES = 10 << 20
ICON_SIZES = {16, 20, 24, 32, 40, 48, 64, 256}
WINDOWS_10 = "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"
LOAD_CONFIG = pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG"]
RESOURCES = pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]


def checksum(pe):
    """The file's checksum; pefile's own takes seconds. The sum of all pairs of bytes but its own, carried round."""
    data = bytearray(pe.write())
    at = pe.OPTIONAL_HEADER.get_file_offset() + CHECKSUM_AT
    data[at : at + 4] = bytes(4)
    pairs = array.array("H", bytes(data) + bytes(len(data) % 2))
    if sys.byteorder == "big":
        pairs.byteswap()
    total = sum(pairs)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total + len(data)


def finish(path):
    """Enters the one structure that is the load configuration: a size, the flag, and nothing else."""
    pe = pefile.PE(path, fast_load=True)
    data = bytes(pe.__data__)
    directory = pe.OPTIONAL_HEADER.DATA_DIRECTORY[LOAD_CONFIG]
    if directory.VirtualAddress == 0:
        # A size, and as its only other content the flag.
        lone = re.compile(rb"[\x00-\xff]{2}\0\0" + bytes(FLAGS_AT - 4) + struct.pack("<H", SYSTEM32))
        found = []
        for section in pe.sections:
            start = section.PointerToRawData
            for match in lone.finditer(data, start, start + section.SizeOfRawData):
                at, size = match.start(), struct.unpack("<I", match[0][:4])[0]
                if 0x94 <= size <= 0x200 and at % 4 == 0 and not any(data[match.end() : at + size]):
                    found.append((section.VirtualAddress + at - start, size))
        if len(found) != 1:
            sys.exit(f"{path}: {len(found)} load configurations were found, not one: see src/host/dll_search.rs")
        directory.VirtualAddress, directory.Size = found[0]
    pe.OPTIONAL_HEADER.CheckSum = checksum(pe)
    image = pe.write()
    pe.close()
    with open(path, "wb") as file:
        file.write(image)


def check(path, shipped, version, absent):
    """Returns what is wrong, a line each."""
    pe = pefile.PE(path)
    data = bytes(pe.__data__)
    wrong = []

    def must(holds, words):
        if not holds:
            wrong.append(words)

    head = pe.OPTIONAL_HEADER
    kind = (pe.FILE_HEADER.Machine, head.Magic, head.Subsystem)
    must(kind == (AMD64, PE32_PLUS, CONSOLE), f"it is not a console program of 64 bits: {kind}")
    must(head.CheckSum == checksum(pe), "its checksum is wrong")
    must(pe.FILE_HEADER.TimeDateStamp == 0, "it holds the time at which it was built")

    for name, flag in HARDENED.items():
        must(head.DllCharacteristics & flag, f"hardening is off: {name}")
    can_move = hasattr(pe, "DIRECTORY_ENTRY_BASERELOC") and not pe.FILE_HEADER.Characteristics & RELOCS_STRIPPED
    must(can_move, "it cannot be loaded at another address, so that ASLR is without effect")
    for section in pe.sections:
        both = section.Characteristics & WRITABLE and section.Characteristics & RUNS
        must(not both, f"the section {section.Name.rstrip(bytes(1)).decode()} is written to and run")

    directory = head.DATA_DIRECTORY[LOAD_CONFIG]
    must(directory.VirtualAddress, "it has no load configuration: libraries beside it would be loaded")
    if directory.VirtualAddress:
        size, flags = struct.unpack("<I74xH", pe.get_data(directory.VirtualAddress, FLAGS_AT + 2))
        must(flags == SYSTEM32, f"libraries are looked for by the flags {flags:#x}, not in System32 alone")
        must(size >= FLAGS_AT + 2 and directory.Size == size, "its load configuration contradicts itself about its size")
    imports = {entry.dll.decode().lower() for entry in getattr(pe, "DIRECTORY_ENTRY_IMPORT", [])}
    must("kernel32.dll" in imports, "its imports could not be read")
    for name in sorted(imports - IMPORTS) if shipped else []:
        must(False, f"it needs {name}, which is not on the list of dist/windows/pe.py")
    must(not hasattr(pe, "DIRECTORY_ENTRY_DELAY_IMPORT"), "it loads libraries late by a table of its own")

    check_resources(pe, version, must)
    for text in absent:
        for encoding in ("utf-8", "utf-16-le"):
            at = data.lower().find(text.lower().encode(encoding))
            must(at < 0, f"it holds `{text}`, of the machine that built it, at {at:#x}: {data[at : at + 120]!r}")
    if shipped:
        must(len(data) < MOST_BYTES, f"it has {len(data)} bytes; {MOST_BYTES} are the limit")
        must(pe.get_overlay_data_start_offset() is None, "something follows its last section")
    return wrong


def check_resources(pe, version, must):
    """Judges manifest, version and icon."""
    found = {}
    for kind in getattr(getattr(pe, "DIRECTORY_ENTRY_RESOURCE", None), "entries", []):
        for name in kind.directory.entries:
            for language in name.directory.entries:
                leaf = language.data.struct
                found.setdefault(kind.id, []).append((name.id, pe.get_data(leaf.OffsetToData, leaf.Size)))

    manifests = found.get(pefile.RESOURCE_TYPE["RT_MANIFEST"], [])
    must([name for name, _ in manifests] == [1], "it has not one manifest, by the number 1")
    for _, text in manifests:
        tree = xml.fromstring(text)
        told = [(item.tag.split("}")[-1], (item.text or "").strip(), item.attrib) for item in tree.iter()]
        for wanted in [
            ("requestedExecutionLevel", "", {"level": "asInvoker", "uiAccess": "false"}),
            ("supportedOS", "", {"Id": WINDOWS_10}),
            ("activeCodePage", "UTF-8", {}),
            ("longPathAware", "true", {}),
        ]:
            must(wanted in told, f"its manifest does not say {wanted}")
        # Both would have libraries looked for elsewhere.
        tags = {tag for tag, _, _ in told}
        must(not tags & {"dependency", "file"}, "its manifest names libraries")

    texts = {}
    for block in [part for info in getattr(pe, "FileInfo", []) for part in info]:
        for table in getattr(block, "StringTable", []):
            texts.update({key.decode(): value.decode() for key, value in table.entries.items()})
    must(texts.get("ProductName") == "fixforme", f"its version resource names no product: {texts}")
    if version:
        must(texts.get("FileVersion") == version, f"it says that its version is {texts.get('FileVersion')}")
        fixed = [(info.FileVersionMS, info.FileVersionLS) for info in getattr(pe, "VS_FIXEDFILEINFO", [])]
        major, minor, patch = (int(part) for part in version.split("-")[0].split("+")[0].split("."))
        must(fixed == [(major << 16 | minor, patch << 16)], f"its version in numbers is {fixed}")

    groups = found.get(pefile.RESOURCE_TYPE["RT_GROUP_ICON"], [])
    must(len(groups) == 1, "it has no icon")
    for _, group in groups:
        count = struct.unpack_from("<H", group, 4)[0]
        sizes = {group[6 + 14 * place] or 256 for place in range(count)}
        must(sizes >= ICON_SIZES, f"its icon lacks sizes: {sorted(ICON_SIZES - sizes)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["finish", "check"])
    parser.add_argument("file")
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--version")
    parser.add_argument("--absent", nargs="*", default=[])
    args = parser.parse_args()
    if args.command == "finish":
        finish(args.file)
    wrong = check(args.file, args.shipped, args.version, args.absent) if args.command == "check" else []
    if wrong:
        sys.exit("\n".join([f"{args.file} must not be shipped:"] + [f"  {line}" for line in wrong]))


main()
