#!/usr/bin/env python3
"""Encrypted volumes go through programs no one here wrote and are decrypted afterwards.

usage: survival.py BIN_FOLDER ITK_NIFTI [TABLE.md]

Rows are paths through programs, columns types of the source. A path that keeps the integers must end in the source, byte for
byte; one that loses some must be refused with its exit code and without output; docs/survival.md must say the same of every path.
ITK_NIFTI: the program of itk_nifti.cxx, or "".
Exit 77: nibabel is missing. Paths whose program is missing are skipped by name.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import nibabel as nib
    import numpy as np
except ImportError as e:
    print("SKIP survival: %s" % e)
    sys.exit(77)

BIN, ITK = os.path.abspath(sys.argv[1]), sys.argv[2]
os.environ.update(DKG_MODEL_PATH=".", OCL_ICD_VENDORS="/nonexistent", OCL_ICD_FILENAMES="", DKG_DEVICE="cpu")
SHAPE = (24, 20, 7)
# left-handed, oblique, unequal spacing
AFFINE = np.array([[-1.6, -1.2, 0, 30], [-1.2, 1.6, 0, -20], [0, 0, -3, 5], [0, 0, 0, 1.0]])
RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
SOURCES = {"uint8": "u1", "int16, hybrid": "i2", "int32": "i4", "float32": "f4", "float64": "f8", "RGB24": RGB}
IMAGEJ_JAR = "/usr/share/java/ij.jar"
WANTED = 44


class Missing(Exception):
    """The program of a path is not installed."""


def run(*command):
    if not shutil.which(command[0]):
        raise Missing(os.path.basename(command[0]))
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    if done.returncode:
        raise RuntimeError("%s: exit %d: %s" % (" ".join(command), done.returncode, done.stdout.decode(errors="replace")[-300:]))


def dkg(*command):
    return subprocess.run([os.path.join(BIN, "dkg"), *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300)


# ---- paths: from the encrypted file to what a program made of it -------------------------------------------------------------
def itk(ending):
    def path(source, stem):
        if not ITK:
            raise Missing("ITK")
        if ending != ".nii.gz":
            run(ITK, "convert", source, stem + ending)
            source = stem + ending
        run(ITK, "convert", source, stem + ".nii.gz")
        return stem + ".nii.gz"
    return path


def simpleitk(change=lambda sitk, image: image, ending=".nrrd"):
    def path(source, stem):
        try:
            import SimpleITK as sitk
        except ImportError:
            raise Missing("SimpleITK")
        sitk.WriteImage(change(sitk, sitk.ReadImage(source)), stem + ending)
        sitk.WriteImage(sitk.ReadImage(stem + ending), stem + ".nii")
        return stem + ".nii"
    return path


def stored(source):
    return np.asanyarray(nib.load(source).dataobj)


def save(stem, data, kind=nib.Nifti1Image, ending=".nii", slope=None, inter=None, order="<"):
    """data as stored; slope and inter only say so in the header."""
    header = kind.header_class(endianness=order)
    header.set_data_dtype(data.dtype)
    image = kind(data, AFFINE, header)
    image.header.set_slope_inter(slope, inter)
    if slope is None:
        nib.save(image, stem + ending)
    else:
        with open(stem + ending, "wb") as f:
            image.header["vox_offset"] = 352
            f.write(image.header.binaryblock + bytes(4) + data.tobytes(order="F"))
    return stem + ending


def voxels(change, **how):
    return lambda source, stem: save(stem, change(stored(source)), **how)


def signed(data):
    return data.view("i%d" % data.dtype.itemsize)


def offset(source, stem):
    """Unsigned words as signed ones, with the offset in the header."""
    data = stored(source)
    middle = 1 << (8 * data.dtype.itemsize - 1)
    return save(stem, (data.astype("i4") - middle).astype("i%d" % data.dtype.itemsize), slope=1, inter=middle)


def divided(source, stem):
    """Stored values that only slope and intercept make the real ones."""
    return save(stem, stored(source).astype("f8") / 4 - 5, slope=4, inter=20)


def canonical(source, stem):
    nib.save(nib.as_closest_canonical(nib.load(source)), stem + ".nii")
    return stem + ".nii"


def freesurfer(source, stem):
    nib.save(nib.MGHImage(stored(source).astype("i4"), AFFINE), stem + ".mgz")
    return save(stem, stored(stem + ".mgz").astype("i4"))


def mrtrix(*options, command="mrconvert"):
    def path(source, stem):
        run(command, "-quiet", source, *options, stem + ".mif")
        run("mrconvert", "-quiet", stem + ".mif", stem + ".nii")
        return stem + ".nii"
    return path


def mrgrid(*how):
    def path(source, stem):
        run("mrgrid", "-quiet", source, *how, stem + ".nii")
        return stem + ".nii"
    return path


def minc(*options):
    def path(source, stem):
        run("nii2mnc", "-quiet", source, stem + ".mnc")
        run("mnc2nii", "-quiet", *options, stem + ".mnc", stem + ".nii")
        return stem + ".nii"
    return path


def xmedcon(*options):
    def path(source, stem):
        run("medcon", "-f", source, "-c", "nifti", "-o", stem, "-w", "-noprefix", *options)
        return stem + ".nii"
    return path


def nifti_tool(*options):
    def path(source, stem):
        run("nifti_tool", *options, "-prefix", stem + ".nii", "-infiles", source)
        return stem + ".nii"
    return path


def imagej(commands, dtype=None):
    """Raw import at vox_offset, as stock ImageJ opens any volume; saved as raw data, big-endian."""
    def path(source, stem):
        if not os.path.exists(IMAGEJ_JAR) or not shutil.which("xvfb-run") or not shutil.which("java"):
            raise Missing("ImageJ")
        image = nib.load(source)
        data = stored(source)
        with open(stem + ".ijm", "w") as f:
            f.write('run("Raw...", "open=[%s] image=[%s] width=%d height=%d number=%d offset=%d little-endian");\n' %
                    (source, "8-bit" if data.dtype.itemsize == 1 else "16-bit Unsigned", *data.shape, image.dataobj.offset))
            f.write(commands + 'saveAs("Raw Data", "%s.raw");\n' % stem)
        run("xvfb-run", "-a", "java", "-cp", IMAGEJ_JAR, "ij.ImageJ", "-batch", stem + ".ijm")
        return save(stem, np.fromfile(stem + ".raw", dtype or data.dtype.newbyteorder(">")).reshape(data.shape, order="F"))
    return path


def narrow(data):
    """What a host does that knows bytes alone."""
    return (data.astype("f8") * 255 / data.max()).astype("u1") if data.dtype.itemsize > 1 else (data // 2)


EXACT = {
    "ITK, NRRD and back": itk(".nrrd"),
    "ITK, MetaImage and back": itk(".mha"),
    "ITK, NIfTI to NIfTI": itk(".nii.gz"),
    "SimpleITK, NRRD and back": simpleitk(),
    "SimpleITK, cast to int32": simpleitk(lambda sitk, i: sitk.Cast(i, sitk.sitkInt32)),
    "SimpleITK, slices reversed": simpleitk(lambda sitk, i: sitk.Flip(i, [False, False, True])),
    "nibabel, saved as .nii.gz": voxels(lambda d: d, ending=".nii.gz"),
    "nibabel, NIfTI-2": voxels(lambda d: d, kind=nib.Nifti2Image),
    "nibabel, .hdr/.img pair": voxels(lambda d: d, kind=nib.Nifti1Pair, ending=".img"),
    "nibabel, closest to RAS": canonical,
    "nibabel, slice order reversed": voxels(lambda d: d[:, :, ::-1]),
    "nibabel, all axes flipped": voxels(lambda d: d[::-1, ::-1, ::-1]),
    "nibabel, axes permuted (2, 0, 1)": voxels(lambda d: d.transpose(2, 0, 1)),
    "nibabel, axes permuted and flipped": voxels(lambda d: d.transpose(1, 2, 0)[:, ::-1]),
    "nibabel, fourth axis of 1": voxels(lambda d: d[..., None]),
    "signed type, same bits": voxels(signed),
    "int32": voxels(lambda d: d.astype("i4")),
    "int32, big-endian": voxels(lambda d: d.astype(">i4"), order=">"),
    "uint64": voxels(lambda d: d.astype("u8")),
    "float32": voxels(lambda d: d.astype("f4")),
    "float64": voxels(lambda d: d.astype("f8")),
    "signed type with scl_inter": offset,
    "float64 with slope and intercept": divided,
    "a slope the voxels know nothing of": lambda source, stem: save(stem, stored(source), slope=2.5, inter=7),
    "nibabel, MGH and back": freesurfer,
    "MRtrix3, MIF and back": mrtrix(),
    "MRtrix3, other strides": mrtrix("-strides", "-3,1,-2"),
    "MRtrix3, axes 2,0,1": mrtrix("-axes", "2,0,1"),
    "MRtrix3, float32": mrtrix("-datatype", "float32"),
    "MINC and back": minc(),
    "XMedCon": xmedcon(),
    "nifti_tool, header changed": nifti_tool("-mod_hdr", "-mod_field", "descrip", "changed", "-mod_field", "qform_code", "0"),
    "nifti_tool, extensions removed": nifti_tool("-rm_ext", "ALL"),
    "ImageJ, raw import and export": imagej(""),
    "ImageJ, flipped": imagej('run("Flip Vertically", "stack");\n'),
    "ImageJ, 32-bit": imagej('run("32-bit");\n', ">f4"),
}

# with the exit code of docs/volume-format.md, section 12
LOSSY = {
    "first column cropped": (voxels(lambda d: d[1:]), 7),
    "last row cropped": (voxels(lambda d: d[:, :-1]), 7),
    "first plane dropped": (voxels(lambda d: d[:, :, 1:]), 7),
    "every other voxel": (voxels(lambda d: d[::2, ::2, ::2]), 7),
    "twice as many voxels": (voxels(lambda d: d.repeat(2, 0).repeat(2, 1)), 7),
    "halved values": (voxels(lambda d: d // 2), 7),
    "one gray level added": (voxels(lambda d: d + d.dtype.type(1)), 7),
    "scaled to 0..1": (voxels(lambda d: d.astype("f4") / d.max()), 7),
    "0.4 of a level off": (voxels(lambda d: d.astype("f4") + 0.4), 7),
    "clipped at 100": (voxels(lambda d: np.minimum(d, 100)), 7),
    "rescaled to bytes": (voxels(narrow), 7),
    "smoothed": (voxels(lambda d: ((d.astype("f8") + np.roll(d, 1, 0) + np.roll(d, -1, 0)) / 3).astype(d.dtype)), 7),
    "rows shuffled": (voxels(lambda d: d[np.random.default_rng(3).permutation(d.shape[0])]), 7),
    "MRtrix3, regridded": (mrgrid("regrid", "-scale", "0.5"), 7),
    "MRtrix3, cropped": (mrgrid("crop", "-uniform", "1"), 7),
    "MRtrix3, smoothed": (mrtrix("smooth", command="mrfilter"), 7),
    "MRtrix3, int8": (mrtrix("-scaling", "0.4,0", "-datatype", "int8"), 7),
    "ImageJ, scaled down": (imagej('run("Scale...", "x=0.5 y=0.5 z=1.0 width=24 height=20 depth=" + nSlices + '
                                   '" interpolation=Bilinear average process");\n'), 7),
    "planes swapped": (voxels(lambda d: d[:, :, [1, 0] + list(range(2, d.shape[2]))]), 5),
    "one voxel changed": (lambda source, stem: save(stem, changed(stored(source))), 5),
}


def changed(data):
    data = data.copy()
    data[3, 4, 2] ^= 1
    return data


def make_sources():
    need = [dkg("model", "init", "-q", "m.safetensors", "--channels", "16"),
            dkg("keygen", "-q", "k.dkgkey", "--no-passphrase", "--model-file", "m.safetensors")]
    rng = np.random.default_rng(1)
    for name, dtype in SOURCES.items():
        dtype = np.dtype(dtype)
        data = np.frombuffer(rng.bytes(int(np.prod(SHAPE)) * dtype.itemsize), dtype).reshape(SHAPE)
        stem = name.split(",")[0]
        save(stem, data)
        mode = "hybrid" if "hybrid" in name else "aead"
        need.append(dkg("encrypt", "-q", "--mode", mode, "--key-file", "k.dkgkey", stem + ".nii", stem + ".dkg.nii"))
    for done in need:
        if done.returncode:
            sys.exit("survival: cannot begin: %s" % done.stderr.decode())


def stored_as(made, stem):
    """What lies in the file now: type, shape, scaling, and whether the voxels are where they were."""
    before, image = stored(stem + ".dkg.nii"), nib.load(made)
    raw = image.dataobj.get_unscaled()
    same = raw.dtype == before.dtype and raw.shape == before.shape and bool((raw == before).all())
    scaled = "" if (image.dataobj.slope, image.dataobj.inter) == (1, 0) else ", x %g + %g" % (image.dataobj.slope, image.dataobj.inter)
    return "%s %s%s%s" % (raw.dtype.str.lstrip("<|"), "x".join(map(str, raw.shape)), scaled, ", as before" if same else "")


def outcome(path, stem, number, wanted):
    """What happened, whether it is right (True, False, or None for a skipped path), and what the program stored."""
    work = os.path.abspath("p%d-%s" % (number, stem))
    try:
        made = path(os.path.abspath(stem + ".dkg.nii"), work)
    except Missing as e:
        return "no %s" % e, None, ""
    except (RuntimeError, subprocess.TimeoutExpired) as e:
        return str(e), False, ""
    found = stored_as(made, stem)
    back = work + ".back.nii"
    done = dkg("decrypt", "-q", "--key-file", "k.dkgkey", made, back)
    there = os.path.exists(back)
    same = there and open(back, "rb").read() == open(stem + ".nii", "rb").read()
    if there and not same:
        return "SILENT CORRUPTION", False, found
    if done.returncode == 0:
        return ("exact" if same else "exit 0 without output"), same and wanted == 0, found
    said = "exit %d%s" % (done.returncode, ", with output" if there else "")
    return said, done.returncode == wanted and not there, found


def undocumented(rows):
    """Paths of which docs/survival.md says nothing or something else; what is stored then is a matter of versions."""
    lines = (pathlib.Path(__file__).resolve().parents[2] / "docs/survival.md").read_text().splitlines()
    said = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    known = [row[:1] + row[2:] for row in said]
    return [row[0] for row in rows if row[:1] + row[2:] not in known]


def main():
    folder = tempfile.mkdtemp(prefix="dkg-survival-")
    table = [["path", "stored then (of uint8; before: u1 24x20x13)"] + list(SOURCES), ["---"] * (2 + len(SOURCES))]
    exact = wrong = refused = 0
    table_file = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
    missing = set()
    try:
        os.chdir(folder)
        make_sources()
        paths = [(name, path, 0) for name, path in EXACT.items()] + [(name, path, code) for name, (path, code) in LOSSY.items()]
        for number, (name, path, wanted) in enumerate(paths):
            row = [name]
            for source in SOURCES:
                said, right, found = outcome(path, source.split(",")[0], number, wanted)
                if right is None:
                    missing.add(said[3:])
                    row = None
                    break
                row += [found, said] if len(row) == 1 else [said]
                exact += bool(right and wanted == 0)
                refused += bool(right and wanted)
                if not right:
                    wrong += 1
                    print("FAILED %s, %s: %s, wanted %s" % (name, source, said, "exact" if wanted == 0 else "exit %d" % wanted))
            if row:
                table.append(row)
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    text = "".join("| %s |\n" % " | ".join(row) for row in table)
    print(text)
    if table_file:
        with open(table_file, "w") as f:
            f.write(text)
    lacking = undocumented(table[2:])
    for path in lacking:
        print("FAILED docs/survival.md does not say this of %s" % path)
    for program in sorted(missing):
        print("SKIP paths through %s: it is not installed" % program)
    print("%d combinations exact, %d lossy ones refused, %d wrong" % (exact, refused, wrong))
    sys.exit(1 if wrong or lacking or exact < WANTED else 0)


if __name__ == "__main__":
    main()
