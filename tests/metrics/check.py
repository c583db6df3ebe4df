#!/usr/bin/env python3
"""Metrics of dkg/metrics.h against NumPy, SciPy and scikit-image, and the tables of docs/metrics.md against both.

  check.py METRICS_TOOL bounds          every interval, and every number printed in a table of the document
  check.py METRICS_TOOL distributions   tails and quantiles
  check.py METRICS_TOOL controls        XChaCha20, rand and MT19937
  check.py METRICS_TOOL volumes         rows of real volumes of every datatype, of degenerate arrays and of noise
  check.py METRICS_TOOL pairs           rows of two arrays
  check.py METRICS_TOOL attacks         what paper mode gives away of a real head, as the document says
"""
import sys

sys.dont_write_bytecode = True
try:
    import nacl
    import skimage
except ImportError as missing:
    print("SKIP metrics:", missing)
    sys.exit(77)

from common import checked
from bounds import check_bounds, check_controls, check_distributions
from pairs import check_attacks, check_pairs
from rows import check_volumes

{"bounds": check_bounds, "distributions": check_distributions, "controls": check_controls, "volumes": check_volumes,
 "pairs": check_pairs, "attacks": check_attacks}[sys.argv[2]]()
print(f"{checked[0]} numbers equal")
