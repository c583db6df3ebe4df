"""Times steps of training of the OpenCL trainer against PyTorch fp32 on the same cores, in turns, and prints one table.

usage: bench_train.py BENCH_TRAIN_PROGRAM [ROUNDS [CHANNELS [CROP [THREADS...]]]]

The step of tests/train/peer.py and that of the program are the same mathematics. Both take turns within a round, so that a busy
machine slows them alike: times are medians, the ratio is the median of the ratios within a round. Memory is the process's peak.
"""

import os
import resource
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def serve(threads, channels, crop):
    """The protocol of bench_train.c for PyTorch, in a process of its own."""
    sys.path.insert(0, os.path.join(HERE, "..", "train"))
    import torch
    from peer import Trainer

    torch.set_num_threads(threads)
    trainer = Trainer(channels=channels, crop=crop)
    source, target = os.urandom(crop * crop * 3), os.urandom(crop * crop * 3)
    print("PyTorch", torch.__version__, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        trainer.step(source, target)
        seconds = time.perf_counter() - start
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, flush=True)


class Trainer:
    def __init__(self, name, command):
        self.name, self.times, self.memory = name, [], 0
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.device = self.process.stdout.readline().strip()
        if not self.device:
            sys.exit(f"{name} did not start")

    def step(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        seconds, memory = self.process.stdout.readline().split()
        self.memory = int(memory)
        return float(seconds)


def measure(program, rounds, channels, crop, threads):
    common = [str(threads), str(channels), str(crop)]
    peers = [
        Trainer("PyTorch fp32", [sys.executable, __file__, "--torch", *common]),
        Trainer("opencl", [program, *common]),
    ]
    for peer in peers:  # not counted: first touch of memory, kernels compiled
        peer.step()
        peer.step()
    for _ in range(rounds):
        for peer in peers:
            peer.times.append(peer.step())
    base = peers[0].times
    for peer in peers:
        ratio = statistics.median(t / b for t, b in zip(peer.times, base))
        share = peer.memory / peers[0].memory
        print(
            f"| {peer.name} | {threads} | {channels} | {crop} | {statistics.median(peer.times):.3f} | {ratio:.2f} "
            f"| {peer.memory} | {share:.2f} | {peer.device} |",
            flush=True,
        )
        peer.process.stdin.close()
        peer.process.wait()


def main(program, rounds=15, channels=64, crop=64, *threads):
    print("| trainer | threads | channels | crop | seconds per step | times PyTorch's | peak MB | times PyTorch's | device |")
    print("|---|---|---|---|---|---|---|---|---|")
    for count in threads or sorted({1, min(2, os.cpu_count() or 1)}):
        measure(program, rounds, channels, crop, count)


if __name__ == "__main__":
    if sys.argv[1] == "--torch":
        serve(*map(int, sys.argv[2:]))
    else:
        main(sys.argv[1], *map(int, sys.argv[2:]))
