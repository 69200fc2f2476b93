"""How long files take to be read, each in its killable process, as jobs do it: `python -m bench.reading`.

Of the files that are named, or of files made here: a PDF of thirty pages, and others. Prints a JSON line for
each: the best and the median of `ROUNDS`, in seconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from adapters.documents import Bearer, extract
from tests.harness import files

ROUNDS = 7
PAGE = "\n".join("The supplier warrants that the goods conform to their description." for _ in range(45))
MADE = {
    "thirty-pages.pdf": lambda: files.pdf([PAGE] * 30),
    "thirty-pages.docx": lambda: files.docx(PAGE.split("\n") * 30),
    "thousand-rows.xlsx": lambda: files.xlsx([["name", "sum"]] * 1_000),
    "hundred-mails.mbox": lambda: files.mbox(*(files.mail(f"Mail {n}", PAGE) for n in range(100))),
    "hundred-entries.rss": lambda: files.rss(
        *({"guid": str(n), "title": f"Entry {n}", "description": f"<p>{PAGE}</p>"} for n in range(100))
    ),
    "page.html": lambda: f"<html><body><article>{f'<p>{PAGE}</p>' * 10}</article></body></html>".encode(),
}


def measured(path: Path) -> dict[str, object]:
    """The time that one file takes, and how much came out."""
    took = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        found = extract(path, Bearer(path.name))
        took.append(time.perf_counter() - began_s)
    chars = sum(len(piece.text) for piece in found.pieces)
    told = {
        "file": path.name,
        "bytes": path.stat().st_size,
        "contents": len(found.pieces),
        "characters": chars,
    }
    return told | {"best_s": round(min(took), 3), "median_s": round(statistics.median(took), 3)}


def main() -> None:
    given = [Path(name) for name in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        for name, make in MADE.items() if not given else ():
            path = Path(folder) / name
            path.write_bytes(make())
            print(json.dumps(measured(path)), flush=True)
    for path in given:
        print(json.dumps(measured(path)), flush=True)


if __name__ == "__main__":
    main()
