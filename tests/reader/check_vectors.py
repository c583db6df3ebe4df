#!/usr/bin/env python3
"""Second reader of whole files: opens every vector of tests/vectors/volumes.json as docs/volume-format.md says, sections 10 and
11 step by step, and compares exit code, warning, damage report and what is released; then known_answers.json.

  check_vectors.py FOLDER [PART OF A NAME]

It shares no code with the C library; carrier.py finds the carrier, the generator is generator.py's, primitives are volume.py's.
"""
import json
import os
import struct
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the products are small: threads only wait for each other
try:
    import numpy as np
    import nacl.bindings as sodium
    import nacl.exceptions
    import nacl.pwhash
except ImportError:
    print("SKIP check_vectors.py: NumPy or PyNaCl is not installed")
    sys.exit(77)
import generator
from carrier import (AEAD, DAMAGED, ENVELOPE, GENERATOR, HYBRID, NO_KEY, PAPER, POLICY, REPAIRED, Refused, Stored, locate, need)
from volume import KeyFile, b2, kdf, nonce, unbox, xor, xstream

# ---- key texts (section 7) -----------------------------------------------------------------------------------------------
def bech32(text, prefix):
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    text = text.lower()
    hrp, data = text[:text.rindex("1")], [letters.index(c) for c in text[text.rindex("1") + 1:]]
    check = 1
    for v in [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp] + data:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= g if top >> i & 1 else 0
    assert hrp == prefix and check == 1
    number = 0
    for v in data[:-6]:
        number = number << 5 | v
    return (number >> 5 * len(data[:-6]) - 256).to_bytes(32, "big")


class Keyring:
    def __init__(self, folder):
        self.folder = os.path.join(folder, "keys")

    def text(self, name):
        with open(os.path.join(self.folder, name + ".txt")) as f:
            return [line.strip() for line in f if line.strip() and not line.startswith("#")][0]

    def identity(self, name):
        return bech32(self.text(name), "age-secret-key-")

    def signer(self, name):
        return bech32(self.text(name), "dkg-sign")

    def keyfile(self, name):
        with open(os.path.join(self.folder, name + ".dkgkey"), "rb") as f:
            return KeyFile(f.read())


# ---- the envelope (section 5, step 2 of section 11) ------------------------------------------------------------------------------
BYTES = {2: 1, 256: 1, 4: 2, 512: 2, 128: 3, 8: 4, 768: 4, 16: 4, 2304: 4, 1024: 8, 1280: 8, 64: 8, 32: 8, 1536: 16, 1792: 16, 2048: 32}
SLOT_BYTES = {1: 96, 2: 104, 3: 80, 0x10: 96}


def entries(data, head):
    """(type, rest of the head, body) of a list; the end mark and zeros follow."""
    n = struct.calcsize(head)
    while len(data) >= n and data[:2] != b"\0\0":
        kind, *rest, size = struct.unpack(head, data[:n])
        need(size <= len(data) - n, ENVELOPE, "entry cut short")
        yield kind, rest, data[n:n + size]
        data = data[n + size:]
    need(not any(data), ENVELOPE, "padding")


class Envelope:
    def __init__(self, e):
        magic, major, self.minor, self.mode, aead, hash_, cb = struct.unpack("<8sHHBBBB", e[:16])
        nx, ny, self.slices, self.datatype, self.bpv, block, m, self.flags, zero = struct.unpack("<IIIHHIIII", e[16:48])
        size, sl, self.epoch = struct.unpack("<IIQ", e[128:144])
        paper = self.mode == PAPER
        need(major == 1 and self.mode in (HYBRID, AEAD, PAPER), ENVELOPE, "version or mode")
        need((aead, hash_) == ((0, 0) if paper else (1, 1)), ENVELOPE, "algorithm")
        need(self.flags & ~(6 if paper else 3) == 0 and zero == 0 and not any(e[144:160]), ENVELOPE, "flags or reserved bytes")
        need(block == (0 if self.mode == AEAD else 196608), ENVELOPE, "generator block")
        need(self.mode != AEAD or not any(e[80:96]), ENVELOPE, "fingerprint in mode 2")
        need(not paper or not any(e[96:128] + e[160:224]), ENVELOPE, "commitment or MAC in paper mode")
        self.stream = bool(self.flags & 2)
        need((self.datatype, self.bpv) == (0, 1) if self.stream else BYTES.get(self.datatype) == self.bpv, ENVELOPE, "datatype")
        self.L = nx * ny * self.bpv
        need(cb in (1, 2) and self.bpv % cb == 0 and 1 <= self.slices <= 1 << 22 and 0 < self.L < 1 << 31, ENVELOPE, "shape")
        need(528 <= m <= 1 << 26 and m % 512 == 16, ENVELOPE, "M")
        need(sl == 0 if paper else 256 <= sl <= 65536 and sl % 256 == 0, ENVELOPE, "SL")
        need(size == len(e) == 256 + sl + m + 32 * self.slices, ENVELOPE, "E")
        self.core, self.salt, self.fingerprint, self.commitment = e[:128], e[48:80], e[80:96], e[96:128]
        self.mutable, self.core_mac, self.slots_mac, self.checksum = e[128:160], e[160:192], e[192:224], e[224:256]
        self.slots, self.sealed, self.table = e[256:256 + sl], e[256 + sl:256 + sl + m], e[256 + sl + m:]
        self.tags = [self.table[32 * z:32 * z + 16] for z in range(self.slices)]
        self.gchecks = [self.table[32 * z + 16:32 * z + 32] for z in range(self.slices)]
        need(self.mode != AEAD or not any(b"".join(self.gchecks)), ENVELOPE, "gcheck in mode 2")
        self.slot_list = [(kind, body) for kind, _, body in entries(self.slots, "<HH")]
        for kind, body in self.slot_list:
            need(SLOT_BYTES.get(kind, len(body)) == len(body), ENVELOPE, "slot length")
            need(kind in SLOT_BYTES or not kind & 0x8000, ENVELOPE, "slot type")
        need([kind for kind, _ in self.slot_list].count(0x10) <= 1, ENVELOPE, "two signatures")
        self.hd = b2(32, None, self.core)

    def derive(self, fk, factor):
        self.fk = fk
        self.root = b2(32, fk, b"DKG1 root v1" + self.core[:96] + factor)
        names = ("k_aead", "k_gen", "k_gcheck", "k_meta", "k_mac", "derived_commitment", "k_slots")
        for i, name in enumerate(names):
            setattr(self, name, kdf(self.root, i + 1))
        return self.derived_commitment == self.commitment


# ---- keys (steps 3 to 5 of section 11) -------------------------------------------------------------------------------------------
class Keys:
    def __init__(self, ring, how):
        self.identities = [ring.identity(name) for name in how.get("identities", [])]
        self.keyfiles = [ring.keyfile(name) for name in how.get("keyfiles", [])]
        self.signers = [ring.signer(name) for name in how.get("signers", [])]
        self.passphrase = how["passphrase"].encode() if "passphrase" in how else None
        self.any_cost = how.get("any_argon2_cost", False)


def box_ad(kind, env):
    return b"DKG1SLOT" + struct.pack("<H", kind) + env.salt


def file_keys(env, keys):
    for kind, body in env.slot_list:
        if kind == 1:
            for scalar in keys.identities:
                try:
                    inner = sodium.crypto_box_seal_open(body, sodium.crypto_scalarmult_base(scalar), scalar)
                except nacl.exceptions.CryptoError:
                    continue
                if inner[32:] == b2(16, None, b"DKG1slot" + env.salt):
                    yield inner[:32]
        if kind == 3:
            for key in keys.keyfiles:
                fk = unbox(body[32:], box_ad(3, env), body[8:32], key.kek)
                if body[:8] == b2(16, env.salt, key.id)[:8] and fk:
                    yield fk
    if keys.passphrase is None:
        return
    costly = False
    for body in [body for kind, body in env.slot_list if kind == 2][:8]:
        ops, kib = struct.unpack("<II", body[16:24])
        if not keys.any_cost and not (1 <= ops <= 10 and 8 <= kib <= 2097152):
            costly = True
            continue
        w = nacl.pwhash.argon2id.kdf(64, keys.passphrase, body[:16], opslimit=ops, memlimit=kib * 1024)
        fk = unbox(body[56:], box_ad(2, env), bytes(24), w[:32]) if w[32:] == body[24:56] else None
        if fk:
            yield fk
    need(not costly, POLICY, "Argon2 cost")


def unlock(env, keys):
    """Steps 3 to 5 with one copy. Sets env.i0."""
    factors = [(key.factor, key.i0) for key in keys.keyfiles] if env.flags & 1 else [(bytes(32), None)]
    fitting = ((fk, i0) for fk in file_keys(env, keys) for factor, i0 in factors if env.derive(fk, factor))
    opened = next(fitting, None) if factors else None
    need(opened, NO_KEY, "no slot opens")
    env.i0 = opened[1]
    need(b2(32, env.k_mac, env.core + env.sealed + env.table) == env.core_mac, ENVELOPE, "core_mac")
    need(b2(32, env.k_slots, env.core_mac + env.mutable + env.slots) == env.slots_mac, ENVELOPE, "slots_mac")
    signed_by = None
    for kind, body in env.slot_list:
        if kind == 0x10:
            try:
                sodium.crypto_sign_open(body[32:] + b"DKG1SIG1" + env.core + env.core_mac, body[:32])
            except nacl.exceptions.CryptoError:
                raise Refused(ENVELOPE, "signature")
            signed_by = body[:32]
    need(not keys.signers or signed_by in keys.signers, POLICY, "signer")


def copies_of(located):
    """Higher epoch first; equal ones keep A first."""
    return sorted(map(Envelope, located.found), key=lambda env: -env.epoch)


def unlock_any(copies, keys):
    failure = None
    for env in copies:
        try:
            unlock(env, keys)
            return env
        except Refused as refused:
            failure = failure or refused
    raise failure


# ---- metadata (step 6) -----------------------------------------------------------------------------------------------------------
def open_metadata(env):
    if env.mode == PAPER:
        plain = env.sealed[:-16]
        need(env.sealed[-16:] == b2(16, None, plain), ENVELOPE, "metadata sum")
    else:
        plain = unbox(env.sealed, b"DKG1META" + env.hd, nonce(0, 2), env.k_meta)
        need(plain is not None, ENVELOPE, "metadata seal")
    meta, last = {}, 0
    for kind, (zero,), body in entries(plain, "<HHI"):
        need(zero == 0 and kind > last, ENVELOPE, "order of metadata")
        need(kind <= 9 or not kind & 0x8000, ENVELOPE, "unknown metadata")
        meta[kind], last = body, kind
    need(len(meta.get(1, b"")) == 32, ENVELOPE, "GEOM")
    kind, version, order, gz, datatype, bpv, offset, size, zero = struct.unpack("<BBBBHHQQQ", meta[1])
    need(kind in (1, 2) and version in (1, 2) and order < 2 and gz < 2 and zero == 0, ENVELOPE, "GEOM fields")
    present = {2: True, 3: env.mode != PAPER, 4: env.mode != AEAD, 8: kind == 2, 9: env.mode == PAPER}
    need(all((k in meta) == wanted for k, wanted in present.items()), ENVELOPE, "metadata present")
    lengths = {3: 32, 4: 32, 9: 16}
    need(all(len(meta[k]) == n for k, n in lengths.items() if k in meta), ENVELOPE, "metadata lengths")
    room = env.L * env.slices
    need(BYTES.get(datatype) == bpv and (env.stream or datatype == env.datatype), ENVELOPE, "datatype")
    need(1 <= size <= room if env.stream else size == room, ENVELOPE, "N")
    need(offset == len(meta[8] if kind == 2 else meta[2]), ENVELOPE, "data offset")
    name = meta.get(5, b"")
    need(name not in (b".", b"..") and not any(c < 32 or c in b"/\\" for c in name), ENVELOPE, "NAME")
    return meta, size


# ---- slices (steps 7 to 11) ------------------------------------------------------------------------------------------------------
class Models:
    known, keys = {}, {}

    @classmethod
    def of(cls, seed):
        if seed not in cls.known:
            model = generator.Model.random(bytes([seed]) * 32, 16)
            cls.known[seed] = (model, bytes.fromhex(model.digest()))
        return cls.known[seed]


    @classmethod
    def key(cls, model, image):
        """Generator(model, image); the slow part, so keys are kept."""
        if (model, image) not in cls.keys:
            pixels = np.frombuffer(image, np.uint8).reshape(-1, 256, 3)
            cls.keys[model, image] = generator.generate(model, pixels)[1].tobytes()
        return cls.keys[model, image]


def initial_image(env, z, j, blocks):
    rest = env.L - 196608 * j
    rows = 256 if env.mode == PAPER or j < blocks - 1 else min(256, max(64, 4 * -(-rest // 3072)))
    image = (env.i0 or bytes(196608))[:768 * rows]
    if not env.flags & 4:
        image = xor(image, xstream(env.k_gen, struct.pack("<QI4s8x", z, j, b"GEN\0"), 768 * rows))
    return image


def key_of_slice(env, model, z):
    blocks = -(-env.L // 196608)
    return b"".join(Models.key(model, initial_image(env, z, j, blocks)) for j in range(blocks))[:env.L]


def open_slice(env, z, c):
    """X_z (paper mode: C_z) or None."""
    if env.mode == PAPER:
        return c if b2(32, None, c) == env.tags[z] + env.gchecks[z] else None
    return unbox(c + env.tags[z], b"DKG1SLC1" + env.hd + struct.pack("<Q", z) + env.gchecks[z], nonce(z, 1), env.k_aead)


def read(raw, how, ring):
    """(exit, warning, damaged, released) of one file."""
    keys, warning, damaged = Keys(ring, how), False, []
    try:
        located = locate(Stored(raw))
        warning = located.repaired
        copies = copies_of(located)
        need(not (how.get("strict") and located.repaired), REPAIRED, "repaired")
        paper = copies[0].mode == PAPER
        need(not paper or how.get("paper", True), POLICY, "paper mode")
        need(not paper or not keys.signers, POLICY, "paper mode has no signer")
        env = copies[0] if paper else unlock_any(copies, keys)
        meta, size = open_metadata(env)
        if paper:
            key = next((k for k in keys.keyfiles if k.id == meta[9]), None)
            need(key, NO_KEY, "KEYID")
            env.k_gen, env.i0 = b2(32, key.k0, b"DKG1 pap" + env.salt), key.i0
        if env.mode != AEAD:
            model, digest = Models.of(how["model"])
            need(env.fingerprint == b2(16, env.salt, digest) and meta[4] == digest, GENERATOR, "model")
        wanted = [how["slice"]] if "slice" in how else range(env.slices)
        opened = {z: open_slice(env, z, located.cipher[z * env.L:(z + 1) * env.L]) for z in wanted}
        damaged = [z for z in wanted if opened[z] is None]
        need(not damaged or how.get("salvage"), DAMAGED, "damaged")
        data = b""
        for z in wanted:
            if opened[z] is None or env.mode == AEAD:
                data += opened[z] or bytes(env.L)
                continue
            g = key_of_slice(env, model, z)
            if env.mode == HYBRID:
                need(env.gchecks[z] == b2(16, env.k_gcheck, struct.pack("<Q", z) + g), GENERATOR, "gcheck")
            data += xor(opened[z], g)
        if "slice" in how:
            return 0, warning, damaged, b2(32, None, data)
        need(not any(data[size:]), ENVELOPE, "padding")
        source = meta[2] + meta.get(8, b"") + data[:size] + meta.get(7, b"")
        need(damaged or paper or b2(32, None, source) == meta[3], ENVELOPE, "HASH")
        return DAMAGED if damaged else 0, warning, damaged, b2(32, None, source)
    except Refused as refused:
        return refused.code, warning, damaged, None


def check_volumes(folder, part):
    with open(os.path.join(folder, "volumes.json")) as f:
        lines = [line for line in json.load(f)["volumes"] if part in line["file"]]
    wrong = 0
    for line in lines:
        with open(os.path.join(folder, "volumes", line["file"]), "rb") as f:
            code, warning, damaged, released = read(f.read(), line["open"], Keyring(folder))
        got = (code, warning, damaged, released and released.hex())
        expected = (line["exit"], line["warning"], line["damaged"], line["released"])
        if got != expected:
            print("FAIL", line["file"], "is", got, "should be", expected, flush=True)
            wrong += 1
    print("%d of %d vectors as expected" % (len(lines) - wrong, len(lines)))
    return wrong == 0 and lines


# ---- known answers ---------------------------------------------------------------------------------------------------------------
def answers_of(raw, ring, answer):
    """The same values, made from the file and the keys."""
    located = locate(Stored(raw))
    env = copies_of(located)[0]
    out = {"file": answer["file"], "mode": env.mode, "random_seed": answer["random_seed"], "r": answer["r"], "salt": env.salt, "hd": env.hd}
    if env.mode == PAPER:
        key = ring.keyfile("one")
        env.k_gen, env.i0 = b2(32, key.k0, b"DKG1 pap" + env.salt), key.i0
        out["k_gen"] = env.k_gen
        hash_ = None
    else:
        unlock(env, Keys(ring, {"identities": ["alice"]}))
        for name in ("fk", "root", "k_aead", "k_gen", "k_gcheck", "k_meta", "k_mac", "commitment", "k_slots", "core_mac", "slots_mac"):
            out[name] = getattr(env, name)
        hash_ = open_metadata(env)[0][3]
    if hash_ and b2(32, bytes.fromhex(answer["r"]), hash_) != env.salt:
        out["salt"] = b""
    if env.mode != AEAD:
        model, _ = Models.of(1)
        out["I_0_0"] = b2(32, None, initial_image(env, 0, 0, 1))
        out["G"] = [b2(32, None, key_of_slice(env, model, z)) for z in range(env.slices)]
    out["C"] = [located.cipher[z * env.L:(z + 1) * env.L] for z in range(env.slices)]
    first, second = ("sum_1", "sum_2") if env.mode == PAPER else ("tag", "gcheck")
    out[first], out[second] = env.tags, env.gchecks
    out["checksum"], out["file_digest"] = env.checksum, b2(32, None, raw)
    return json.loads(json.dumps(out, default=bytes.hex))


def check_answers(folder):
    with open(os.path.join(folder, "known_answers.json")) as f:
        answers = json.load(f)
    good = len(answers) == 3
    for answer in answers:
        with open(os.path.join(folder, answer["file"]), "rb") as f:
            got = answers_of(f.read(), Keyring(folder), answer)
        differing = [name for name in {**answer, **got} if answer.get(name) != got.get(name)]
        print("FAIL" if differing else "ok  ", answer["file"], *differing)
        good = good and not differing
    return good


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    good = check_volumes(arguments[0], arguments[1] if len(arguments) == 2 else "")
    return 0 if good and check_answers(arguments[0]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
