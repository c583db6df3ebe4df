"""Times keys and whole encryptions against other programs, all in turn in one run, and prints Markdown tables.

usage: bench.py BUILD_FOLDER [--quick] [TABLE...]

Everything takes turns within a round, so that a busy machine slows all alike; the tables give medians, and ratios are medians of
the ratios within a round. --quick shows in a minute whether the benchmark itself works; its figures mean nothing. Tables: keys,
residual, encryption, parts, programs; all of them when none is named.
"""

import contextlib
import gzip
import os
import pathlib
import platform
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS, SLOW_ROUNDS, SLOW = 7, 3, 2.5  # rounds; of what takes longer than SLOW seconds
EAGER, COMPILED = "PyTorch fp32 eager", "PyTorch fp32 torch.compile"


def multiply_adds(n):
    """Of one key in 10^9: those of the definition, and those left where residual layers take 16 products for 4 x 9."""
    pixels = 65536
    ends, strided = 2 * 3 * n * 49 * pixels, 2 * (2 * n * n * 9 * pixels // 4 + 8 * n * n * 9 * pixels // 16)
    residual = 12 * 16 * n * n * 9 * pixels // 16
    return (ends + strided + residual) / 1e9, (ends + strided + residual * 4 / 9) / 1e9


class Absent(Exception):
    pass


class Engine:
    """A program that prints its name, then a time for every line it reads."""

    def __init__(self, label, command, threads=1):
        self.label, self.threads, self.times = label, threads, {}
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        text=True)
        self.name = self.process.stdout.readline().strip()
        if not self.name:
            self.process.wait()
            raise Absent(self.reason())

    def reason(self):
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors if line.strip()]
        return lines[-1] if lines else "it ended without a word"

    def measure(self, what="", keep=True):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Absent(self.reason())
        if keep:
            self.times.setdefault(what, []).append(float(answer))
        return float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


def median(values):
    return statistics.median(values) if values else float("nan")


def ratio(over, under):
    """Median of over / under, round by round."""
    return median([a / b for a, b in zip(over, under)])


def start(absent, *arguments):
    try:
        return [Engine(*arguments)]
    except (Absent, OSError) as reason:
        absent.append((arguments[0], str(reason)))
        return []


def take_turns(engines, rounds):
    first = {e: e.measure(keep=False) for e in engines}  # memory is touched, kernels are compiled
    for number in range(rounds):
        for e in engines:
            if number < (SLOW_ROUNDS if first[e] > SLOW else rounds):
                e.measure()


# ---- keys -----------------------------------------------------------------------------------------------------------------


def key_engines(programs, n, threads, quick, absent):
    key, peers = programs / "bench_key", [sys.executable, HERE / "peers.py"]
    engines = []
    for label, peer in ((EAGER, "eager"), (COMPILED, "compile"), ("ONNX Runtime int8 (inexact)", "onnx-int8")):
        engines += start(absent, f"{label}, n = {n}, {threads} thread(s)", peers + [peer, threads, n], threads)
    paths = subprocess.run([key, "paths"], capture_output=True, text=True, check=True).stdout.split()
    for path in reversed(paths if threads == 1 and not quick else paths[-1:]):
        engines += start(absent, f"cpu path {path}", [key, f"cpu:{path}", threads, n], threads)
    engines += start(absent, f"opencl, {threads} thread(s)", [key, "opencl", threads, n], threads)
    if not quick:
        engines += start(absent, "reference", [key, "reference", threads, n], threads)
    return engines


def measure_peak(programs, threads):
    """Name of the instruction, and what that many cores reach together: two may share a unit."""
    running = [subprocess.Popen([programs / "bench_peak"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
               for _ in range(threads)]
    lines = [process.communicate()[0].strip() for process in running]
    return lines[0].rpartition(" ")[0] or "nothing", sum(float(line.rpartition(" ")[2] or 0) for line in lines)


def key_table(programs, channels, thread_counts, rounds, quick):
    print("## One key: 256 x 256 pixels\n")
    peaks = {threads: measure_peak(programs, threads) for threads in thread_counts}
    print("Two threads make two keys at a time in the engines of this project, one in the others. GMAC/s count the multiply-adds of the "
          f"network's definition; the share counts those carried out, against {peaks[1][0]} from registers: "
          + ", ".join(f"{peaks[t][1]:.1f} GMAC/s on {t} thread(s)" for t in thread_counts) + ".\n")
    print("| n | threads | engine | s per key | keys/s | GMAC/s | share of peak | times PyTorch eager | runs |")
    print("|---|---|---|---|---|---|---|---|---|")
    absent, best, speedup = [], {}, {}
    for n in channels:
        nominal, done = multiply_adds(n)
        for threads in thread_counts:
            engines = key_engines(programs, n, threads, quick, absent)
            take_turns(engines, rounds)
            base = next((e for e in engines if e.label.startswith(EAGER)), None)
            for e in engines:
                times = e.times[""]
                seconds = median(times)
                ours = "torch" not in e.name.lower() and "onnx" not in e.name.lower()
                share = f"{done / seconds / peaks[threads][1]:.0%}" if ours and "reference" not in e.name and peaks[threads][1] else "-"
                faster = f"{ratio(base.times[''], times):.2f}" if base else "-"
                print(f"| {n} | {threads} | {e.name} | {seconds:.4f} | {1 / seconds:.2f} | {nominal / seconds:.1f} | {share} | {faster} | "
                      f"{len(times)} |", flush=True)
                if e.label.startswith("cpu path"):
                    best.setdefault((n, threads), seconds)
                e.close()
    for n in channels:
        if (n, 1) in best and (n, 2) in best:
            speedup[n] = best[n, 1] / best[n, 2]
    print()
    for n, value in speedup.items():
        print(f"- cpu engine, n = {n}: two threads are {value:.2f} times as fast as one.")
    if (64, 1) in best and (16, 1) in best:
        print(f"- cpu engine, one thread: a key of n = 16 takes {best[64, 1] / best[16, 1]:.1f} times less than one of n = 64.")
    for label, reason in absent:
        print(f"- absent: {label}: {reason}")
    print()


def residual_table(programs, channels, rounds):
    """A residual layer alone, where 8-bit libraries are at their best."""
    print("## One residual layer (3x3, 4n to 4n channels), one thread\n")
    print("| n | engine | ms | GMAC/s | runs |")
    print("|---|---|---|---|---|")
    absent = []
    for n in channels:
        gmac = 16 * n * n * 9 * 4096 / 1e9
        ours = start(absent, f"cpu, n = {n}", [programs / "bench_key", "cpu", 1, n])
        peer = start(absent, f"oneDNN int8, n = {n}", [sys.executable, HERE / "peers.py", "conv-int8", 1, n])
        for number in range(rounds + 1):
            for e, what in [(e, "r") for e in ours] + [(e, "") for e in peer]:
                e.measure(what, keep=number > 0)
        for e, what in [(e, "r") for e in ours] + [(e, "") for e in peer]:
            name = e.name + (": 13-bit activations, exact, with its norm" if what else ": 8-bit activations, without norm")
            print(f"| {n} | {name} | {1e3 * median(e.times[what]):.2f} | {gmac / median(e.times[what]):.1f} | {len(e.times[what])} |")
            e.close()
    for label, reason in absent:
        print(f"- absent: {label}: {reason}")
    print()


# ---- volumes --------------------------------------------------------------------------------------------------------------


def source_volume(folder, quick):
    """A BraTS volume unpacked, or one of its shape; where it came from."""
    root = pathlib.Path(os.environ.get("DKG_TEST_DATA", HERE.parents[2] / "shared" / "data"))
    found = sorted(root.glob("brats/*/*_fla.nii.gz"))
    if found:
        data, origin = gzip.decompress(found[0].read_bytes()), f"BraTS, {found[0].name}"
    else:
        header = struct.pack("<i10s18sih2x8h14xhhh8ff", 348, b"", b"", 0, 0, 3, 240, 240, 155, 1, 1, 1, 1, 4, 16, 0, *8 * [1.0], 352.0)
        header += bytes(344 - len(header)) + b"n+1\0" + bytes(4)
        data = header + b"".join(struct.pack("<h", (x * y // 64 + x % 7) % 2048) for x in range(240) for y in range(240)) * 155
        origin = "no BraTS volume found: a made one of its shape"
    short = data[:46] + struct.pack("<h", 8) + data[48:352 + 240 * 240 * 2 * 8]
    (folder / "short.nii").write_bytes(short)
    (folder / "volume.nii").write_bytes(short if quick else data)
    (folder / "volume.nii.gz").write_bytes(gzip.compress(short if quick else data, 6))
    return origin


class Commands:
    """Programs on one volume: seconds without those that fsync waited."""

    def __init__(self, build, folder):
        self.folder, self.dkg, self.preload = folder, build / "bin" / "dkg", build / "test-bin" / "libbench_fsync.so"
        self.environment = dict(os.environ, DKG_BENCH_FSYNC=str(folder / "fsync"), LD_PRELOAD=str(self.preload))
        subprocess.run([self.dkg, "keygen", "--identity", folder / "identity"], check=True, capture_output=True)
        text = subprocess.run([self.dkg, "keygen", "--identity", folder / "identity", "--force", "--json"], check=True,
                              capture_output=True, text=True).stdout
        self.recipient = "age1" + text.split("age1", 1)[1][:58]

    def model(self, n):
        path = self.folder / f"n{n}.safetensors"
        if not path.exists():
            subprocess.run([self.dkg, "model", "init", path, "--channels", str(n), "-q"], check=True, capture_output=True)
            self.time(self.encrypt("short.nii", 2, n))  # device programs are built and cached
        return path

    def encrypt(self, name, threads, n=None):
        how = ["--mode", "aead"] if n is None else ["--model-file", self.folder / f"n{n}.safetensors"]
        return [self.dkg, "encrypt", "--recipient", self.recipient, "--threads", threads, "--force", "-q", *how, self.folder / name,
                self.folder / f"{name}.dkg.nii"]

    def time(self, command):
        """Seconds of the whole, and of fsync."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "fsync").unlink()
        begin = time.perf_counter()
        done = subprocess.run([str(c) for c in command], env=self.environment, capture_output=True, text=True)
        seconds = time.perf_counter() - begin
        if done.returncode:
            raise Absent((done.stderr.strip().splitlines() or ["it failed"])[0])
        waited = self.folder / "fsync"
        return seconds, float(waited.read_text()) if waited.exists() else 0.0


def pipeline_table(programs, commands, channels, thread_counts, quick):
    print("## A whole encryption and its keys alone\n")
    print("`dkg encrypt` of the unpacked volume, from start to end of the program without fsync (engines opened and tested, three keys "
          "checked by another engine, all tags checked, metrics), against the same keys made by the cpu engine and nothing else.\n")
    print("| n | threads | keys alone, s | `dkg encrypt`, s | ratio | runs |")
    print("|---|---|---|---|---|---|")
    for n in channels:
        commands.model(n)
        for threads in thread_counts:
            rounds = 1 if quick or (n > 32 and threads == 1) else SLOW_ROUNDS if n > 32 else ROUNDS
            parts = Engine("volume", [programs / "bench_volume", commands.folder / "volume.nii", threads, n], threads)
            whole = []
            for _ in range(rounds):
                parts.measure("k")
                seconds, waited = commands.time(commands.encrypt("volume.nii", threads, n))
                whole.append(seconds - waited)
            keys = parts.times["k"]
            print(f"| {n} | {threads} | {median(keys):.2f} | {median(whole):.2f} | {ratio(whole, keys):.3f} | {rounds} |", flush=True)
            parts.close()
    print()


def parts_table(programs, commands, thread_counts, rounds):
    names = {"a": "AEAD-only encryption in memory: digest, XChaCha20-Poly1305, check of tags",
             "e": "hybrid encryption in memory without the keys: also initial images, XOR, self-test of keys, their digests",
             "m": "metrics of the result", "r": "reading the .nii"}
    print("## What surrounds the keys\n")
    print("| part | " + " | ".join(f"{t} thread(s), ms" for t in thread_counts) + " |")
    print("|---|" + "---|" * len(thread_counts))
    engines = [Engine("parts", [programs / "bench_volume", commands.folder / "volume.nii", t, 16], t) for t in thread_counts]
    packed = Engine("packed", [programs / "bench_volume", commands.folder / "volume.nii.gz", 1, 16])
    for number in range(rounds + 1):
        for what in names:
            for e in engines:
                e.measure(what, keep=number > 0)
        packed.measure("r", keep=number > 0)
    for what, name in names.items():
        print(f"| {name} | " + " | ".join(f"{1e3 * median(e.times[what]):.1f}" for e in engines) + " |")
    print(f"| reading the .nii.gz, gunzip included | {1e3 * median(packed.times['r']):.1f} |" + " - |" * (len(thread_counts) - 1))
    for e in engines + [packed]:
        e.close()
    print()


def programs_table(commands, thread_counts, rounds):
    """AEAD-only encryption against programs that only encrypt."""
    folder, key = commands.folder, "00" * 32
    rows = [(f"dkg encrypt --mode aead, {t} thread(s)", commands.encrypt("volume.nii", t)) for t in thread_counts]
    rows.append((f"the same from .nii.gz, {thread_counts[-1]} thread(s)", commands.encrypt("volume.nii.gz", thread_counts[-1])))
    for cipher in ("chacha20", "aes-256-ctr"):
        rows.append((f"openssl enc -{cipher} (no authentication)", ["openssl", "enc", f"-{cipher}", "-K", key, "-iv", "00" * 16, "-in",
                                                                   folder / "volume.nii", "-out", folder / "openssl.out"]))
    age = ["age", "-r", commands.recipient, "-o", folder / "age.out", folder / "volume.nii"]
    times, absent = {"age": []}, []
    rows.insert(0, ("age", age))
    for number in range(rounds + 1):
        for name, command in list(rows):
            try:
                if not shutil.which(str(command[0])):
                    raise Absent("it is not installed")
                result = commands.time(command)
            except Absent as reason:
                absent.append((name, str(reason)))
                rows.remove((name, command))
                continue
            if number:
                times.setdefault(name, []).append(result)
    print("## AEAD-only encryption against programs that only encrypt\n")
    print("The same file, from start to end of the program, written through the page cache; only dkg waits for the disk (fsync).\n")
    print("| program | s without fsync | fsync, s | times age | runs |")
    print("|---|---|---|---|---|")
    base = [whole - waited for whole, waited in times["age"]]
    for name, _ in rows:
        own = [whole - waited for whole, waited in times[name]]
        slower = f"{ratio(own, base):.2f}" if base else "-"
        print(f"| {name} | {median(own):.3f} | {median([w for _, w in times[name]]):.3f} | {slower} | {len(own)} |")
    for name, reason in absent:
        print(f"- absent: {name}: {reason}")
    print()


# ---- all ------------------------------------------------------------------------------------------------------------------


def steal():
    fields = [int(f) for f in open("/proc/stat").readline().split()[1:]]
    return fields[7], sum(fields)


def processor():
    with contextlib.suppress(OSError, StopIteration):
        return next(l for l in open("/proc/cpuinfo") if l.startswith("model name")).split(":")[1].strip()
    return platform.processor() or platform.machine()


TABLES = ("keys", "residual", "encryption", "parts", "programs")


def main(build, quick, tables):
    programs = build / "test-bin"
    cores = sorted(os.sched_getaffinity(0))
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, cores[:2])
    thread_counts = [1, 2] if len(cores) > 1 else [1]
    channels, rounds = ([16], 1) if quick else ([64, 16], ROUNDS)
    began, stolen = time.time(), steal()
    loads = [os.getloadavg()[0]]
    flags = [f for f in ("avx2", "avx512bw", "avx512_vnni") if f" {f} " in open("/proc/cpuinfo").read().replace("\n", " ")]
    print(f"# Benchmark{' (quick: these figures mean nothing)' if quick else ''}\n")
    with tempfile.TemporaryDirectory(dir=build) as name:
        folder = pathlib.Path(name)
        origin = source_volume(folder, quick)
        print(f"{processor()}, {len(cores)} processors of which {len(thread_counts)} are used, instruction sets {' '.join(flags) or 'none of ours'}, "
              f"{platform.system()} {platform.release()}, {time.strftime('%Y-%m-%d')}. Volume: {origin}, "
              f"{(folder / 'volume.nii').stat().st_size} bytes.\n", flush=True)
        commands = Commands(build, folder)
        if "keys" in tables:
            key_table(programs, channels, thread_counts, rounds, quick)
        if "residual" in tables:
            residual_table(programs, channels, rounds)
        if "encryption" in tables:
            pipeline_table(programs, commands, channels, thread_counts, quick)
        if "parts" in tables:
            parts_table(programs, commands, thread_counts, rounds)
        if "programs" in tables:
            programs_table(commands, thread_counts, rounds)
    loads.append(os.getloadavg()[0])
    after = steal()
    print(f"{time.time() - began:.0f} s in all; load {loads[0]:.1f} before, {loads[1]:.1f} after; "
          f"{(after[0] - stolen[0]) / (after[1] - stolen[1]):.1%} of the processors' time stolen by other machines.")


if __name__ == "__main__":
    named = [a for a in sys.argv[2:] if a != "--quick"]
    if not set(named) <= set(TABLES):
        sys.exit(f"bench.py: error: the tables are {', '.join(TABLES)}")
    main(pathlib.Path(sys.argv[1]).resolve(), "--quick" in sys.argv[2:], named or TABLES)
