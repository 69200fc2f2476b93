"""`/v1/evaluations`: how good answers were against labels, run by run, and any two of them compared."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from analyses.evaluation import get_metric
from models.database import reading
from models.evaluations import find_run, list_runs
from pipelines.evaluations import compare_runs
from web.api.shared import BAD_BODY, NO_SUCH
from web.auth import Viewer
from web.schemas import (
    ID_FORM,
    EvaluationDifference,
    EvaluationOut,
    EvaluationPage,
    instant,
)

router = APIRouter(prefix="/evaluations", tags=["analyses"])
Run = Annotated[str, Query(max_length=100, description="A run's id or name.")]
Cursor = Annotated[str, Query(pattern=ID_FORM, description="`next` of the page before.")]
OWN = ("headline", "created_at")  # what is not a column


@router.get("", summary="List evaluations")
def list_evaluations(
    caller: Viewer,
    analysis: Annotated[str | None, Query(max_length=100, description="Only of this analysis.")] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EvaluationPage:
    """The caller's tenant's runs, newest first. Needs the role viewer."""
    with reading() as connection:
        rows = list_runs(
            connection, caller.tenant_id, analysis=analysis, before=cursor or "", limit=limit + 1
        )
    following = rows[limit - 1].id if len(rows) > limit else None
    return EvaluationPage(items=[_shown(row) for row in rows[:limit]], next=following)


@router.get("/compare", responses=NO_SUCH | BAD_BODY, summary="Compare two evaluations")
def compare(caller: Viewer, first: Run, second: Run) -> EvaluationDifference:
    """Both must be over the same rows, label and metric. Needs the role viewer."""
    one, other, told = compare_runs(caller.tenant_id, first, second)
    return EvaluationDifference(
        first=_shown(one),
        second=_shown(other),
        difference=told.value,
        low=told.low,
        high=told.high,
        sure=told.is_sure,
    )


@router.get("/{evaluation_id}", responses=NO_SUCH, summary="Look at an evaluation")
def show_evaluation(
    evaluation_id: Annotated[str, Path(max_length=100, description="A run's id or name.")], caller: Viewer
) -> EvaluationOut:
    """One run. Needs the role viewer."""
    with reading() as connection:
        return _shown(find_run(connection, caller.tenant_id, evaluation_id))


def _shown(row: Any) -> EvaluationOut:
    columns = {name: getattr(row, name) for name in EvaluationOut.model_fields if name not in OWN}
    headline = get_metric(row.metric).headline
    return EvaluationOut(**columns, headline=headline, created_at=instant(row.created_at_ms))
