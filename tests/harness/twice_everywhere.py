"""Loaded into a worker: every message it sends goes out twice, and it counts what it skips."""

from __future__ import annotations

import dramatiq

from tests.harness.twice import Twice

dramatiq.get_broker().add_middleware(Twice())
