"""Ingest jobs on real workers: what is slow can be cancelled, and what comes out is analysed."""

from __future__ import annotations

import socket
import time

import pytest

from pipelines import Batch, ingest
from tests.harness import files
from tests.harness.environment import environment
from tests.harness.ground import Ground
from tests.harness.hostile import server

pytestmark = pytest.mark.live

WITHIN_S = 1.0


def test_a_file_is_read_and_its_contents_are_analysed_by_workers(ground: Ground) -> None:
    ground.workers(processes=1, threads=2)
    mails = files.mbox(*(files.mail(f"Mail {n}", "I love it, thank you.") for n in range(20)))
    job = ingest(mails, name="box.mbox", analyses=["text.sentiment"]).submit().wait(timeout=30)
    assert job.state == "completed", job.error
    batch = Batch(batch_id=job.answer.batches["text.sentiment"]).wait(timeout=30)
    assert (batch.outcome, batch.counts.completed) == ("completed", 20)


def test_a_page_that_drips_is_let_go_within_a_second_of_its_cancellation(ground: Ground) -> None:
    def drips(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    with server(drips) as port, environment(ALLOW_PRIVATE_FETCH="1"):
        ground.workers(processes=1, threads=2)
        job = ingest(f"http://127.0.0.1:{port}/").submit()
        ground.wait_until(lambda: job.stage == "download", within_s=20)
        begun_s = time.monotonic()
        assert job.cancel() == "running"
        ground.wait_until(lambda: job.state == "cancelled", within_s=10)
        assert time.monotonic() - begun_s < WITHIN_S


def test_a_file_whose_reading_takes_long_is_let_go_within_a_second_too(ground: Ground) -> None:
    page = b"<html><body>" + b"<p>words and <b>more</b></p>" * 300_000  # half a minute
    ground.workers(processes=1, threads=2)
    job = ingest(page, name="slow.html").submit()
    ground.wait_until(lambda: job.stage == "extract", within_s=20)
    begun_s = time.monotonic()
    assert job.cancel() == "running"
    ground.wait_until(lambda: job.state == "cancelled", within_s=10)
    assert time.monotonic() - begun_s < WITHIN_S
