"""`/v1/analyses`: what Gristmill knows to analyse, straight from the registry."""

from __future__ import annotations

from fastapi import APIRouter

from analyses import all_analyses
from web.auth import Viewer
from web.schemas import AnalysisInfo, AnalysisList

router = APIRouter(prefix="/analyses", tags=["analyses"])


@router.get("", summary="List the analyses")
def list_analyses(caller: Viewer) -> AnalysisList:
    """Each with the schema of its content and of its answer. Needs the role viewer."""
    infos = [
        AnalysisInfo(
            name=analysis.name,
            title=analysis.title,
            queue=analysis.queue,
            prompt_version=analysis.prompt_version,
            schema_version=analysis.schema_version,
            content=analysis.content.__name__.lower(),
            content_schema=analysis.content.model_json_schema(),
            answer_schema=analysis.answer.model_json_schema(),
        )
        for analysis in all_analyses()
    ]
    return AnalysisList(items=infos)
