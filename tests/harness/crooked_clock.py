"""Loaded into a worker: the clock it reads from the database can be put forward and back by the test."""

from __future__ import annotations

from tests.harness.clocks import unhinge

unhinge()
