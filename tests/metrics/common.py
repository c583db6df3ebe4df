"""What every check shares: the tool, equality, the bounds of docs/metrics.md written a second time, real volumes."""
import gzip
import json
import math
import os
import struct
import subprocess
import sys

try:
    import numpy as np
    from scipy import stats
except ImportError as missing:
    print("SKIP metrics:", missing)
    sys.exit(77)

TOOL = sys.argv[1]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DATA = os.environ.get("DKG_TEST_DATA") or os.path.join(ROOT, "..", "shared", "data")
checked = [0]  # numbers compared so far


def tool(*arguments, text=None):
    done = subprocess.run([TOOL, *map(str, arguments)], input=text, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"metrics_tool {arguments}: {done.stderr.decode()}")
    return done.stdout


def same(what, got, want, tolerance=1e-12):
    """Equal, or within the tolerance, absolute or relative to what is wanted."""
    checked[0] += 1
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


def printed(text, value, what, slack=0.51):
    """A number as the document prints it is the value rounded to as many decimals."""
    text = text.replace(",", "")
    unit = 10.0 ** -(len(text.split(".")[1]) if "." in text else 0)
    checked[0] += 1
    if abs(float(text) - value) > slack * unit:
        sys.exit(f"docs/metrics.md prints {text} for {what}, but it is {value!r}")


def parts_of(words, sample_bytes, bits):
    if sample_bytes == 1:
        return {"bytes": (words, 8)}
    parts = {"words": (words, bits)}
    if bits == 16:
        parts.update({"low bytes": (words & 255, 8), "high bytes": (words >> 8, 8)})
    return parts


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
