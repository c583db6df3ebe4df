"""Rows of two arrays, and attacks on paper mode, written a second time."""
import gzip
import json
import math
import os
import re
import struct
import sys
import tempfile

import numpy as np
from skimage.metrics import structural_similarity

from common import DATA, ROOT, VOLUMES, around, nifti, npcr, parts_of, printed, same, tool, uaci


def check_pair(name, a, b, sample_bytes, bits, pair, alpha=0.01):
    planes, ny, nx = a.shape
    dtype = "u1" if sample_bytes == 1 else "<u2"
    with tempfile.NamedTemporaryFile() as f, tempfile.NamedTemporaryFile() as g:
        f.write(a.astype(dtype).tobytes())
        g.write(b.astype(dtype).tobytes())
        f.flush()
        g.flush()
        answers = [tool("pair", f.name, g.name, nx, ny, planes, sample_bytes, bits, pair, alpha, threads) for threads in (1, 3)]
    same(f"{name}: threads", float(answers[0] == answers[1]), 1)
    answer = json.loads(answers[0])
    independent, uniform = pair in ("freshKey", "twoKeys", "twoModels", "keyBit"), pair in ("wrongKey", "plainCipher")
    n = a.size
    want = {}
    for (part, (x, part_bits)), (y, _) in zip(parts_of(a, sample_bytes, bits).items(), parts_of(b, sample_bytes, bits).values()):
        f = 2.0**part_bits - 1
        table = npcr(part_bits, n, alpha)
        want["npcr", part] = 100 * float((x != y).mean()), table if independent or uniform else None
        interval = uaci(part_bits, n, alpha) if independent else None
        if uniform:
            # by enumeration of all values of C for each p, where that is cheap; by the formulas of section 6 for words
            values = np.arange(0, f + 1)
            levels, counts = np.unique(x, return_counts=True)
            far = np.stack([np.abs(values - p) for p in levels]) if part_bits == 8 else None
            first = far.mean(1) if far is not None else (levels * (levels + 1) + (f - levels) * (f - levels + 1)) / (2 * (f + 1))
            second = (far**2).mean(1) if far is not None else f * (f + 2) / 12 + (levels - f / 2) ** 2
            if far is not None:
                fourth = (far**4).mean(1)
            else:
                centred = values - f / 2
                d2 = (levels - f / 2) ** 2
                fourth = (centred**4).mean() + 6 * d2 * (centred**2).mean() + d2**2
            interval = around(100 / f * (counts * first).sum() / n, 100 / f * math.sqrt((counts * (second - first**2)).sum()) / n, alpha)
            if part in ("bytes", "words"):
                mse = around((counts * second).sum() / n, math.sqrt((counts * (fourth - second**2)).sum()) / n, alpha)
        want["uaci", part] = 100 * float(np.abs(x - y).sum()) / (n * f), interval
    whole = "bytes" if sample_bytes == 1 else "words"
    f = 2.0**bits - 1
    ones = int(sum(((a ^ b) >> i & 1).sum() for i in range(bits)))
    want["hamming", whole] = 100 * ones / (n * bits), around(50, 50 / math.sqrt(n * bits), alpha) if independent or uniform else None
    error = float(((a - b) ** 2).sum()) / n
    want["mse", whole] = error, mse if uniform else None
    ratio = [10 * math.log10(f * f / e) if e > 0 else math.inf for e in ((error, *(mse[i] for i in (0, 3, 2))) if uniform else (error,))]
    want["psnr", whole] = ratio[0], (ratio[1], math.nan, ratio[2], ratio[3]) if uniform else None
    if min(ny, nx) >= 11:
        ssim = np.mean([structural_similarity(p.astype(float), q.astype(float), gaussian_weights=True, sigma=1.5,
                                              use_sample_covariance=False, data_range=f) for p, q in zip(a, b)])
        want["ssim", whole] = float(ssim), None
    else:
        want["ssim", whole] = math.nan, None
    rows = {(r["name"], r["part"]): r for r in answer["rows"]}
    if sorted(rows) != sorted(want):
        sys.exit(f"{name}: rows {sorted(set(rows) ^ set(want))} on one side only")
    for key, (value, interval) in want.items():
        row, what = rows[key], f"{name}, {key}"
        same(what, row["value"], value)
        verdict = "not applicable"
        if interval:
            for field, v in zip(("expected", "deviation", "low", "high"), interval):
                same(f"{what} {field}", row[field], v, 1e-11)
            verdict = "consistent with random" if interval[2] <= value <= interval[3] else "not consistent"
        if row["verdict"] != verdict or row["pair"] != pair:
            sys.exit(f"{what}: {row['verdict']} of {row['pair']}, but {verdict} expected")
    print(name, {r["name"]: round(r["value"], 6) for r in answer["rows"] if r["part"] == whole})
    return rows


def check_pairs():
    rng = np.random.default_rng(8)
    a, b = rng.integers(0, 256, (2, 4, 256, 256))
    check_pair("two streams of bytes", a, b, 1, 8, "freshKey", 0.05)
    wide, other = rng.integers(0, 65536, (2, 3, 240, 240))
    check_pair("two streams of words", wide, other, 2, 16, "twoKeys")
    check_pair("12 bits", wide & 4095, other & 4095, 2, 12, "keyBit", 0.001)
    check_pair("equal words", wide, wide, 2, 16, "twoModels")
    changed = a.copy()
    changed[1, 5, 6] ^= 1
    rows = check_pair("one voxel", a, changed, 1, 8, "oneVoxel")
    same("one voxel", rows["npcr", "bytes"]["expected"], rows["npcr", "bytes"]["value"])
    rows = check_pair("decrypted", a, a, 1, 8, "decrypted")
    assert rows["mse", "bytes"]["value"] == 0 and rows["psnr", "bytes"]["value"] == math.inf and rows["ssim", "bytes"]["value"] == 1
    check_pair("small", a[:, :5, :30], b[:, :5, :30], 1, 8, "decrypted")
    check_pair("one sample", a[:1, :1, :1], b[:1, :1, :1], 1, 8, "freshKey")
    dark = check_pair("black", np.zeros_like(a), b, 1, 8, "plainCipher")
    printed("4.76", dark["psnr", "bytes"]["expected"], "PSNR of a black image")
    printed("50", dark["uaci", "bytes"]["expected"], "UACI of a black image")
    grey = check_pair("grey", np.full_like(a, 127), b, 1, 8, "plainCipher")
    printed("10.76", grey["psnr", "bytes"]["expected"], "PSNR of a grey image")
    printed("25.1", grey["uaci", "bytes"]["expected"], "UACI of a grey image")
    if not os.path.isdir(DATA):
        print("SKIP real volumes: no test data")
        return
    for path in VOLUMES:
        v, s = nifti(os.path.join(DATA, path))
        v = v[:6]
        noise = rng.integers(0, 256**s, v.shape)
        rows = check_pair(os.path.basename(path), v, noise, s, 8 * s, "plainCipher" if len(v) % 2 else "wrongKey")
        row = rows["ssim", "bytes" if s == 1 else "words"]
        if v.size > 100000:
            # the control image behind the expected SSIM is another noise, and it expects well
            same("expected SSIM", row["expected"], row["value"], 0.002)


# ---- attacks -----------------------------------------------------------------------------------------------------------------
def check_attacks():
    """The numbers of section 8 about the glioma case, whose slices are XORed with one key."""
    if not os.path.isdir(DATA):
        print("SKIP attacks: no test data")
        sys.exit(77)
    with open(os.path.join(ROOT, "docs", "metrics.md"), encoding="utf-8") as f:
        document = f.read()
    said = re.search(r"of the T1 volume ([\d.]+) % of all bytes are 0.*?recovers ([\d.]+) % .*? where the background is not 0 "
                     r".*?recovers ([\d.]+) %.*?([\d.]+) % of all bytes between neighbouring slices", document, re.S)
    assert said, "section 8 no longer says what is tested here"

    def slices(name):
        with gzip.open(os.path.join(DATA, "brats", "TCGA-DU-7294", name)) as f:
            return np.frombuffer(f.read(), "u1", 240 * 240 * 155 * 2, 352).reshape(155, -1)

    def guess(plain, key):
        cipher = plain ^ key
        counts = np.zeros((256, key.size), np.int16)
        for c in cipher:
            counts[c, np.arange(key.size)] += 1
        with tempfile.NamedTemporaryFile() as f:
            f.write(cipher.tobytes())
            f.flush()
            got = np.frombuffer(tool("reuse", f.name, key.size), "u1")
        same("guess", float((got == counts.argmax(0)).all()), 1)
        return got

    plain = slices("TCGA-DU-7294_t1.nii.gz")
    key = np.frombuffer(tool("control", "xchacha20", 1, plain[0].size), "u1")
    with tempfile.NamedTemporaryFile() as f:
        f.write(plain.tobytes())
        f.flush()
        background = float(tool("background", f.name))
    same("background", background, float((plain == 0).mean()))
    printed(said[1], 100 * background, "zero bytes")
    printed(said[2], 100 * float((guess(plain, key) == key).mean()), "the key guessed")
    scaled = slices("TCGA-DU-7294_fla_scaled.nii.gz")
    # its background is -28613, a constant that cancels once it is known
    constant = np.tile(np.frombuffer(struct.pack("<h", -28613), "u1"), key.size // 2)
    printed(said[3], 100 * float((guess(scaled, key) ^ constant == key).mean()), "the key guessed behind another background")
    printed(said[4], 100 * float((plain[1:] == plain[:-1]).mean()), "equal bytes of neighbouring slices")
