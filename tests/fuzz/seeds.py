#!/usr/bin/env python3
"""Writes first inputs of every fuzz target, made from the vectors and the modules' XML: seeds.py FOLDER.

The corpora in corpus/ began as these; libFuzzer then added what reaches new code (run)."""
import gzip
import json
import pathlib
import struct
import sys

root = pathlib.Path(__file__).resolve().parents[2]
out = pathlib.Path(sys.argv[1])


def write(stem, name, data):
    folder = out / stem
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def nifti(path):
    """dim[1..3], datatype, bitpix, slope, inter, first extension text and voxels of a little-endian NIfTI-1 carrier."""
    data = path.read_bytes()
    dim = struct.unpack_from("<8h", data, 40)
    datatype, bits = struct.unpack_from("<2h", data, 70)
    offset, slope, inter = struct.unpack_from("<3f", data, 108)
    text = b""
    if data[348] and int(offset) > 352:
        size = struct.unpack_from("<i", data, 352)[0]
        text = data[360:352 + size]
    return dim, datatype, bits, slope, inter, text, data[int(offset):]


def envelope(path):
    """The first envelope copy: behind the first magic number that a size of an envelope follows."""
    voxels = nifti(path)[-1]
    for i in range(len(voxels) - 256):
        size = struct.unpack_from("<I", voxels, i + 128)[0]
        if voxels[i:i + 4] == b"DKG1" and 256 <= size <= len(voxels) - i:
            return voxels[i:i + size]
    return None


for case in json.loads((root / "tests/vectors/volumes.json").read_text())["volumes"]:
    path = root / "tests/vectors/volumes" / case["file"]
    if path.suffix != ".nii":
        continue
    write("nifti", path.stem, b"\0" + path.read_bytes()[:4096])
    write("gunzip", path.stem, gzip.compress(path.read_bytes()[:2048], mtime=0))
    if path.read_bytes()[:4] != struct.pack("<i", 348):
        continue  # cut short, big-endian or NIfTI-2: seeds of the reader alone
    dim, datatype, bits, slope, inter, text, voxels = nifti(path)
    about = struct.pack("<HHB3Id7sH", datatype, bits // 8, 0, *dim[1:4], slope, struct.pack("<d", inter)[:7], len(text))
    write("locate", path.stem, about + text + voxels)
    found = envelope(path)
    if found:
        write("envelope", path.stem, found)

for path in (root / "tests/vectors/keys").iterdir():
    write("keyfile" if path.suffix == ".dkgkey" else "keytext", path.name, path.read_bytes())
modules = list((root / "cli-modules").glob("DeepKeyGen*/*.xml"))
for path in modules:
    write("xml", path.stem, path.read_bytes())
for path in (root / "cli-modules/dkg").glob("*.xml"):
    first = next((m.read_bytes() for m in modules if m.stem.lower().endswith(path.stem.split("-")[0])), b"")
    write("xml", path.stem, first + b"\0" + path.read_bytes() if first else path.read_bytes())

header = {"__metadata__": {"dkg.format": "1", "dkg.n": "16", "dkg.blocks": "6", "dkg.head": "fold"},
          "down1.weight": {"dtype": "I8", "shape": [16, 3, 7, 7], "data_offsets": [0, 2352]}}
text = json.dumps(header).encode()
write("model", "first-tensor", struct.pack("<Q", len(text)) + text + bytes(2352))
write("model", "no-header", struct.pack("<Q", 2) + b"{}")

for name, words in {"all": ["--flag", "--number", "4", "--ratio=0.25", "--kind", "two", "--manyFiles", 'a,"b,c"'],
                    "mistyped": ["--nmber", "4"], "help": ["--help"], "ends": ["--", "x"], "return": ["--returnparameterfile", "r"]}.items():
    for module in (0, 1):
        write("arguments", f"{name}-{module}", bytes([module]) + b"\0".join(w.encode() for w in words))
