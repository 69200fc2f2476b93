"""Numbers that a state gives a person: one line of the table each, checked by python-stdnum."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from adapters.safety.pii.spans import Span, is_announced


@dataclass(frozen=True, slots=True)
class _Id:
    """How an id is written, the module of stdnum that checks it, and the cue that it needs, if any."""

    module: str
    pattern: re.Pattern[str]
    cue: re.Pattern[str] | None = None


def _id(module: str, pattern: str, cue: str = "") -> _Id:
    bounded = re.compile(rf"{pattern}(?![\w-]|[.,]\d)")
    return _Id(module, bounded, re.compile(cue, re.I) if cue else None)


# What every line of the table looks like; it spares most of a text the trying of them all.
_ANY = re.compile(r"(?<![\w.,/+-])(?=[A-Z]{0,6}-?\d(?:[ ./+-]?[A-Z0-9]){7})")

# A number whose shape is common to other things, or whose check digit lets many through, needs a cue.
_TABLE = (
    _id("us.ssn", r"\d{3}-\d{2}-\d{4}"),
    _id("us.ssn", r"\d{9}", r"\bssn\b|social security"),
    _id("gb.nino", r"[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]"),
    _id("gb.nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}", r"\bnhs\b"),
    _id("ca.sin", r"\d{3}[ -]?\d{3}[ -]?\d{3}", r"\bsin\b|\bnas\b|social insurance"),
    _id("fr.nir", r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"),
    _id("de.idnr", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", r"steuer|identifikationsnummer|\bidnr|\btin\b|tax id"),
    _id("es.dni", r"\d{8}-?[A-Z]"),
    _id("es.nie", r"[XYZ]-?\d{7}-?[A-Z]"),
    _id("it.codicefiscale", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]"),
    _id("nl.bsn", r"\d{4}[ .]?\d{2}[ .]?\d{3}", r"\bbsn\b|burgerservice|sofi"),
    _id("be.nn", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"),
    _id("pl.pesel", r"\d{11}", r"\bpesel\b"),
    _id("se.personnummer", r"(?:\d{2})?\d{6}[-+]\d{4}"),
    _id("fi.hetu", r"\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y]"),
    _id("dk.cpr", r"\d{6}-\d{4}", r"\bcpr\b"),
    _id("no.fodselsnummer", r"\d{6} ?\d{5}", r"fødselsnummer|personnummer"),
    _id("cz.rc", r"\d{6}/\d{3,4}"),
    _id("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
    _id("mx.curp", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d"),
    _id("in_.aadhaar", r"\d{4} \d{4} \d{4}"),
    _id("in_.pan", r"[A-Z]{5}\d{4}[A-Z]"),
    _id("cn.ric", r"\d{17}[\dX]"),
    _id("za.idnr", r"\d{13}", r"\bid\b|identity"),
)


def national_ids(text: str) -> Iterator[Span]:
    """Ids whose check digits are right, or, where a state gives none, whose parts it does give out."""
    for place in _ANY.finditer(text):
        for known in _TABLE:
            match = known.pattern.match(text, place.start())
            if match and _is_one(known, match):
                yield Span(*match.span(), "ID")
                break


def _is_one(known: _Id, match: re.Match[str]) -> bool:
    if known.cue is not None and not is_announced(match.string, match.start(), known.cue):
        return False
    return bool(import_module(f"stdnum.{known.module}").is_valid(match[0]))
