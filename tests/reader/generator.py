#!/usr/bin/env python3
"""Second implementation of the key generator, from docs/generator.md alone, in NumPy. It shares no code with the C library.

  generator.py check FILE [small]               recompute every case of a vector file, or the small ones, and compare
  generator.py write FILE                       write the vector file (only to add cases: published digests never change)
  generator.py key MODEL IMAGE HEIGHT WIDTH     key of a raw image (y, x, c) by a safetensors model, to standard output

Digests are BLAKE2b-256; a layer is hashed as int16 little-endian [channel][y][x], a key as it is. Convolutions run as
float64 matrix products, which are exact: every sum stays below 2^53.
"""
import hashlib
import json
import struct
import sys

try:
    import numpy as np
except ImportError:
    print("SKIP generator.py: NumPy is not installed")
    sys.exit(77)


# ---- XChaCha20 (RFC 8439, draft-irtf-cfrg-xchacha) -------------------------------------------------------------------------
def rounds(state):
    def quarter(a, b, c, d):
        for x, y, z, shift in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = s[x] + s[y]
            t = s[z] ^ s[x]
            s[z] = (t << np.uint32(shift)) | (t >> np.uint32(32 - shift))

    s = state.copy()
    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        quarter(0, 5, 10, 15)
        quarter(1, 6, 11, 12)
        quarter(2, 7, 8, 13)
        quarter(3, 4, 9, 14)
    return s


def xstream(key, nonce, size):
    constant = np.frombuffer(b"expand 32-byte k", "<u4")
    first = np.concatenate([constant, np.frombuffer(key, "<u4"), np.frombuffer(nonce[:16], "<u4")])
    mixed = rounds(first.reshape(16, 1))[:, 0]
    subkey = np.concatenate([mixed[:4], mixed[12:]])
    blocks = -(-size // 64)
    state = np.zeros((16, blocks), np.uint32)
    state[:4] = constant[:, None]
    state[4:12] = subkey[:, None]
    state[12] = np.arange(blocks, dtype=np.uint32)
    state[14:] = np.frombuffer(nonce[16:24], "<u4")[:, None]
    return (rounds(state) + state).T.astype("<u4").tobytes()[:size]


# ---- model ------------------------------------------------------------------------------------------------------------------
def tensors_of(n):
    """(name, shape, transposed, stride) in digest order."""
    yield "down1.weight", (n, 3, 7, 7), False, 1
    yield "down2.weight", (2 * n, n, 3, 3), False, 2
    yield "down3.weight", (4 * n, 2 * n, 3, 3), False, 2
    for block in range(6):
        for conv in (1, 2):
            yield f"res{block}.conv{conv}.weight", (4 * n, 4 * n, 3, 3), False, 1
    yield "up1.weight", (4 * n, 2 * n, 3, 3), True, 2
    yield "up2.weight", (2 * n, n, 3, 3), True, 2
    yield "out.weight", (3, n, 7, 7), False, 1


class Model:
    def __init__(self, n, weights, tanh=None):
        self.n, self.weights, self.tanh = n, weights, tanh

    @staticmethod
    def random(seed, n, tanh=None):
        sizes = [int(np.prod(shape)) for _, shape, _, _ in tensors_of(n)]
        b = np.frombuffer(xstream(seed, b"DKGMINIT" + bytes(16), 4 * sum(sizes)), np.uint8)
        flat = np.clip((b.reshape(-1, 4).astype(np.int32).sum(1) - 510) >> 2, -127, 127).astype(np.int8)
        parts = np.split(flat, np.cumsum(sizes)[:-1])
        return Model(n, [part.reshape(shape) for part, (_, shape, _, _) in zip(parts, tensors_of(n))], tanh)

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header, data = json.loads(file.read(length)), file.read()
        meta, n = header["__metadata__"], int(header["__metadata__"]["dkg.n"])

        def tensor(name):
            begin, end = header[name]["data_offsets"]
            kind = {"I8": np.int8, "U8": np.uint8}[header[name]["dtype"]]
            return np.frombuffer(data[begin:end], kind).reshape(header[name]["shape"])

        tanh = None
        if meta["dkg.head"] == "tanh":
            tanh = (int(meta["dkg.head.m"]), int(meta["dkg.head.s"]), tensor("head.lut"))
        return Model(n, [tensor(name) for name, *_ in tensors_of(n)], tanh)

    def digest(self):
        h = hashlib.blake2b(b"DKGM" + struct.pack("<IIII", 1, self.n, 6, 1 if self.tanh else 0), digest_size=32)
        if self.tanh:
            h.update(struct.pack("<iI", self.tanh[0], self.tanh[1]) + self.tanh[2].tobytes())
        for w in self.weights:
            h.update(w.tobytes())
        return h.hexdigest()


# ---- network ----------------------------------------------------------------------------------------------------------------
def convolve(x, weights, stride):
    """Cross-correlation of [in, H, W] with [out, in, K, K], padding K // 2."""
    out, _, k, _ = weights.shape
    c, height, width = x.shape
    padded = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    h, w = height // stride, width // stride
    a = np.zeros((out, h * w))
    for ky in range(k):
        for kx in range(k):
            seen = padded[:, ky:ky + stride * h:stride, kx:kx + stride * w:stride]
            a += weights[:, :, ky, kx].astype(np.float64) @ seen.reshape(c, -1).astype(np.float64)
    return a.astype(np.int64).reshape(out, h, w)


def convolve_transposed(x, weights):
    """Stride 2, padding 1, output padding 1, weights [in, out, 3, 3]: zeros between the pixels, then a plain convolution with
    the turned kernel."""
    c, h, w = x.shape
    spread = np.zeros((c, 2 * h, 2 * w), x.dtype)
    spread[:, ::2, ::2] = x
    return convolve(spread, weights.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1], 1)


def integer_sqrt(v):
    root = int(np.sqrt(float(v)))
    while root * root > v:
        root -= 1
    while (root + 1) * (root + 1) <= v:
        root += 1
    return root


def normalise(a):
    """Per channel, in Python's unbounded integers where the definition speaks of 64 bits."""
    y = np.empty_like(a)
    n = a[0].size
    for c, values in enumerate(a):
        total = int(values.sum())
        d = values - total // n
        variance, e = sum_of_squares(d) // n + 1, 0
        while variance < 1 << 60:
            variance, e = variance << 2, e + 1
        r = (1 << 52) // integer_sqrt(variance)
        shift = 53 - e
        y[c] = ((256 * values - 256 * total // n) * r + (1 << (shift - 1))) >> shift
    return y


def sum_of_squares(d):
    """Exact for values below 2^32: int64 would overflow, 16-bit halves do not."""
    m = np.abs(d)
    high, low = m >> 16, m & 0xFFFF
    return (int((high * high).sum()) << 32) + (int((high * low).sum()) << 17) + int((low * low).sum())


def head(model, a):
    if model.tanh:
        m, s, table = model.tanh
        t = (a * m + (1 << (s - 1))) >> s
        return table[np.clip(t, -2048, 2047) + 2048]
    u = a.astype(np.uint32)
    return ((u ^ u >> np.uint32(8) ^ u >> np.uint32(16)) & np.uint32(255)).astype(np.uint8)


def generate(model, image):
    """image: uint8 [H, W, 3]. Returns the outputs of layers 0..16 and the key."""
    x = 2 * image.transpose(2, 0, 1).astype(np.int64) - 255
    layers, block = [], None
    for i, (w, (_, _, transposed, stride)) in enumerate(zip(model.weights, tensors_of(model.n))):
        a = convolve_transposed(x, w) if transposed else convolve(x, w, stride)
        if i == 17:
            return layers, head(model, a).transpose(1, 2, 0).copy()
        if 3 <= i <= 14 and i % 2 == 1:
            block = x
        y = normalise(a)
        x = np.clip(block + y, -4095, 4095) if 3 <= i <= 14 and i % 2 == 0 else np.clip(y, 0, 4095)
        layers.append(x)


# ---- vectors -----------------------------------------------------------------------------------------------------------------
SIZES = [(32, 32), (64, 64), (256, 256), (64, 96), (152, 256)]
TANH = (1234567, 27)  # M and s of the tanh case


def tanh_table():
    return ((np.arange(4096) * 2654435761 >> 7) & 255).astype(np.uint8)


def digest(b):
    return hashlib.blake2b(b, digest_size=32).hexdigest()


def compute(seed, n, head_name, height, width):
    key = bytes([seed]) * 32
    model = Model.random(key, n, (*TANH, tanh_table()) if head_name == "tanh" else None)
    image = np.frombuffer(xstream(key, b"DKGTEST\0" + bytes(16), height * width * 3), np.uint8).reshape(height, width, 3)
    layers, key_bytes = generate(model, image)
    case = {"seed": seed, "n": n, "head": head_name, "height": height, "width": width, "model": model.digest(),
            "key": digest(key_bytes.tobytes())}
    case["layers"] = [digest(x.astype("<i2").tobytes()) for x in layers]
    return case


def write(path):
    wanted = [(seed, 16, "fold", *size) for seed in (1, 2, 3) for size in SIZES]
    wanted += [(seed, 64, "fold", *size) for seed in (1, 2, 3) for size in SIZES[:2]]
    wanted += [(1, 16, "tanh", 64, 96), (2, 84, "fold", 32, 32), (1, 64, "fold", 256, 256)]
    wanted += [(2, 16, "tanh", 32, 32), (1, 64, "tanh", 32, 32), (2, 84, "tanh", 32, 32), (3, 64, "fold", 64, 96), (3, 84, "fold", 64, 96)]
    cases = [compute(*case) for case in wanted]
    with open(path, "w") as file:
        json.dump({"comment": "seed: 32 equal bytes; model: untrained, of the seed; image: XSTREAM(seed, 'DKGTEST' || 17 zeros); "
                              "digests: BLAKE2b-256, layers as int16 little-endian [channel][y][x]; tanh head: M and s below, "
                              "table[i] = (i * 2654435761 >> 7) & 255",
                   "tanh": {"m": TANH[0], "s": TANH[1]}, "cases": cases}, file, indent=1)
        file.write("\n")


def check(path, small):
    with open(path) as file:
        cases = json.load(file)["cases"]
    wrong = done = 0
    for case in cases:
        if small and case["n"] ** 2 * case["height"] * case["width"] >= 1 << 24:
            continue
        name = "seed {seed} n {n} {head} {height}x{width}".format(**case)
        same = compute(case["seed"], case["n"], case["head"], case["height"], case["width"]) == case
        print("ok  " if same else "FAIL", name, flush=True)
        done += 1
        wrong += not same
    return 1 if wrong or not done else 0


def main(arguments):
    if len(arguments) in (2, 3) and arguments[0] == "check" and arguments[2:] in ([], ["small"]):
        return check(arguments[1], len(arguments) == 3)
    if len(arguments) == 2 and arguments[0] == "write":
        return write(arguments[1])
    if len(arguments) == 5 and arguments[0] == "key":
        height, width = int(arguments[3]), int(arguments[4])
        image = np.fromfile(arguments[2], np.uint8).reshape(height, width, 3)
        sys.stdout.buffer.write(generate(Model.read(arguments[1]), image)[1].tobytes())
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
