"""What one of the doctor's checks found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`fix` says what to do where it is not `ok`; what is not `required` only warns."""

    name: str
    ok: bool
    message: str
    fix: str = ""
    required: bool = True
