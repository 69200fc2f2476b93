"""`/v1/llm/test`: one small real call that says whether the configured LLM works."""

from __future__ import annotations

import threading
from dataclasses import asdict

from fastapi import APIRouter

from adapters.llm.probe import probe
from settings import get_settings
from web.auth import Operator
from web.problems import HttpProblem
from web.schemas import LlmTest, Problem

router = APIRouter(prefix="/llm", tags=["monitoring"])

_one_at_a_time = threading.Lock()  # each call costs a few tokens, and holds a thread for seconds


@router.get(
    "/test",
    responses={429: {"model": Problem, "description": "A test is under way."}},
    summary="Test the LLM",
)
def test_llm(caller: Operator) -> LlmTest:
    """Costs a few tokens where a key is set; takes at most 20 s. Needs the role operator."""
    if not _one_at_a_time.acquire(blocking=False):
        raise HttpProblem(429, "A test is under way already.", headers={"Retry-After": "5"})
    try:
        return LlmTest(**asdict(probe(get_settings())))
    finally:
        _one_at_a_time.release()
