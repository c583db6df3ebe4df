"""Intervals, the tables of docs/metrics.md, distributions and control streams."""
import math
import os
import re
import struct

import nacl.bindings
import numpy as np
import scipy
from scipy import stats

from common import ALPHAS, ROOT, around, ask_bounds, entropy_of_ideal, npcr, printed, same, tool, uaci, z


def exact_entropy_sd(bits, n):
    """sd by the double sum over two counts of a multinomial law; for small n."""
    m = 2.0**bits
    k = np.arange(0, 120)
    share = np.where(k > 0, -(k / n) * np.log2(np.maximum(k, 1) / n), 0)
    one = stats.binom.pmf(k, n, 1 / m)
    share = share - (one * share).sum()
    two = one[:, None] * stats.binom.pmf(k[None, :], n - k[:, None], 1 / (m - 1))
    return math.sqrt(m * (one * share**2).sum() + m * (m - 1) * (two * share[:, None] * share[None, :]).sum())


def check_bounds():
    questions = [(b, n, a) for b in (8, 12, 16) for n in (1936, 57600, 65536, 196608, 262144, 1048576, 8928000) for a in ALPHAS]
    questions += [(8, 25, 0.05), (8, 30, 0.01), (10, 200, 0.01), (16, 500, 0.01)]
    mean, sd = entropy_of_ideal(8, 1936)[0], exact_entropy_sd(8, 1936)
    for (bits, n, alpha), got in zip(questions, ask_bounds(questions)):
        what = f"{bits} bits, {n}, {alpha}: "
        k = n if n < 1000 else 30
        wanted = {"npcr": npcr(bits, n, alpha), "uaci": uaci(bits, n, alpha), "hamming": around(50, 50 / math.sqrt(n), alpha),
                  "correlation": around(0, 1 / math.sqrt(n - 1), alpha), "entropy": around(*entropy_of_ideal(bits, n), alpha),
                  "chiSquare": (2**bits - 1, math.sqrt(2 * (2**bits - 1)), 0, stats.chi2.isf(alpha, 2**bits - 1)),
                  "local": around(mean, sd / math.sqrt(k), alpha), "published": around(mean, sd / k, alpha)}
        for name, values in wanted.items():
            for key, value in zip(("mean", "deviation", "low", "high"), values):
                same(what + name + " " + key, got[name][key], value, 2e-12 if name != "entropy" else 1e-11)
        same(what + "equal", got["equal"], stats.poisson.ppf(1 - alpha, n / 2**bits))
        same(what + "failures", got["failures"], stats.binom.ppf(0.999, n, alpha))
    # the sd of entropy against the exact double sum
    for bits, n in ((8, 1936), (8, 200), (8, 5000), (10, 3000), (12, 57600)):
        same("sd of entropy", ask_bounds([(bits, n, 0.01)])[0]["entropy"]["deviation"] / exact_entropy_sd(bits, n), 1, 2e-4)
    check_document()


def check_document():
    with open(os.path.join(ROOT, "docs", "metrics.md"), encoding="utf-8") as f:
        document = f.read()
    section = {int(s.split(".")[0]): s for s in re.split(r"^## ", document, flags=re.M)[1:]}

    def size(text):
        return math.prod(int(x) for x in text.split("x"))

    # section 2: NPCR and UACI
    rows = re.findall(r"^\| (8|12|16), ([0-9x]+) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", section[2], re.M)
    assert len(rows) == 14, rows
    for bits, shape, lows, *intervals in rows:
        bits, n = int(bits), size(shape)
        got = ask_bounds([(bits, n, a) for a in ALPHAS])
        if bits == 16:
            counts, normal = re.match(r"c = ([\d/ ]+?)(?: equal)? \((?:normal: )?(.*)\)", lows).groups()
            for text, g in zip(counts.split(" / "), got):
                printed(text, g["equal"], f"c at {bits}, {shape}")
            f = 65535.0
            for text, a in zip(normal.split(" / "), ALPHAS):
                printed(text, 100 * (f - z(1 - a) * math.sqrt(f / n)) / (f + 1), f"N* at {bits}, {shape}")
        else:
            for text, g in zip(lows.split(" / "), got):
                printed(text, g["npcr"]["low"], f"N* at {bits}, {shape}")
        for text, g in zip(intervals, got):
            low, high = text.split("-")
            printed(low, g["uaci"]["low"], f"UACI at {bits}, {shape}")
            printed(high, g["uaci"]["high"], f"UACI at {bits}, {shape}")
    for bits, a, b in re.findall(r"(\d+) bit ([\d.]+) / ([\d.]+)[;.]", re.search(r"^Means:.*$", section[2], re.M).group()):
        g = ask_bounds([(int(bits), 1000, 0.01)])[0]
        printed(a, g["npcr"]["mean"], "mean of NPCR")
        printed(b.rstrip("."), g["uaci"]["mean"], "mean of UACI")

    # section 3: chi-square, entropy, local entropy
    criticals = re.findall(r"([\d,]+) dof ([\d,.]+) / ([\d,.]+) / ([\d,.]+)[;.]", section[3])
    assert len(criticals) == 3, criticals
    for dof, *values in criticals:
        bits = int(math.log2(int(dof.replace(",", "")) + 1))
        for text, g in zip(values, ask_bounds([(bits, 1000, a) for a in ALPHAS])):
            printed(text.rstrip("."), g["chiSquare"]["high"], f"chi-square of {dof}")
    rows = re.findall(r"^ *\| ([0-9x]+) \| ([\d.]*) ?\| ([\d.]*) ?\| ([\d.]*) ?\|$", section[3], re.M)
    rows = [r for r in rows if "x" in r[0]]
    assert len(rows) == 7, rows
    for shape, *values in rows:
        for bits, text in zip((8, 12, 16), values):
            if text:
                printed(text, ask_bounds([(bits, size(shape), 0.01)])[0]["entropy"]["mean"], f"entropy at {bits}, {shape}")
    g = ask_bounds([(8, 30, a) for a in ALPHAS])
    for (low, high), x in zip(re.findall(r"\.\d+ \[([\d.]+), ([\d.]+)\]", section[3]), g):
        # as printed by Wu et al., who round on the way
        printed(low, x["published"]["low"], "published local entropy", 6)
        printed(high, x["published"]["high"], "published local entropy", 6)
    rows = re.findall(r"^ *\| (30|25) \| (.*) \|$", section[3], re.M)
    assert len(rows) == 2, rows
    for k, cells in rows:
        for (low, high), x in zip(re.findall(r"\[([\d.]+), ([\d.]+)\]", cells), ask_bounds([(8, int(k), a) for a in ALPHAS])):
            printed(low, x["local"]["low"], f"local entropy, {k} blocks")
            printed(high, x["local"]["high"], f"local entropy, {k} blocks")

    # section 4: correlation
    cells = re.findall(r"\| (?:[^|]*, )?([\d,]+) \| (\.\d+) / (\.\d+) / (\.\d+) ", section[4])
    assert len(cells) == 10, cells
    for pairs, *values in cells:
        for text, g in zip(values, ask_bounds([(8, int(pairs.replace(",", "")), a) for a in ALPHAS])):
            printed("0" + text, g["correlation"]["high"], f"correlation over {pairs}")

    # section 5: bits; section 7: failures
    bits_of = {"240x240": 57600, "256x256": 65536, "240x240x155": 8928000}
    spans = re.findall(r"\(1,572,864 bits\): \+-(\.\d+) / (\.\d+) / (\.\d+)", section[5])
    spans = [("key", *s) for s in spans] + re.findall(r"(2[0-9x]+) \+-(\.\d+) / (\.\d+) / (\.\d+) %", section[5])
    assert len(spans) == 4, spans
    for name, *values in spans:
        for text, g in zip(values, ask_bounds([(8, bits_of.get(name, 1572864), a) for a in ALPHAS])):
            printed("0" + text, g["hamming"]["high"] - 50, f"bits of {name}")
    counts = re.findall(r"N = (\d+): (\d+) / (\d+) / (\d+)", section[7])
    assert len(counts) == 3, counts
    for n, *values in counts:
        for text, g in zip(values, ask_bounds([(8, int(n), a) for a in ALPHAS])):
            printed(text, g["failures"], f"failures of {n}")


# ---- distributions ---------------------------------------------------------------------------------------------------------
def check_distributions():
    asked, wanted = [], []

    def ask(name, value, *arguments):
        asked.append(" ".join([name, *(repr(float(a)) for a in (*arguments, 0, 0, 0)[:3])]))
        wanted.append(float(value))

    for x in (-8, -1.5, 0, 0.3, 2, 5, 12, 30):
        ask("normalTail", stats.norm.sf(x), x)
    for p in (1e-300, 1e-20, 0.001, 0.3, 0.5, 0.7, 0.995, 0.9995):
        ask("normalQuantile", stats.norm.ppf(p), p)
    for a in (0.5, 1, 3.5, 19, 21, 127.5, 2047.5, 32767.5):
        for at in (-5, -2, -0.5, 0, 0.5, 2, 5, 12):
            x = a + at * math.sqrt(a)
            if x >= 0:
                ask("gammaTail", scipy.special.gammaincc(a, x), a, x)
                ask("chiSquareTail", stats.chi2.sf(2 * x, 2 * a), 2 * x, 2 * a)
    for dof in (1, 9, 255, 4095, 65535):
        for p in (0.995, 0.95, 0.5, 0.05, 0.01, 0.001, 1e-9):
            ask("chiSquareCritical", stats.chi2.isf(p, dof), p, dof)
    for mean in (0.1, 0.87890625, 4, 136.2, 9000):
        for k in (0, 1, 5, 20, 136, 180, 9000, 9500):
            ask("poissonTail", stats.poisson.sf(k, mean), k, mean)
        for p in (0.5, 0.05, 0.01, 0.001, 1e-6):
            ask("poissonCritical", stats.poisson.isf(p, mean), p, mean)
    for n, p in ((1, 0.3), (10, 0.5), (138, 0.01), (620, 0.05), (100000, 0.01), (1000000, 0.5)):
        for at in (-4, -1, 0, 1, 3, 6):
            k = int(n * p + at * math.sqrt(n * p * (1 - p)))
            if 0 <= k <= n:
                ask("binomialTail", stats.binom.sf(k, n, p), k, n, p)
        for q in (0.5, 0.01, 0.001):
            ask("binomialCritical", stats.binom.isf(q, n, p), q, n, p)
    got = tool("distributions", text="\n".join(asked).encode()).split()
    assert len(got) == len(wanted)
    for question, g, w in zip(asked, got, wanted):
        # relative: small tails count; SciPy itself is off by some 1e-12 for the largest gammas, 1e-13 elsewhere
        same(question, float(g) / w if w else float(g), 1.0 if w else 0.0, 5e-12)


# ---- controls --------------------------------------------------------------------------------------------------------------
def check_controls():
    seed, count = 20240229, 100000
    # MT19937 by NumPy, whose legacy seeding is the authors'
    want = np.random.RandomState(seed).randint(0, 2**32, count // 4, dtype=np.uint64).astype("<u4").tobytes()
    same("mt19937", float(tool("control", "mt19937", seed, count) == want), 1)
    state, want = seed, bytearray()
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**32
        want.append((state // 65536 % 32768) % 256)
    same("rand", float(tool("control", "rand", seed, count) == bytes(want)), 1)
    period = np.bincount(np.frombuffer(tool("control", "rand", seed, 1 << 24), "u1"), minlength=256)
    same("rand after 2^24 bytes, every value as often", float((period == 1 << 16).all()), 1)
    # XChaCha20 through the authenticated cipher of another binding: its stream is that of XChaCha20 from block 1 on
    key = struct.pack("<I", seed) + bytes(28)
    sealed = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(count), None, bytes(24), key)[:count]
    same("xchacha20", float(tool("control", "xchacha20", seed, count + 64)[64:] == sealed), 1)
