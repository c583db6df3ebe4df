#!/usr/bin/env python3
"""Makes schedule.json and keys.json: known answers of the key schedule, slots and key files, computed from
docs/volume-format.md without any code of this project. BLAKE2b is hashlib's; XChaCha20, Poly1305 and bech32 are written out
below from their standards; sealed boxes, Ed25519 and Argon2id are PyNaCl's. Vectors are kept for ever: add, never change.

usage: make_keys.py FOLDER"""
import hashlib
import json
import pathlib
import struct
import sys

import nacl.bindings
import nacl.pwhash
import nacl.signing


def b2(n, key, m):
    return hashlib.blake2b(m, digest_size=n, key=key or b"").digest()


def kdf(key, i):
    return hashlib.blake2b(b"", digest_size=32, key=key, salt=struct.pack("<QQ", i, 0), person=b"DKG1sub_" + bytes(8)).digest()


# XChaCha20 (draft-irtf-cfrg-xchacha-03) with the 64-bit block counter at 0, and its AEAD (RFC 8439 with HChaCha20)
def rounds(s):
    def quarter(a, b, c, d):
        for x, y, z, r in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xFFFFFFFF
            v = s[z] ^ s[x]
            s[z] = (v << r | v >> (32 - r)) & 0xFFFFFFFF
    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return s


CONSTANTS = list(struct.unpack("<4I", b"expand 32-byte k"))


def hchacha(key, nonce):
    s = rounds(CONSTANTS + list(struct.unpack("<8I", key)) + list(struct.unpack("<4I", nonce)))
    return struct.pack("<8I", *s[:4], *s[12:])


def xstream(key, nonce, n, counter=0):
    subkey, out = list(struct.unpack("<8I", hchacha(key, nonce[:16]))), b""
    while len(out) < n:
        start = CONSTANTS + subkey + [counter & 0xFFFFFFFF, counter >> 32] + list(struct.unpack("<2I", nonce[16:]))
        out += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(rounds(start[:]), start)))
        counter += 1
    return out[:n]


def poly1305(key, m):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    a = 0
    for i in range(0, len(m), 16):
        a = (a + int.from_bytes(m[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((a + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def aead(key, nonce, ad, m):
    def pad(x):
        return x + bytes(-len(x) % 16)
    c = xor(m, xstream(key, nonce, len(m), 1))
    return c + poly1305(xstream(key, nonce, 32), pad(ad) + pad(c) + struct.pack("<QQ", len(ad), len(c)))


# bech32 (BIP 173)
def bech32(prefix, data):
    def polymod(values):
        chk = 1
        for v in values:
            top, chk = chk >> 25, (chk & 0x1FFFFFF) << 5 ^ v
            for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                chk ^= g if top >> i & 1 else 0
        return chk
    bits = "".join(f"{b:08b}" for b in data)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]
    check = polymod([ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + words + [0] * 6) ^ 1
    words += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[w] for w in words)


def derive(fk, core96, kf):
    root = b2(32, fk, b"DKG1 root v1" + core96 + kf)
    names = ("aead", "gen", "gcheck", "meta", "mac", "commitment", "slots")
    return {"fk": fk, "core": core96, "kf": kf, "root": root, **{n: kdf(root, i + 1) for i, n in enumerate(names)}}


def initial(seed):
    return xstream(seed, b"DKG1 I0\0" + bytes(16), 196608) if seed else bytes(196608)


def image(gen, seed, z, j, rows):
    stream = xstream(gen, struct.pack("<QI", z, j) + b"GEN\0" + bytes(8), 768 * rows)
    return {"gen": gen, "seed": seed, "z": z, "j": j, "rows": rows, "digest": b2(32, None, xor(initial(seed), stream))}


def pattern(start, n):
    return bytes((start + i) & 255 for i in range(n))


def schedule():
    return {
        "derive": [derive(pattern(1, 32), pattern(0x40, 96), bytes(32)),
                   derive(pattern(1, 32), pattern(0x40, 96), pattern(0x90, 32)),
                   derive(bytes(32), bytes(96), bytes(32))],
        "image": [image(pattern(7, 32), b"", 0, 0, 64), image(pattern(7, 32), b"", 154, 3, 256),
                  image(pattern(9, 32), pattern(0x30, 32), 2**22 - 1, 1, 152)],
    }


def slot(kind, body):
    return struct.pack("<HH", kind, len(body)) + body


def region(*slots):
    out = b"".join(slots)
    return out + bytes(-len(out) % 256)


def keys():
    fk, core, core_mac = pattern(0x11, 32), pattern(0x21, 128), pattern(0x71, 32)
    salt = core[48:80]
    scalar, signer = pattern(0x31, 32), nacl.signing.SigningKey(pattern(0x51, 32))
    public = nacl.bindings.crypto_scalarmult_base(scalar)
    passphrase, psalt, cost = "Grüße, world".encode(), pattern(0xB0, 16), (3, 64)
    k0, digest, seed, key_id = pattern(0xC0, 32), pattern(0xD0, 32), pattern(0xE0, 32), pattern(0xF0, 16)
    model = b"not a model"

    def argon2(n):
        return nacl.pwhash.argon2id.kdf(n, passphrase, psalt, opslimit=cost[0], memlimit=cost[1] * 1024)

    def ad(kind):
        return b"DKG1SLOT" + struct.pack("<H", kind) + salt

    kek = b2(32, k0, b"DKG1 kek")
    x25519 = slot(1, nacl.bindings.crypto_box_seal(fk + b2(16, None, b"DKG1slot" + salt), public))
    w = argon2(64)
    phrase = slot(2, psalt + struct.pack("<II", *cost) + w[32:] + aead(w[:32], bytes(24), ad(2), fk))
    kid = b2(16, salt, key_id)[:8]
    keyfile = slot(3, kid + pattern(0x05, 24) + aead(kek, pattern(0x05, 24), ad(3), fk))
    signature = slot(0x10, bytes(signer.verify_key) + signer.sign(b"DKG1SIG1" + core + core_mac).signature)

    def file(wrap, image):
        inner = k0 + digest + struct.pack("<IIQ", len(image), 0, len(model)) + image + model
        head = b"DKGKEY1\0" + struct.pack("<HHBBH", 1, 0, wrap, 0, 0) + key_id
        head += (psalt + struct.pack("<II", *cost) if wrap else bytes(24)) + struct.pack("<Q", len(inner) + 16 * wrap)
        body = aead(argon2(32), bytes(24), head, inner) if wrap else inner
        return head + body + b2(32, None, head + body)

    return {
        "fk": fk, "core": core, "core_mac": core_mac,
        "identity": bech32("age-secret-key-", scalar).upper(), "recipient": bech32("age", public),
        "signing_key": bech32("dkg-sign-secret-", bytes(signer)).upper(), "signer": bech32("dkg-sign", bytes(signer.verify_key)),
        "passphrase": passphrase,
        "slots_x25519": region(x25519), "slots_passphrase": region(phrase), "slots_keyfile": region(keyfile),
        "slots_signature": region(signature), "slots_all": region(signature, phrase, slot(0x0A, b"skip"), keyfile, x25519),
        "keyfile": file(0, seed), "keyfile_wrapped": file(1, seed),
        "keyfile_id": key_id, "model_digest": digest, "model": model, "initial_digest": b2(32, None, initial(seed)),
        "kek": kek, "factor": b2(32, k0, b"DKG1 kf1" + digest + b2(32, None, initial(seed))),
        "mark": kid, "paper_key": b2(32, k0, b"DKG1 pap" + salt),
    }


def check():
    """The parts written out above against the published vectors."""
    key, nonce = bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x58))
    text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    sealed = aead(key, nonce, bytes.fromhex("50515253c0c1c2c3c4c5c6c7"), text)
    assert sealed[:8].hex() == "bd6d179d3e83d43b" and sealed[-16:].hex() == "c0875924c1c7987947deafd8780acf49"
    assert bech32("?", b"") == "?1ezyfcl"
    assert b2(64, None, b"abc").hex().startswith("ba80a53f981c4d0d")


def write(path, value):
    path.write_text(json.dumps(value, indent=1, default=bytes.hex) + "\n")


if __name__ == "__main__":
    check()
    folder = pathlib.Path(sys.argv[1])
    write(folder / "schedule.json", schedule())
    write(folder / "keys.json", keys())
