"""Options that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose work it is.", envvar="GRISTMILL_TENANT")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1_000, help="At most so many.")]
Priority = Annotated[str, typer.Option("--priority", help="high, normal or low.")]
Model = Annotated[
    str, typer.Option("--model", help="Who answers: local, or PROVIDER/MODEL; by default as configured.")
]
Analysis = Annotated[
    str, typer.Argument(help="Which analysis, such as story.enhance (`gristmill analyses list`).")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DEFAULT_TENANT = "default"
Fallback = Annotated[
    list[str] | None, typer.Option("--fallback", help="Who answers while the model is away; repeat for more.")
]
Lane = Annotated[str, typer.Option("--lane", help="realtime, or at half the price and later: flex or batch.")]
