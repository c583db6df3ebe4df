"""Times one key (256 x 256 pixels, 64 channels) of every engine against PyTorch fp32, in turns, and prints one table.

usage: bench_key.py BENCH_KEY_PROGRAM [ROUNDS]

The same network runs in PyTorch, eager, in float32. Engines take turns within a round, so that a busy machine slows all of
them alike; the table gives medians, and ratios are medians of the ratios within a round. The reference engine is measured
in the first round only: it takes seconds.
"""

import os
import statistics
import subprocess
import sys
import time

CHANNELS, SIZE = 64, 256


def generator(nn):
    """DeepKeyGen's generator (docs/generator.md section 1)."""

    class Block(nn.Module):
        def __init__(self, c):
            super().__init__()
            conv = lambda: nn.Conv2d(c, c, 3, padding=1, bias=False)
            self.body = nn.Sequential(conv(), nn.InstanceNorm2d(c), nn.ReLU(), conv(), nn.InstanceNorm2d(c))

        def forward(self, x):
            return x + self.body(x)

    def after(layer):
        return [layer, nn.InstanceNorm2d(layer.out_channels), nn.ReLU()]

    n = CHANNELS
    layers = after(nn.Conv2d(3, n, 7, padding=3, bias=False))
    layers += after(nn.Conv2d(n, 2 * n, 3, stride=2, padding=1, bias=False))
    layers += after(nn.Conv2d(2 * n, 4 * n, 3, stride=2, padding=1, bias=False))
    layers += [Block(4 * n) for _ in range(6)]
    layers += after(nn.ConvTranspose2d(4 * n, 2 * n, 3, stride=2, padding=1, output_padding=1, bias=False))
    layers += after(nn.ConvTranspose2d(2 * n, n, 3, stride=2, padding=1, output_padding=1, bias=False))
    layers += [nn.Conv2d(n, 3, 7, padding=3, bias=False), nn.Tanh()]
    return nn.Sequential(*layers).eval()


def serve_torch(threads):
    """The protocol of bench_key.c for PyTorch, run as a process of its own so that threads are set once."""
    import torch

    torch.set_num_threads(threads)
    network, image = generator(torch.nn), torch.randn(1, 3, SIZE, SIZE)
    with torch.inference_mode():
        network(image)
        print("PyTorch", torch.__version__, flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            network(image)
            print(time.perf_counter() - start, flush=True)


class Engine:
    def __init__(self, name, threads, command):
        self.name, self.threads, self.times = name, threads, []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.device = self.process.stdout.readline().strip()

    def measure(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main(program, rounds):
    thread_counts = sorted({1, min(2, os.cpu_count() or 1)})
    engines = []
    for threads in thread_counts:
        torch = [sys.executable, __file__, "--torch", str(threads)]
        for name, command in (
            ("PyTorch fp32", torch),
            ("cpu", [program, "cpu", str(threads)]),
            ("opencl", [program, "opencl", str(threads)]),
            ("reference", [program, "reference", str(threads)]),
        ):
            engine = Engine(name, threads, command)
            if engine.device:
                engines.append(engine)
            else:
                print(f"SKIP {name}: it did not start", file=sys.stderr)
                engine.close()
    for engine in engines:
        if engine.name != "reference":
            engine.measure()  # not counted: first touch of memory, kernels compiled
    for number in range(rounds):
        for engine in engines:
            if engine.name != "reference" or number == 0:
                engine.times.append(engine.measure())
    for engine in engines:
        engine.close()

    print("| engine | threads | seconds per key | times as fast as PyTorch | device |")
    print("|---|---|---|---|---|")
    for engine in engines:
        base = next(e for e in engines if e.name == "PyTorch fp32" and e.threads == engine.threads)
        ratio = statistics.median(b / t for b, t in zip(base.times, engine.times))
        print(f"| {engine.name} | {engine.threads} | {statistics.median(engine.times):.3f} | {ratio:.2f} | {engine.device} |")


if __name__ == "__main__":
    if sys.argv[1] == "--torch":
        serve_torch(int(sys.argv[2]))
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 15)
