"""`python -m bench.peers`: install the peers that are not there yet, once; says which cannot be."""

from __future__ import annotations

import sys

from bench.peers import install

for reason in install():
    print(f"left out of the bench: {reason}", file=sys.stderr)
