"""Rows of one array, written a second time."""
import json
import math
import os
import struct
import sys
import tempfile

import nacl.utils
import numpy as np
import scipy
from scipy import stats

from common import DATA, VOLUMES, around, entropy_of_ideal, nifti, npcr, parts_of, same, tool, z


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
