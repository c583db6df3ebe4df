"""Makes golden.json: first gradients and twenty losses of small trainings, computed by PyTorch in double precision.

usage: make.py > golden.json
Of every gradient tensor the file keeps the root mean square and 16 values, evenly spread.
"""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "train"))
import torch
from peer import run

SAMPLES, STEPS = 16, 20
CASES = [(4, 4, 32, "phase", "bce"), (8, 4, 36, "tanh", "lsgan"), (4, 8, 40, "phase", "hinge")]

cases = []
for channels, width, crop, head, loss in CASES:
    gradients, losses = run(channels, width, crop, head, loss, STEPS)
    tensors = [
        {"rms": g.square().mean().sqrt().item(), "values": [g[k * len(g) // SAMPLES].item() for k in range(SAMPLES)]}
        for g in gradients
    ]
    cases.append(
        {"channels": channels, "discriminator": width, "crop": crop, "head": head, "loss": loss, "losses": losses, "gradients": tensors}
    )
golden = json.dumps({"made by": f"PyTorch {torch.__version__}, float64", "cases": cases})
golden = json.dumps(json.loads(golden, parse_float=lambda v: float(f"{float(v):.9g}")), indent=1)
print(re.sub(r"\[[^][{}]*\]", lambda numbers: " ".join(numbers[0].split()), golden))
