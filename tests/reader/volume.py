#!/usr/bin/env python3
"""Second reader of DKG1, from docs/volume-format.md alone. It shares no code with the C library.

  volume.py check FILE    opens every volume of a vector file with each key it is locked for and compares the digests

The generator of the vectors is the tests' fast one, defined here once more: the key is XSTREAM(B2(32, model digest, image),
24 zeros). BLAKE2b is hashlib's; sealed box, AEAD, Ed25519 and Argon2id are PyNaCl's; XChaCha20 is generator.py's.
"""
import base64
import hashlib
import json
import struct
import sys

try:
    import nacl.bindings as sodium
    import nacl.exceptions
    import nacl.pwhash
except ImportError:
    print("SKIP volume.py: PyNaCl is not installed")
    sys.exit(77)
import generator


def b2(n, key, m):
    return hashlib.blake2b(m, digest_size=n, key=key or b"").digest()


def kdf(root, i):
    return hashlib.blake2b(b"", digest_size=32, key=root, salt=struct.pack("<QQ", i, 0), person=b"DKG1sub_" + bytes(8)).digest()


def nonce(i, d):
    return struct.pack("<QB15x", i, d)


def xstream(key, n, size):
    return bytes(generator.xstream(key, n, size))


def xor(a, b):
    n = len(a)
    return (int.from_bytes(a, "little") ^ int.from_bytes(b[:n], "little")).to_bytes(n, "little")


def need(condition, what):
    if not condition:
        raise ValueError(what)


# ---- slab and envelope (sections 4 and 5) ------------------------------------------------------------------------------
def find_envelope(voxels, dim, cb):
    trailer = voxels[-64:]
    need(trailer[:8] == b"DKG1TRLR" and trailer[48:] == b2(16, None, trailer[:48]), "trailer")
    major, flags, tcb, zero, size, nx, ny, planes, key_planes, zero2 = struct.unpack("<HHB3sQIIQI4s", trailer[8:48])
    pl = nx * ny * cb
    need((major, flags, tcb, zero, zero2) == (1, 0, cb, bytes(3), bytes(4)), "trailer fields")
    need([nx, ny, planes] == dim and key_planes == -(-size // pl) - (-(size + 64) // pl), "trailer dimensions")
    slab = voxels[-key_planes * pl:]
    a, b = slab[:size], slab[-64 - size:-64]
    need(a == b and not any(slab[size:-64 - size]), "copies and fill")
    need(a[224:256] == b2(32, None, a[:224] + a[256:]), "checksum")
    return a


class Envelope:
    def __init__(self, e):
        magic, major, minor, self.mode, aead, hash_, self.cb = struct.unpack("<8sHHBBBB", e[:16])
        self.nx, self.ny, self.slices, self.datatype, self.bpv, block, m, self.flags, zero = struct.unpack("<IIIHHIIII", e[16:48])
        self.core, self.salt, self.fingerprint, self.commitment = e[:128], e[48:80], e[80:96], e[96:128]
        size, sl, self.epoch = struct.unpack("<IIQ", e[128:144])
        self.mutable, self.core_mac, self.slots_mac = e[128:160], e[160:192], e[192:224]
        self.slots, self.sealed, self.table = e[256:256 + sl], e[256 + sl:256 + sl + m], e[256 + sl + m:]
        paper = self.mode == 0x7F
        need(magic == b"DKG1ENV\0" and (major, minor, zero) == (1, 0, 0) and e[144:160] == bytes(16), "core")
        need((aead, hash_) == ((0, 0) if paper else (1, 1)) and block == (0 if self.mode == 2 else 196608), "algorithms")
        need(size == len(e) and len(self.table) == 32 * self.slices and m % 512 == 16, "lengths")
        need((sl == 0) if paper else (sl % 256 == 0 and sl > 0), "slots length")
        self.L = self.nx * self.ny * self.bpv
        self.hd = b2(32, None, self.core)


def entries(data, head):
    out, last = {}, 0
    while len(data) >= struct.calcsize(head) and data[:2] != b"\0\0":
        kind, size = struct.unpack(head, data[:struct.calcsize(head)])
        body, data = data[struct.calcsize(head):struct.calcsize(head) + size], data[struct.calcsize(head) + size:]
        out.setdefault(kind, []).append(body)
    need(not any(data), "padding")
    return out


# ---- keys (sections 6 to 8) --------------------------------------------------------------------------------------------
class KeyFile:
    def __init__(self, raw):
        need(raw[:8] == b"DKGKEY1\0" and raw[12] == 0 and raw[-32:] == b2(32, None, raw[:-32]), "key file")
        self.id, inner = raw[16:32], raw[64:-32]
        self.k0, self.digest = inner[:32], inner[32:64]
        length = struct.unpack("<I", inner[64:68])[0]
        image = inner[80:80 + length]
        self.i0 = xstream(image, b"DKG1 I0\0" + bytes(16), 196608) if length == 32 else image
        self.kek = b2(32, self.k0, b"DKG1 kek")
        self.factor = b2(32, self.k0, b"DKG1 kf1" + self.digest + b2(32, None, self.i0))


def unbox(box, ad, n, key):
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(box, ad, n, key)
    except nacl.exceptions.CryptoError:
        return None


def file_keys(env, scalar, keyfile, passphrase):
    """(how, FK) of every slot that opens."""
    slots = entries(env.slots, "<HH")
    public = sodium.crypto_scalarmult_base(scalar)
    for body in slots.get(1, []):
        inner = sodium.crypto_box_seal_open(body, public, scalar)
        need(inner[32:] == b2(16, None, b"DKG1slot" + env.salt), "slot mark")
        yield "recipient", inner[:32]
    for body in slots.get(3, []):
        need(body[:8] == b2(16, env.salt, keyfile.id)[:8], "key file mark")
        yield "key file", unbox(body[32:], b"DKG1SLOT" + struct.pack("<H", 3) + env.salt, body[8:32], keyfile.kek)
    for body in slots.get(2, []):
        ops, kib = struct.unpack("<II", body[16:24])
        w = nacl.pwhash.argon2id.kdf(64, passphrase, body[:16], opslimit=ops, memlimit=kib * 1024)
        need(w[32:] == body[24:56], "passphrase check")
        yield "passphrase", unbox(body[56:], b"DKG1SLOT" + struct.pack("<H", 2) + env.salt, bytes(24), w[:32])
    for body in slots.get(0x10, []):
        message = b"DKG1SIG1" + env.core + env.core_mac
        need(sodium.crypto_sign_open(body[32:] + message, body[:32]) == message, "signature")


# ---- slices ------------------------------------------------------------------------------------------------------------
def key_of_slice(env, z, k_gen, i0, digest):
    out, paper, blocks = b"", env.mode == 0x7F, -(-env.L // 196608)
    for j in range(blocks):
        rest = env.L - 196608 * j
        rows = 256 if paper or j < blocks - 1 else min(256, max(64, 4 * -(-rest // 3072)))
        image = (i0 or bytes(196608))[:768 * rows]
        if not env.flags & 4:
            image = xor(image, xstream(k_gen, struct.pack("<QI4s8x", z, j, b"GEN\0"), 768 * rows))
        out += xstream(b2(32, digest, image), bytes(24), 768 * rows)
    return out[:env.L]


def read(case, env, planes, fk, keyfile):
    digest = bytes.fromhex(case["model_digest"])
    paper = env.mode == 0x7F
    if paper:
        plain, total = env.sealed[:-16], env.sealed[-16:]
        need(b2(16, None, plain) == total, "metadata sum")
        k_gen, i0 = b2(32, keyfile.k0, b"DKG1 pap" + env.salt), keyfile.i0
    else:
        factor, i0 = (keyfile.factor, keyfile.i0) if env.flags & 1 else (bytes(32), None)
        root = b2(32, fk, b"DKG1 root v1" + env.core[:96] + factor)
        k_aead, k_gen, k_gcheck, k_meta, k_mac, commitment, k_slots = (kdf(root, i) for i in range(1, 8))
        need(commitment == env.commitment, "commitment")
        need(b2(32, k_mac, env.core + env.sealed + env.table) == env.core_mac, "core_mac")
        need(b2(32, k_slots, env.core_mac + env.mutable + env.slots) == env.slots_mac, "slots_mac")
        plain = unbox(env.sealed, b"DKG1META" + env.hd, nonce(0, 2), k_meta)
    meta = {kind: body[0] for kind, body in entries(plain, "<H2xI").items()}
    need(list(meta) == sorted(meta), "order of metadata")
    need((3 in meta) == (not paper) and (4 in meta) == (env.mode != 2) and (9 in meta) == paper, "metadata present")
    if env.mode != 2:
        need(meta[4] == digest and b2(16, env.salt, digest) == env.fingerprint, "model")
    if paper:
        need(meta[9] == keyfile.id, "key file id")
    data = b""
    for z in range(env.slices):
        c, tag, gcheck = planes[z * env.L:(z + 1) * env.L], env.table[32 * z:32 * z + 16], env.table[32 * z + 16:32 * z + 32]
        g = bytes(env.L) if env.mode == 2 else key_of_slice(env, z, k_gen, i0, digest)
        if paper:
            need(b2(32, None, c) == tag + gcheck, "slice sum")
            data += xor(c, g)
            continue
        x = unbox(c + tag, b"DKG1SLC1" + env.hd + struct.pack("<Q", z) + gcheck, nonce(z, 1), k_aead)
        need(x is not None, "tag of slice %d" % z)
        need(gcheck == (bytes(16) if env.mode == 2 else b2(16, k_gcheck, struct.pack("<Q", z) + g)), "gcheck")
        data += xor(x, g)
    size = struct.unpack("<Q", meta[1][16:24])[0]
    need(not any(data[size:]) and (len(data) == size or env.flags & 2), "padding")
    data, head = data[:size], meta[2]
    need(paper or meta[3] == b2(32, None, head + meta.get(8, b"") + data + meta.get(7, b"")), "digest")
    need(b2(32, None, data).hex() == case["data_digest"] and b2(32, None, head).hex() == case["head_digest"], "wrong bytes")
    need(meta[5] == b"known.nii" and meta[6].decode() == case["name"], "name and note")


def check(path):
    with open(path) as f:
        cases = json.load(f)
    for case in cases:
        voxels = base64.b64decode(case["voxels"])
        env = Envelope(find_envelope(voxels, case["dim"], case["carrier_bytes"]))
        keyfile = KeyFile(base64.b64decode(case["keyfile"]))
        keys = [("key file", None)] if env.mode == 0x7F else list(
            file_keys(env, bytes.fromhex(case["identity"]), keyfile, case["passphrase"].encode()))
        need(keys, "no slot opens")
        for how, fk in keys:
            read(case, env, voxels, fk, keyfile)
            print("ok: %s, opened by %s" % (case["name"], how))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "check":
        sys.exit(__doc__)
    check(sys.argv[2])
