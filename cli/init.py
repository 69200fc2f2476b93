"""`gristmill init`: a `.env` with every setting explained, written once and never over another."""

from __future__ import annotations

import os
from pathlib import Path

from cli.output import note
from cli.problems import DONE, WrongUsage

TEMPLATE = "env_template.txt"


def run(given: str) -> int:
    """Write the template. Raises WrongUsage if the file exists or cannot be written."""
    path = Path(given)
    text = Path(__file__).with_name(TEMPLATE).read_text(encoding="utf-8")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise WrongUsage(
            f"{path} exists and is left as it is; name another file to see the template."
        ) from None
    except OSError as error:
        raise WrongUsage(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    note(f"Wrote {path}, readable by you only. Everything in it is optional; `gristmill doctor` checks it.")
    return DONE
