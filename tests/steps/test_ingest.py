"""Ingest jobs, on both databases: files and pages become contents, once, edition by edition."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select, update

import adapters.documents
from errors import InvalidInput
from models.database import clock, reading, transact, writing
from models.library import NewContent, Place, shelve
from models.originals import read_original
from models.retention import Keep
from models.schema import contents, editions, jobs, original_chunks, originals
from models.tenants import ensure_tenant
from pipelines import Batch, Job, ingest
from pipelines.cleanup import cleanup
from tests.harness import files
from tests.harness.environment import environment
from tests.harness.hostile import by_path, says, server
from tests.steps.driving import admit_now, drive, run
from tests.steps.rows import TENANT, at_once

pytestmark = pytest.mark.usefixtures("database_url")


def ingested(source: Any, **options: Any) -> Job:
    return drive(ingest(source, **options).submit())


def count(table: Table, *where: Any) -> int:
    with reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def kept(*where: Any) -> list[Any]:
    with reading() as connection:
        wanted = select(*contents.c).where(contents.c.is_kept, *where).order_by(contents.c.id)
        return list(connection.execute(wanted).all())


def standing() -> list[tuple[str, str, int]]:
    """Every edition: place, part and number."""
    with reading() as connection:
        wanted = select(editions.c.place, editions.c.part, editions.c.number)
        return sorted(tuple(row) for row in connection.execute(wanted))


def test_a_file_becomes_content_and_is_kept_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "terms.docx"
    path.write_bytes(files.docx(["Fees are due."], title="Terms", a=os.urandom(2_100_000)))
    job = ingested(path)
    assert (job.state, job.progress) == ("completed", 100)
    report = job.answer
    assert (report.place, report.count, report.new) == ("terms.docx", 1, 1)
    (content,) = kept()
    assert content.id == report.contents[0].id
    assert (content.kind, content.body) == ("document", {"title": "Terms", "text": "Fees are due."})
    with reading() as connection:
        assert b"".join(read_original(connection, TENANT, report.original_id)) == path.read_bytes()
    assert count(original_chunks) == 3


def test_the_same_file_again_changes_nothing() -> None:
    first, second = ingested(b"Words.", name="a.txt"), ingested(b"Words.", name="a.txt")
    assert (first.answer.new, second.answer.new) == (1, 0)
    assert first.answer.contents[0].id == second.answer.contents[0].id
    assert (len(kept()), count(originals), standing()) == (1, 1, [("a.txt", "", 1)])


def test_a_changed_file_is_the_next_edition_and_the_one_before_stays() -> None:
    ingested(b"Words.", name="a.txt")
    report = ingested(b"Other words.", name="a.txt").answer
    assert (report.contents[0].edition, report.contents[0].is_new) == (2, True)
    back = ingested(b"Words.", name="a.txt").answer
    assert back.contents[0].edition == 3
    assert [row.body["text"] for row in kept()] == ["Words.", "Other words."]
    assert count(originals) == 2


def test_one_content_at_two_places_is_stored_once() -> None:
    ingested(b"Words.", name="a.txt")
    ingested(b"Words.", name="b.txt")
    assert (len(kept()), standing()) == (1, [("a.txt", "", 1), ("b.txt", "", 1)])


def test_each_part_of_a_file_has_editions_of_its_own() -> None:
    ingested(files.rss({"guid": "1", "title": "One"}, {"guid": "2", "title": "Two"}), name="feed")
    report = ingested(
        files.rss({"guid": "2", "title": "Two, corrected"}, {"guid": "1", "title": "One"}), name="feed"
    ).answer
    assert [(one.part, one.edition, one.is_new) for one in report.contents] == [
        ("entry 2", 2, True),
        ("entry 1", 1, False),
    ]


def test_tenants_share_neither_files_nor_contents() -> None:
    ours = ingested(b"Words.", name="a.txt", tenant="ours").answer
    theirs = ingested(b"Words.", name="a.txt", tenant="theirs").answer
    assert ours.contents[0].id != theirs.contents[0].id
    assert ours.original_id != theirs.original_id


def test_each_content_gets_the_analyses_that_were_asked_for() -> None:
    mails = files.mbox(
        files.mail("Great", "I love it, thank you."), files.mail("Bad", "I hate it, it broke.")
    )
    job = ingested(mails, name="box.mbox", analyses=["text.sentiment", "story.enhance"])
    assert set(job.answer.batches) == {"text.sentiment", "story.enhance"}
    run(admit_now())
    batch = Batch(batch_id=job.answer.batches["text.sentiment"])
    assert batch.outcome == "completed"
    assert [member.answer.label for member in batch.members() if member.answer] == ["positive", "negative"]
    with reading() as connection:
        about = set(
            connection.execute(select(jobs.c.content_id).where(jobs.c.batch_id == batch.id)).scalars()
        )
    assert about == {row.id for row in kept()}


def test_a_content_that_an_analysis_does_not_take_is_told_and_the_others_are_analysed() -> None:
    rows = b'{"text": "Fine."}\n{"text": "Also fine.", "url": "no address"}\n'
    report = ingested(rows, name="rows.jsonl", analyses=["story.enhance"]).answer
    assert report.count == 2
    (refused,) = report.refused
    assert (refused.analysis, refused.content_id) == ("story.enhance", report.contents[1].id)
    assert "url" in refused.message
    assert Batch(batch_id=report.batches["story.enhance"]).counts.total == 1


@pytest.mark.parametrize(
    ("data", "told"), [(b"%PDF-1.4\n%%EOF", "PDF is broken"), (files.zipped({"a": "b"}), "unpack it")]
)
def test_a_file_that_cannot_be_read_fails_its_job_at_once_with_what_to_do(data: bytes, told: str) -> None:
    job = ingested(data, name="a.pdf")
    assert (job.state, job.row.failure_count) == ("failed", 1)
    assert job.error is not None
    assert job.error.error_class == "invalid_input"
    assert told in job.error.message
    assert kept() == []


def test_a_reader_that_dies_fails_the_job_and_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.documents, "MEMORY_MB", 1)
    assert ingested(files.pdf(["Some words of text"]), name="a.pdf").state == "failed"
    monkeypatch.undo()
    assert ingested(files.pdf(["Some words of text"]), name="a.pdf").state == "completed"


def test_a_page_is_fetched_and_stands_at_its_address() -> None:
    page = b"<html><title>News</title><body><p>" + b"A long and readable text. " * 20 + b"</p></body></html>"
    pages = {"/a": says(302, Location="/b"), "/b": says(200, page, Content_Type="text/html")}
    with server(by_path(pages)) as port, environment(ALLOW_PRIVATE_FETCH="1"):
        url = f"http://127.0.0.1:{port}/a"
        report = ingested(url).answer
        assert (report.place, report.media_type) == (url, "text/html")
        (content,) = kept()
        assert content.body["url"] == f"http://127.0.0.1:{port}/b"
        with reading() as connection:
            assert b"".join(read_original(connection, TENANT, report.original_id)) == page


def test_an_address_of_our_own_network_is_not_fetched() -> None:
    with server(says(200, b"secret")) as port:
        job = ingested(f"http://127.0.0.1:{port}/")
    assert job.error is not None
    assert (job.state, job.error.error_class) == ("failed", "invalid_input")
    assert count(originals) == 0


def test_a_server_that_is_down_is_tried_again() -> None:
    with server(says(503)) as port, environment(ALLOW_PRIVATE_FETCH="1"):
        job = ingested(f"http://127.0.0.1:{port}/")
    assert job.error is not None
    assert (job.state, job.error.error_class) == ("retrying", "service_error")


@pytest.mark.parametrize("step", ["download", "extract", "shelve"])
def test_a_job_is_replayed_from_any_step_with_one_effect(step: str) -> None:
    job = ingested(b"Words.", name="a.txt", analyses=["text.sentiment"])
    run(admit_now())
    job.replay(step)
    assert drive(job).state == "completed"
    assert (len(kept()), standing()) == (1, [("a.txt", "", 1)])


def test_two_that_read_one_place_at_once_make_one_edition_after_the_other() -> None:
    with writing() as connection:
        ensure_tenant(connection, TENANT)
    place = Place(TENANT, "a.txt")

    def put(number: int) -> int:
        new = [NewContent("text", {"text": f"{number} of {part}"}, f"part {part}") for part in range(20)]
        if number % 2:
            new.reverse()
        return len(transact(lambda connection: shelve(connection, place, new, clock(connection))))

    assert at_once(6, put) == [20] * 6
    numbers = [number for _, part, number in standing() if part == "part 7"]
    assert numbers == [1, 2, 3, 4, 5, 6]


def test_what_was_not_seen_for_long_goes_with_its_file_and_nothing_else_does() -> None:
    ingested(b"Old words.", name="old.txt")
    ingested(b"New words.", name="new.txt")
    with writing() as connection:
        long_ago = {"seen_at_ms": clock(connection) - 40 * 86_400_000}
        connection.execute(update(editions).where(editions.c.place == "old.txt").values(long_ago))
        connection.execute(update(originals).values(used_at_ms=long_ago["seen_at_ms"]))
    assert cleanup(Keep(contents_days=50)) == {}
    still_there = cleanup(Keep(contents_days=30))  # the job that read it is, and so is its file
    assert still_there["editions"] == 1
    assert "originals" not in still_there
    gone = cleanup(Keep(completed_days=0, failed_days=0, contents_days=30))
    assert gone["originals"] == 1
    assert [row.body["text"] for row in kept()] == ["New words."]
    assert (count(originals), standing()) == (1, [("new.txt", "", 1)])


def test_contents_that_stand_somewhere_outlive_the_jobs_about_them() -> None:
    ingested(b"Words.", name="a.txt", analyses=["text.sentiment"])
    run(admit_now())
    time.sleep(0.01)
    cleanup(Keep(completed_days=0, failed_days=0))
    assert count(jobs) == 0
    assert len(kept()) == 1
    assert count(contents) == 1


def test_thousands_of_contents_are_kept_a_part_at_a_time() -> None:
    rows = b"".join(b'{"text": "Row %d"}\n' % number for number in range(1_201))
    report = ingested(rows, name="rows.jsonl").answer
    assert (report.count, report.new, len(report.contents)) == (1_201, 1_201, 100)
    assert len(kept()) == 1_201


@pytest.mark.parametrize(
    ("source", "options", "told"),
    [
        (b"", {}, "empty"),
        ("/no/such/file.txt", {}, "cannot be read"),
        ("http://user:pw@example.org/", {}, "leave it out"),
        (b"Words.", {"analyses": ["no.such"]}, "no such analysis"),
        (b"Words.", {"javascript": True}, "for pages only"),
        (b"Words.", {"priority": "soon"}, "Priority"),
    ],
)
def test_what_cannot_be_ingested_is_refused_before_a_job_is_made(
    source: Any, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidInput, match=told):
        ingest(source, **options)


SAYS_ODDLY = {
    "/a%00b.txt": says(200, b"Words.", Content_Type="text/plain"),
    "/name": says(200, b"Words.", Content_Disposition="attachment; filename*=utf-8''a%00b.txt"),
    "/charset": says(200, b"Words.", Content_Type="text/plain; charset*=us-ascii''%00"),
}


@pytest.mark.parametrize("path", SAYS_ODDLY)
def test_what_a_server_says_of_a_page_is_such_as_can_be_stored(path: str) -> None:
    with environment(ALLOW_PRIVATE_FETCH="1"), server(by_path(SAYS_ODDLY)) as port:
        assert ingested(f"http://127.0.0.1:{port}{path}").state == "completed"


@pytest.mark.parametrize("name", ["a\0b.txt", "caf\udce9.txt"])
def test_a_file_may_have_any_name(name: str) -> None:
    job = ingested(b"Words.", name=name)
    assert (job.state, job.answer.place) == ("completed", name.replace("\0", "").replace("\udce9", "\ufffd"))


def test_an_empty_page_is_refused_once_and_for_all() -> None:
    with environment(ALLOW_PRIVATE_FETCH="1"), server(says(200)) as port:
        job = ingested(f"http://127.0.0.1:{port}/")
    assert (job.state, job.error.error_class) == ("failed", "invalid_input")
