"""Finding a carrier in a file that other programs may have turned, relabelled or damaged: section 10 of docs/volume-format.md."""
import base64
import gzip
import itertools
import json
import struct
import zlib

import numpy as np

from volume import b2

NO_KEY, ENVELOPE, DAMAGED, GENERATOR, FOREIGN, POLICY, REPAIRED = 3, 4, 5, 6, 7, 9, 10
HYBRID, AEAD, PAPER = 1, 2, 0x7F


class Refused(Exception):
    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


def need(condition, code, why):
    if not condition:
        raise Refused(code, why)


# ---- step 1 of section 10: the file ----------------------------------------------------------------------------------------
KINDS = {2: "u1", 256: "i1", 4: "i2", 512: "u2", 8: "i4", 768: "u4", 1024: "i8", 1280: "u8", 16: "f4", 64: "f8"}


class Stored:
    """Voxels as stored, [k][j][i], with slope, inter and the text of the extension."""

    def __init__(self, raw):
        if raw[:2] == b"\x1f\x8b":
            try:
                raw = gzip.decompress(raw)
            except (OSError, EOFError, zlib.error):
                raise Refused(FOREIGN, "gzip")
        need(len(raw) >= 348, FOREIGN, "no header")
        size = next(((s, e) for e in "<>" for s in (348, 540) if raw[:4] == struct.pack(e + "i", s)), None)
        need(size is not None, FOREIGN, "not NIfTI")
        first, end = size
        if first == 348:
            dim, code = struct.unpack(end + "8h", raw[40:56]), struct.unpack(end + "h", raw[70:72])[0]
            offset, self.slope, self.inter = struct.unpack(end + "3f", raw[108:120])
            magic = raw[344:348] == b"n+1\0"
        else:
            code, dim = struct.unpack(end + "h", raw[12:14])[0], struct.unpack(end + "8q", raw[16:80])
            offset, self.slope, self.inter = struct.unpack(end + "q2d", raw[168:192])
            magic = raw[4:12] == b"n+2\0\r\n\x1a\n"
        need(magic and code in KINDS and 1 <= dim[0] <= 7, FOREIGN, "not a numeric scalar image")
        dim = [dim[i] if i <= dim[0] else 1 for i in range(1, 8)]
        need(min(dim) >= 1 and dim[3:] == [1] * 4, FOREIGN, "dim")
        kind = np.dtype(end + KINDS[code])
        count = dim[0] * dim[1] * dim[2]
        voxels = raw[int(offset):][:count * kind.itemsize]
        voxels += bytes(count * kind.itemsize - len(voxels))  # a file cut short: what is missing counts as zero
        self.voxels = np.frombuffer(voxels, kind).reshape(dim[2], dim[1], dim[0])
        self.extension = self.find_extension(raw[first:int(offset)], end)

    @staticmethod
    def find_extension(raw, end):
        if raw[:1] in (b"", b"\0"):
            return None
        raw = raw[4:]
        while len(raw) >= 8:
            size, code = struct.unpack(end + "ii", raw[:8])
            if size < 8 or size > len(raw):
                return None
            if code == 6 and raw[8:].startswith(b'{"format":"DKG1"'):
                try:
                    return base64.b64decode(json.loads(raw[8:size])["envelope"], validate=True)
                except (ValueError, KeyError):
                    return None
            raw = raw[size:]
        return None

    def scaled(self):
        return (self.slope, self.inter) != (1, 0)

    def canonical(self, cb, scaled):
        """Step 2: carrier voxels, lost ones 0."""
        r = self.voxels.astype(np.float64)
        if scaled and self.slope != 0 and np.isfinite(self.slope):
            r = self.slope * r + self.inter
        with np.errstate(invalid="ignore"):
            q = np.rint(r)
            lost = ~np.isfinite(r) | (np.abs(q - r) > 0.25) | (q < -2.0 ** (8 * cb - 1)) | (q >= 2.0 ** (8 * cb))
        return np.where(lost, 0, q).astype(np.int64).astype("<u%d" % cb)


class View:
    def __init__(self, voxels, cb):
        self.cb, self.dim = cb, voxels.shape[::-1]
        self.bytes = voxels.tobytes()
        self.plane = self.dim[0] * self.dim[1] * cb


def views(stored):
    """Step 3: with and without scale, cb 2 and 1, axis orders and flips, identity first."""
    for scaled in ([True, False] if stored.scaled() else [False]):
        for cb in (2, 1):
            voxels = stored.canonical(cb, scaled)
            for order in itertools.permutations(range(3)):
                for flips in itertools.product((1, -1), repeat=3):
                    yield View(voxels.transpose(order)[tuple(slice(None, None, f) for f in flips)], cb)


# ---- locating (steps 3 to 7) --------------------------------------------------------------------------------------------------
def key_planes(size, plane):
    return -(-size // plane) - (-(size + 64) // plane)


def trailer_of(view):
    """(E, S*P) of a trailer that fits the view, or None."""
    t = view.bytes[-64:]
    if len(t) < 64 or t[:8] != b"DKG1TRLR" or t[48:] != b2(16, None, t[:48]):
        return None
    major, flags, cb, zero, size, nx, ny, planes, k, zero2 = struct.unpack("<HHB3sQIIQI4s", t[8:48])
    fits = (major, flags, zero, zero2) == (1, 0, bytes(3), bytes(4)) and (cb, nx, ny, planes) == (view.cb, *view.dim)
    return (size, planes - k) if fits and k == key_planes(size, view.plane) and planes > k else None


def intact(e, view, size=None, planes=None):
    """S*P when e begins an envelope with right magic, checksum and E that agrees with the view, else None."""
    if len(e) < 256 or e[:8] != b"DKG1ENV\0":
        return None
    nx, ny, slices, _, bpv = struct.unpack("<IIIHH", e[16:32])
    stated = struct.unpack("<I", e[128:132])[0]
    if (e[15], nx, ny) != (view.cb, view.dim[0], view.dim[1]) or bpv == 0 or bpv % view.cb or not 256 <= stated <= len(e):
        return None
    if e[224:256] != b2(32, None, e[:224] + e[256:stated]):
        return None
    found = slices * (bpv // view.cb)
    return found if size in (None, stated) and planes in (None, found) else None


class Located:
    def __init__(self, view, cipher_planes, copies, trailer, extension=None):
        self.cipher = view.bytes[:cipher_planes * view.plane]
        size = len(next(filter(None, (extension, *copies))))
        whole = view.dim[2] == cipher_planes + key_planes(size, view.plane)
        fill = view.bytes[cipher_planes * view.plane + size:len(view.bytes) - 64 - size]
        a, b = copies
        self.repaired = bool(extension or not trailer or a is None or a != b or not whole or any(fill))
        self.found = [extension] if extension else [c for c in (a, b if b != a else None) if c]


def copies_at(view, size, planes):
    slab = view.bytes[planes * view.plane:]
    whole = view.dim[2] == planes + key_planes(size, view.plane)
    a, b = slab[:size], view.bytes[len(view.bytes) - 64 - size:-64] if whole else b""
    return [c if len(c) == size and intact(c, view, size, planes) is not None else None for c in (a, b)]


def search(view):
    at, hits = view.bytes.find(b"DKG1ENV\0"), 0
    while at >= 0 and hits < 64:
        planes = intact(view.bytes[at:], view)
        if planes is not None:
            size = struct.unpack("<I", view.bytes[at + 128:at + 132])[0]
            whole = view.dim[2] == planes + key_planes(size, view.plane)
            if at == planes * view.plane or whole and at == len(view.bytes) - 64 - size:
                return Located(view, planes, copies_at(view, size, planes), trailer=False)
        at, hits = view.bytes.find(b"DKG1ENV\0", at + 1), hits + 1
    return None


def locate(stored):
    fitting = None
    for view in views(stored):
        trailer = trailer_of(view)
        if trailer:
            copies = copies_at(view, *trailer)
            if any(copies):
                return Located(view, trailer[1], copies, trailer=True)
            fitting = fitting or (view, *trailer)
    extension = stored.extension
    if fitting:
        view, size, planes = fitting
        need(extension and len(extension) == size and intact(extension, view, size, planes) is not None, ENVELOPE, "no intact copy")
        return Located(view, planes, (None, None), trailer=True, extension=extension)
    for view in views(stored):
        found = search(view)
        if found:
            return found
    if extension and len(extension) >= 256:
        view = View(stored.canonical(1 if extension[15] == 1 else 2, stored.scaled()), 1 if extension[15] == 1 else 2)
        planes = intact(extension, view, len(extension))
        if planes is not None and planes <= view.dim[2]:
            return Located(view, planes, (None, None), trailer=False, extension=extension)
    raise Refused(FOREIGN, "not a DKG1 volume")
