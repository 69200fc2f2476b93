"""The house itself: top-level names are ours, messages are small, settings say what they mean."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from errors import ERROR_CLASSES, GristmillError, RateLimited, classify
from models.admission import Admitted
from models.database import new_id
from pipelines.compose import compose_all, heads
from settings import Settings, masked

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["settings", "errors", "logs", "analyses", "adapters", "models", "actors", "pipelines", "scheduler"]


@pytest.mark.parametrize("name", NAMES)
def test_every_top_level_name_is_ours(name: str) -> None:
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file).is_relative_to(ROOT)


def test_outside_of_models_nobody_writes_without_being_tried_again_after_a_deadlock() -> None:
    """`writing()` is a block that cannot be repeated; `transact` repeats what the database chose to end."""
    packages = ("actors", "pipelines", "scheduler", "web", "cli")
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    assert [file.name for file in files if re.search(r"(?<![\w.])writing\(\)", file.read_text())] == []


def test_a_message_carries_ids_and_stays_under_one_kilobyte() -> None:
    job = Admitted(new_id(), 2**31, "analyze", "fetch")
    message = heads(compose_all([job]))[0]
    sent = message.copy(options={"redis_message_id": "f" * 32}).encode()
    assert len(sent) < 1024
    assert message.args == (job.job_id, job.generation)


def test_a_pipeline_begins_again_at_the_step_where_its_job_stands() -> None:
    message = heads(compose_all([Admitted(new_id(), 1, "analyze", "persist")]))[0]
    assert message.actor_name == "persist"
    assert message.options["pipe_target"]["actor_name"] == "notify"


def test_ids_sort_in_the_order_they_were_made() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000


def test_every_error_class_has_a_suggestion_and_says_whether_it_is_retried() -> None:
    expected = "timeout rate_limit service_error authentication context_length content_filter invalid_answer"
    expected += " invalid_input not_found budget cancelled internal"
    assert set(expected.split()) <= set(ERROR_CLASSES)
    assert all(kind.suggestion.endswith(".") for kind in ERROR_CLASSES.values())
    assert {name for name, kind in ERROR_CLASSES.items() if kind.retryable} == {
        *("timeout", "rate_limit", "service_error", "invalid_answer", "internal")
    }


def test_a_foreign_errors_text_is_not_repeated() -> None:
    assert "hunter2" not in classify(ValueError("hunter2")).message
    ours: GristmillError = RateLimited("Later.", retry_after_s=3)
    assert classify(ours) is ours


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"redis_url": "rediss://h/1"}, "rediss://h/1"),
        (
            {"redis_url": "", "redis_host": "h", "redis_password": "p@ss", "redis_db": 2},
            "redis://:p%40ss@h:6379/2",
        ),
        ({"redis_url": "", "redis_host": "h"}, "redis://h:6379/0"),
    ],
)
def test_the_broker_is_the_one_that_was_named(given: dict[str, object], expected: str) -> None:
    assert Settings(**given).broker_url == expected  # type: ignore[arg-type]


def test_without_a_redis_the_broker_is_our_own_socket_at_a_path_short_enough(tmp_path: Path) -> None:
    settings = Settings(redis_url="", gristmill_home=tmp_path / ("long" * 40))
    assert settings.embeds_valkey
    assert settings.broker_url == f"unix://{settings.valkey_socket}"
    assert len(str(settings.valkey_socket)) <= 100


def test_postgres_urls_of_any_spelling_use_our_driver() -> None:
    for url in ("postgres://u:p@h/d", "postgresql://u:p@h/d"):
        assert Settings(database_url=url).sql_url == "postgresql+psycopg://u:p@h/d"


def test_a_password_is_never_shown() -> None:
    assert masked("postgresql://u:secret@h:5432/d") == "postgresql://u:***@h:5432/d"
    assert masked("unix:///tmp/v.sock") == "unix:///tmp/v.sock"
    assert masked("redis://secret@h/0") == "redis://***@h/0"
    assert masked("postgresql://u@h/d?password=secret&a=b") == "postgresql://u@h/d?password=***&a=b"
    assert "secret" not in repr(
        Settings(database_url="postgresql://u:secret@h/d", redis_url="redis://:secret@h")
    )


def test_a_key_is_never_in_the_settings_text() -> None:
    assert "sk-secret" not in repr(Settings(openai_api_key="sk-secret"))  # type: ignore[arg-type]


OWN_CLOCK = {
    "adapters/llm/scripted.py": "a journal for people",
    "adapters/llm/wire/retry_after.py": "against the date the other side gave, or ours where it gave none",
    "cli/checks_database.py": "the doctor's comparison of both clocks, which only warns",
    "models/database.py": "ids, which sort by time within one process; a line is ordered by the database's",
    "web/pages/render.py": "words such as `3 min ago`",
    "web/pages/session.py": "how long a cookie of ours lasts",
}
ASKS_OWN_CLOCK = re.compile(r"\btime\.time(_ns)?\(|\b(datetime|date)\.(now|utcnow|today)\(")
PACKAGES = ("analyses", "adapters", "models", "actors", "pipelines", "scheduler", "web", "cli")


def test_only_these_modules_ask_the_clock_of_their_own_machine() -> None:
    """What decides about jobs asks the database's clock; whoever adds a module here says why it does not."""
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    asking = {str(file.relative_to(ROOT)) for file in files if ASKS_OWN_CLOCK.search(file.read_text())}
    assert asking == set(OWN_CLOCK)
