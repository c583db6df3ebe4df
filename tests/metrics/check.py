#!/usr/bin/env python3
"""Metrics of dkg/metrics.h against NumPy, SciPy and scikit-image, and the tables of docs/metrics.md against both.

  check.py METRICS_TOOL bounds          every interval, and every number printed in a table of the document
  check.py METRICS_TOOL distributions   tails and quantiles
  check.py METRICS_TOOL controls        XChaCha20, rand and MT19937
  check.py METRICS_TOOL volumes         rows of real volumes of every datatype, of degenerate arrays and of noise
  check.py METRICS_TOOL pairs           rows of two arrays
  check.py METRICS_TOOL attacks         what paper mode gives away of a real head, as the document says
"""
import gzip
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import scipy
    from scipy import stats
    from skimage.metrics import structural_similarity
    import nacl.bindings
    import nacl.utils
except ImportError as missing:
    print("SKIP check.py:", missing)
    sys.exit(77)

TOOL = sys.argv[1]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DATA = os.environ.get("DKG_TEST_DATA") or os.path.join(ROOT, "..", "shared", "data")
checked = 0


def tool(*arguments, text=None):
    done = subprocess.run([TOOL, *map(str, arguments)], input=text, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"metrics_tool {arguments}: {done.stderr.decode()}")
    return done.stdout


def same(what, got, want, tolerance=1e-12):
    """Equal, or within the tolerance, absolute or relative to what is wanted."""
    global checked
    checked += 1
    if got == want or (math.isnan(got) and math.isnan(want)):
        return
    if not abs(got - want) <= tolerance * max(1, abs(want)):
        sys.exit(f"{what}: {got!r}, but {want!r} expected")


# ---- bounds, written a second time -----------------------------------------------------------------------------------------
def z(q):
    return stats.norm.ppf(q)


def entropy_of_ideal(bits, n):
    """Exact mean; the sd by the law of sums over multinomial counts (docs/metrics.md, section 3)."""
    m = 2.0**bits
    mean = n / m
    k = np.arange(max(0, int(mean - 40 * math.sqrt(mean) - 40)), min(n, int(mean + 40 * math.sqrt(mean) + 60)) + 1)
    p = stats.binom.pmf(k, n, 1 / m)
    share = np.where(k > 0, -(k / n) * np.log2(np.maximum(k, 1) / n), 0)
    expected = m * (p * share).sum()
    slope = (p * (share - expected / m) * (k - mean)).sum() / (mean * (1 - 1 / m))
    rest = share - expected / m - slope * (k - mean)
    return expected, math.sqrt(m * (p * rest**2).sum() / (1 - 1 / m))


def exact_entropy_sd(bits, n):
    """sd by the double sum over two counts of a multinomial law; for small n."""
    m = 2.0**bits
    k = np.arange(0, 120)
    share = np.where(k > 0, -(k / n) * np.log2(np.maximum(k, 1) / n), 0)
    one = stats.binom.pmf(k, n, 1 / m)
    share = share - (one * share).sum()
    two = one[:, None] * stats.binom.pmf(k[None, :], n - k[:, None], 1 / (m - 1))
    return math.sqrt(m * (one * share**2).sum() + m * (m - 1) * (two * share[:, None] * share[None, :]).sum())


def entropy_mean_of_document(bits, n):
    return entropy_of_ideal(bits, n)[0]


def npcr(bits, n, alpha):
    f = 2.0**bits - 1
    low = 100 * (f - z(1 - alpha) * math.sqrt(f / n)) / (f + 1)
    if bits > 12:
        low = 100 * (1 - stats.poisson.ppf(1 - alpha, n / (f + 1)) / n)
    return 100 * f / (f + 1), 100 * math.sqrt(f / n) / (f + 1), low, math.inf


def uaci(bits, n, alpha):
    f = 2.0**bits - 1
    sd = 100 * math.sqrt((f + 2) * (f * f + 2 * f + 3) / (18 * (f + 1) ** 2 * f * n))
    return around(100 * (f + 2) / (3 * f + 3), sd, alpha)


def around(mean, sd, alpha):
    return mean, sd, mean - z(1 - alpha / 2) * sd, mean + z(1 - alpha / 2) * sd


def ask_bounds(questions):
    return json.loads(tool("bounds", text="\n".join(f"{b} {n} {a!r}" for b, n, a in questions).encode()))


ALPHAS = (0.05, 0.01, 0.001)


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


def printed(text, value, what, slack=0.51):
    """A number as the document prints it is the value rounded to as many decimals."""
    global checked
    text = text.replace(",", "")
    unit = 10.0 ** -(len(text.split(".")[1]) if "." in text else 0)
    checked += 1
    if abs(float(text) - value) > slack * unit:
        sys.exit(f"docs/metrics.md prints {text} for {what}, but it is {value!r}")


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
    # XChaCha20 through the authenticated cipher of another binding: its stream is that of XChaCha20 from block 1 on
    key = struct.pack("<I", seed) + bytes(28)
    sealed = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(count), None, bytes(24), key)[:count]
    same("xchacha20", float(tool("control", "xchacha20", seed, count + 64)[64:] == sealed), 1)


# ---- one array, written a second time --------------------------------------------------------------------------------------
def pearson(x, y):
    x, y = x.ravel().astype(np.int64), y.ravel().astype(np.int64)
    n, sx, sy = x.size, int(x.sum()), int(y.sum())
    vx, vy = n * int((x * x).sum()) - sx * sx, n * int((y * y).sum()) - sy * sy
    if n == 0 or vx == 0 or vy == 0:
        return math.nan
    return (n * int((x * y).sum()) - sx * sy) / (math.sqrt(vx) * math.sqrt(vy))


def entropy(counts):
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log2(p)).sum()) + 0.0


def chi_square(counts):
    e = counts.sum() / counts.size
    return float(((counts - e) ** 2 / e).sum())


def smooth_length(n):
    n = min(n, 512)
    while scipy.fft.next_fast_len(n, real=True) != n:
        n -= 1
    return n


def peak(a):
    planes, ny, nx = a.shape
    w, h = smooth_length(nx), smooth_length(ny)
    chosen = range(planes) if planes <= 16 else [j * planes // 16 for j in range(16)]
    power = np.zeros((h, w))
    for i in chosen:
        p = a[i, :h, :w].astype(float)
        power += np.abs(np.fft.fft2(p - p.mean())) ** 2
    r = np.fft.ifft2(power).real
    if w * h == 1 or r[0, 0] < 1e-9:
        return math.nan
    r /= r[0, 0]
    for y in {0, h // 2} if h % 2 == 0 else {0}:
        for x in {0, w // 2} if w % 2 == 0 else {0}:
            r[y, x] /= math.sqrt(2)
    r[0, 0] = 0
    return np.abs(r).max() * math.sqrt(w * h * len(chosen))


def blocks(a):
    """The cells of local entropy, by Floyd's sampling from libsodium's deterministic stream."""
    planes, ny, nx = a.shape
    across, down = nx // 44, ny // 44
    cells = across * down * planes
    k = min(30, cells)
    random = struct.unpack("<30Q", nacl.utils.randombytes_deterministic(240, bytes(range(32))))
    taken = []
    for i in range(k):
        last = cells - k + i
        drawn = random[i] % (last + 1)
        taken.append(last if drawn in taken else drawn)
    for cell in taken:
        z_, rest = divmod(cell, across * down)
        y, x = divmod(rest, across)
        yield a[z_, 44 * y:44 * y + 44, 44 * x:44 * x + 44]


def ks_p(p):
    """Stephens' correction of Kolmogorov's law."""
    n = len(p)
    d = stats.kstest(p, "uniform").statistic
    return stats.kstwobign.sf((math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)) * d)


def want_rows(a, bits, first, channels, alpha):
    """{(name, index): (value, interval or None)} of an array of planes, rows, columns."""
    planes, ny, nx = a.shape
    counts = np.bincount(a.ravel(), minlength=2**bits).astype(np.int64)
    n = a.size
    enough = n >= 5 * 2**bits
    dof = 2**bits - 1
    want = {}

    def put(name, value, interval, index=-1, p=None):
        want[name, index] = value, interval, p

    chi = chi_square(counts)
    tail = float(stats.chi2.sf(chi, dof)) if enough else math.nan
    put("chiSquare", chi, (dof, math.sqrt(2 * dof), 0, stats.chi2.isf(alpha, dof)) if enough else None, p=tail)
    put("chiSquareTwoSided", chi, (dof, math.sqrt(2 * dof), *stats.chi2.isf([1 - alpha / 2, alpha / 2], dof)) if enough else None,
        p=2 * min(tail, 1 - tail))
    put("entropy", entropy(counts), around(*entropy_of_ideal(bits, n), alpha))
    s = channels
    if first:
        for bit in range(bits):
            ones = (a >> bit) & 1
            put("bitOnes", 100 * float(ones.mean()), around(50, 50 / math.sqrt(n), alpha), bit)
            if nx > s:
                agree = ones[:, :, s:] == ones[:, :, :-s]
                put("bitAgreement", 100 * float(agree.mean()), around(50, 50 / math.sqrt(agree.size), alpha), bit)
    if bits == 8:
        e = [entropy(np.bincount(b.ravel(), minlength=256)) for b in blocks(a)]
        k = len(e)
        mean, sd = 7.902469316646556, 0.00869422583929578
        put("localEntropy", sum(e) / k if k else math.nan, around(mean, sd / math.sqrt(k), alpha) if k else None)
        put("localEntropyPublished", sum(e) / k if k else math.nan, around(mean, sd / k, alpha) if k else None)

    def correlation(name, x, y, index=-1):
        r, pairs = pearson(x, y), x.size
        interval = around(0, 1 / math.sqrt(pairs - 1), alpha) if pairs > 1 else None
        put(name, r, interval, index, p=2 * float(stats.norm.sf(abs(r) * math.sqrt(pairs - 1))) if pairs > 1 else math.nan)

    correlation("correlationHorizontal", a[:, :, :-s], a[:, :, s:])
    correlation("correlationVertical", a[:, :-1], a[:, 1:])
    correlation("correlationDiagonal", a[:, :-1, :-s], a[:, 1:, s:])
    if planes > 1:
        correlation("correlationThrough", a[:-1], a[1:])
    if s > 1:
        c = [a[:, :, i::s] for i in range(s)]
        correlation("correlationChannels", np.stack([c[i] for i in range(s) for k in range(i + 1, s)]),
                    np.stack([c[k] for i in range(s) for k in range(i + 1, s)]))
    for lag in range(2, 9):
        correlation("lagHorizontal", a[:, :, :max(0, nx - lag * s)], a[:, :, lag * s:], lag)
        correlation("lagVertical", a[:, :max(0, ny - lag)], a[:, lag:], lag)
    for name, equal in (("equalHorizontal", a[:, :, :max(0, nx - 4 * s)] == a[:, :, 4 * s:]), ("equalVertical", a[:, :max(0, ny - 4)] == a[:, 4:])):
        if equal.size:
            mean, sd, low, _ = npcr(bits, equal.size, alpha)
            put(name, float(equal.mean()), (1 - mean / 100, sd / 100, 0, 1 - low / 100), 4)
    w, h = smooth_length(nx), smooth_length(ny)
    own = (2 - w % 2) * (2 - h % 2) - 1
    shifts = (w * h - 1 - own) // 2 + own
    t = [-z(-math.expm1(math.log1p(-q) / shifts) / 2) if shifts else math.nan for q in (0.5, alpha)]
    put("autocorrelationPeak", peak(a), (t[0], math.nan, 0, t[1]) if shifts else None)
    if planes > 1:
        per_plane = {"chiSquareSlices": [], "correlationHorizontalSlices": [], "correlationVerticalSlices": [], "correlationDiagonalSlices": []}
        for p in a:
            if p.size >= 5 * 2**bits:
                per_plane["chiSquareSlices"].append(float(stats.chi2.sf(chi_square(np.bincount(p.ravel(), minlength=2**bits)), dof)))
            for name, x, y in (("Horizontal", p[:, :-s], p[:, s:]), ("Vertical", p[:-1], p[1:]), ("Diagonal", p[:-1, :-s], p[1:, s:])):
                r = pearson(x, y)
                if not math.isnan(r) and x.size > 1:
                    per_plane[f"correlation{name}Slices"].append(2 * float(stats.norm.sf(abs(r) * math.sqrt(x.size - 1))))
        for name, p in per_plane.items():
            if p:
                m = len(p)
                put(name, float(sum(q < alpha for q in p)),
                    (m * alpha, math.sqrt(m * alpha * (1 - alpha)), 0, stats.binom.ppf(0.999, m, alpha)), p=ks_p(p))
    return want


def parts_of(words, sample_bytes, bits):
    if sample_bytes == 1:
        return {"bytes": (words, 8)}
    parts = {"words": (words, bits)}
    if bits == 16:
        parts.update({"low bytes": (words & 255, 8), "high bytes": (words >> 8, 8)})
    return parts


def check_rows(name, words, sample_bytes, bits, channels=1, alpha=0.01):
    """words: integers of shape planes, rows, columns."""
    planes, ny, nx = words.shape
    with tempfile.NamedTemporaryFile() as f:
        f.write(words.astype("u1" if sample_bytes == 1 else "<u2").tobytes())
        f.flush()
        answers = [tool("rows", f.name, nx, ny, planes, sample_bytes, bits, channels, alpha, threads) for threads in (1, 3)]
    same(f"{name}: threads", float(answers[0] == answers[1]), 1)
    answer = json.loads(answers[0])
    seen = {}
    for part, (a, b) in parts_of(words.astype(np.int64), sample_bytes, bits).items():
        wanted = want_rows(a, b, part in ("bytes", "words"), channels, alpha)
        rows = {(r["name"], r["index"]): r for r in answer["rows"] if r["part"] == part}
        if sorted(rows) != sorted(wanted):
            sys.exit(f"{name}, {part}: rows {sorted(set(rows) ^ set(wanted))} on one side only")
        for key, (value, interval, p) in wanted.items():
            row, what = rows[key], f"{name}, {part}, {key}"
            # a correlation near 1 through a Fourier transform keeps 1e-12 of its scale
            same(what, row["value"], value, 1e-12)
            if interval:
                for field, v in zip(("expected", "deviation", "low", "high"), interval):
                    same(f"{what} {field}", row[field], v, 1e-11)
            if p is not None:
                # a tail's relative error is its argument's times the square of it
                same(f"{what} p", row["p"], p, 1e-9)
            verdict = "not applicable"
            if interval and not math.isnan(value) and not math.isnan(interval[2]):
                good = interval[2] <= value <= interval[3]
                if key[0] == "entropy" and wanted["chiSquare", -1][1]:
                    good = wanted["chiSquare", -1][0] <= wanted["chiSquare", -1][1][3]
                if key[0].endswith("Slices"):
                    good = good and p >= 0.001
                verdict = "consistent with random" if good else "not consistent"
            seen[verdict] = seen.get(verdict, 0) + 1
            if row["verdict"] != verdict:
                sys.exit(f"{what}: {row['verdict']}, but {verdict} expected")
        for s in (s for s in answer["slices"] if s["part"] == part):
            plane = a[s["plane"]]
            same(f"{name} slice entropy", s["entropy"], entropy(np.bincount(plane.ravel(), minlength=2**b)))
            same(f"{name} slice chi-square", s["chiSquare"], chi_square(np.bincount(plane.ravel(), minlength=2**b)))
    print(f"{name}: {seen}")
    return answer


def nifti(path):
    """Raw voxels of a NIfTI file as little-endian words: (planes, rows, columns), bytes per sample. At most 12 middle planes."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        raw = f.read()
    order = "<" if struct.unpack("<i", raw[:4])[0] in (348, 540) else ">"
    if struct.unpack(order + "i", raw[:4])[0] == 348:
        dim = struct.unpack(order + "8h", raw[40:56])
        width = struct.unpack(order + "h", raw[72:74])[0] // 8
        offset = int(struct.unpack(order + "f", raw[108:112])[0])
    else:
        dim = struct.unpack(order + "8q", raw[16:80])
        width = struct.unpack(order + "h", raw[14:16])[0] // 8
        offset = struct.unpack(order + "q", raw[168:176])[0]
    shape = [max(1, d) if i < dim[0] else 1 for i, d in enumerate(dim[1:8])]
    planes = math.prod(shape[2:])
    sample = 2 if width % 2 == 0 else 1
    voxels = np.frombuffer(raw, "<u2" if sample == 2 else "u1", shape[0] * shape[1] * planes * width // sample, offset)
    voxels = voxels.reshape(planes, shape[1], shape[0] * width // sample)
    middle = max(0, planes // 2 - 6)
    return voxels[middle:middle + 12].astype(np.int64), sample


VOLUMES = [
    "brats/TCGA-DU-7294/TCGA-DU-7294_t1.nii.gz", "nifti/uint8_le_gz_mni152_t1_197x233x189.nii.gz", "nifti/tiny_int8.nii",
    "nifti/uint16_le_gz_dipy_S0_10slices.nii.gz", "brats/TCGA-DU-7294/TCGA-DU-7294_brainmask_int32.nii.gz",
    "nifti/uint32_le_gz_ants_surf_266x266x190.nii.gz", "nifti/tiny_int64.nii", "nifti/tiny_uint64.nii",
    "nifti/float32_le_gz_nilearn_image_10426.nii.gz", "nifti/float64_le_gz_dipy_piesno_96x96x14.nii.gz",
    "nifti/rgb24_le_gz_rnifti_example.nii.gz", "nifti/tiny_rgba32_4d.nii", "nifti/tiny_complex128_2d.nii",
    "nifti/int16_be_raw_spm_SPECT.nii", "nifti/int16_le_raw_4d_dipy_small_64D.nii",
]


def check_volumes():
    rng = np.random.default_rng(7)
    check_rows("noise of 8 bits", rng.integers(0, 256, (20, 100, 96)), 1, 8, alpha=0.05)
    check_rows("noise of 16 bits", rng.integers(0, 65536, (9, 230, 202)), 2, 16)
    check_rows("noise of 12 bits", rng.integers(0, 4096, (2, 120, 121)), 2, 12)
    check_rows("key images", rng.integers(0, 256, (3, 64, 768)), 1, 8, channels=3)
    check_rows("one plane", rng.integers(0, 256, (1, 256, 256)), 1, 8)
    answer = check_rows("constant", np.full((3, 50, 60), 77), 1, 8)
    assert answer["verdict"] == "not consistent"
    check_rows("constant words", np.full((2, 7, 9), 65535), 2, 16)
    check_rows("one voxel", np.array([[[200]]]), 1, 8)
    check_rows("one word", np.array([[[0x1234]]]), 2, 16)
    check_rows("two values", np.where(rng.random((4, 40, 40)) < 0.001, 1, 0), 1, 8)
    check_rows("one other", np.pad([[[0]]], ((0, 0), (50, 50), (40, 40)), constant_values=255), 1, 8)
    check_rows("a column", rng.integers(0, 256, (2, 300, 1)), 1, 8)
    check_rows("a row", rng.integers(0, 256, (1, 1, 500)), 1, 8)
    check_rows("a long side of a prime", rng.integers(0, 256, (1, 31, 521)), 1, 8)
    nan = np.full((2, 30, 30), np.nan, "<f4")
    nan[0, 3, 4] = 1
    check_rows("NaN", nan.view("<u2").astype(np.int64), 2, 16)
    if not os.path.isdir(DATA):
        print("SKIP real volumes: no test data")
        return
    for path in VOLUMES:
        check_rows(os.path.basename(path), *(lambda v, s: (v, s, 8 * s))(*nifti(os.path.join(DATA, path))))


# ---- two arrays ------------------------------------------------------------------------------------------------------------
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


{"bounds": check_bounds, "distributions": check_distributions, "controls": check_controls, "volumes": check_volumes,
 "pairs": check_pairs, "attacks": check_attacks}[sys.argv[2]]()
print(f"{checked} numbers equal")
