"""Every gradient of a first step and the losses of all steps against PyTorch in double precision, with both trainers.

usage: compare.py TRAIN_STEP_PROGRAM
Skips itself without PyTorch; DKG_BENCH_PYTHON may name an interpreter that has it.
"""

import os
import subprocess
import sys

try:
    import torch
except ImportError:
    other = os.environ.get("DKG_BENCH_PYTHON")
    if other and os.path.realpath(other) != os.path.realpath(sys.executable):
        os.execv(other, [other, *sys.argv])
    print("SKIP train_pytorch: PyTorch is not installed (python3-torch, or DKG_BENCH_PYTHON)")
    sys.exit(77)
from peer import run

HEADS, LOSSES = ("phase", "tanh"), ("bce", "lsgan", "hinge")
CASES = [(4, 8, 32, "phase", "bce", 20), (4, 4, 44, "tanh", "hinge", 3), (20, 12, 36, "phase", "lsgan", 2)]
FREE = 3  # steps for which float32 keeps to the path of float64: trainings are chaotic, in PyTorch too


def ours(program, trainer, case, count):
    channels, width, crop, head, loss, steps = case
    numbers = map(str, (channels, width, crop, HEADS.index(head), LOSSES.index(loss), steps))
    done = subprocess.run([program, trainer, *numbers], capture_output=True)
    if done.returncode:
        if b"no OpenCL device" in done.stderr:
            return None
        sys.exit(done.stderr.decode())
    gradients = torch.frombuffer(bytearray(done.stdout[: 4 * count]), dtype=torch.float32).double()
    losses = torch.frombuffer(bytearray(done.stdout[4 * count :]), dtype=torch.float64).view(steps, 3)
    return gradients, losses


def main(program):
    bad = False
    for case in CASES:
        *shape, steps = case
        expected, expected_losses = run(*shape, steps)
        for trainer in ("reference", ""):
            got = ours(program, trainer, case, sum(len(g) for g in expected))
            if got is None:
                print("SKIP train_pytorch: no OpenCL device, only the reference was compared")
                continue
            gradients, losses = got
            at, worst = 0, 0.0
            for g in expected:
                worst = max(worst, ((gradients[at : at + len(g)] - g).norm() / g.norm()).item())
                at += len(g)
            compared = steps if trainer else min(steps, FREE)
            far = (losses - torch.tensor(expected_losses, dtype=torch.float64))[:compared].abs().max().item()
            print(f"{trainer or 'opencl'} {case}: gradients off by {worst:.1e} at most, losses of {compared} steps by {far:.1e}")
            bad = bad or not (worst < 1e-4 and far < 1e-3)
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
