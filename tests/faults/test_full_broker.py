"""The broker is full: with `noeviction` the work waits and goes on; any other policy is refused at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cli.broker import facts
from cli.embedded import EmbeddedValkey
from settings import Settings
from tests.command import Command
from tests.faults.report import found, report
from tests.harness.ground import CHANNEL, Ground
from tests.harness.helpers import Helper
from tests.harness.proof import on_their_way, proof, running_now
from tests.harness.session import BROKER_SOCKET

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

JOBS = 600
FULL_S = 4.0
EVICTING = ("allkeys-lru", "allkeys-random", "volatile-ttl")


def refusals(ground: Ground) -> int:
    """How many commands the full broker has refused."""
    told = ground.broker.client.info("errorstats").get("errorstat_OOM", {})
    return int(told.get("count", 0))


def test_with_a_full_broker_work_is_accepted_waits_and_goes_on_when_there_is_room(ground: Ground) -> None:
    began_s = time.monotonic()
    ground.workers()
    ground.submit([f"sleep 50; before {n}" for n in range(JOBS)], notify_members=[CHANNEL])
    ground.wait_until(running_now)
    ground.broker.client.config_set("maxmemory", 1)
    ground.submit([f"sleep 50; meanwhile {n}" for n in range(JOBS)], notify_members=[CHANNEL])
    time.sleep(FULL_S)
    assert proof().open > JOBS, "the work was over before the broker was full"
    stood = proof().states["completed"]
    time.sleep(1)
    assert proof().states["completed"] == stood, "a full broker is expected to bring everything to a stand"
    refused = refusals(ground)
    ground.broker.client.config_set("maxmemory", 0)
    ground.settle(within_s=60)
    told = proof()
    print(f"{refused} commands refused, {told}")
    assert refused > 0
    told.assert_all_completed(2 * JOBS)
    assert (told.retried, told.crashed, on_their_way()) == (0, 0, [])
    report(
        "broker full",
        fired=f"{refused} commands refused in {FULL_S + 1:.0f} s",
        jobs=2 * JOBS,
        seconds=time.monotonic() - began_s,
        became=found(told),
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it plays no part in this
@pytest.mark.parametrize("policy", EVICTING)
def test_a_broker_that_drops_keys_is_refused_by_workers_up_and_doctor(
    ground: Ground, tmp_path: Path, policy: str
) -> None:
    ground.broker.client.config_set("maxmemory-policy", policy)
    worker = ground.helper("dramatiq", "actors", "pipelines", "scheduler", "--processes", "1")
    assert worker.process.wait(60) != 0
    gristmill = Command(tmp_path / "other", REDIS_URL=f"unix://{BROKER_SOCKET}")
    up, doctor = gristmill.run("up", "--no-web"), gristmill.run("doctor", "--json")
    assert (up.code, doctor.code) == (1, 1)
    (told,) = [check for check in doctor.document["checks"] if check["name"] == "broker"]
    for words in (said(worker), up.err, told["message"] + told["fix"]):
        assert policy in words
        assert "CONFIG SET maxmemory-policy noeviction" in words


def said(worker: Helper) -> str:
    return worker.log.read_text()


def test_the_embedded_valkey_drops_nothing_and_keeps_what_it_has(tmp_path: Path) -> None:
    settings = Settings(gristmill_home=tmp_path / "h", redis_url="", redis_host="")
    valkey = EmbeddedValkey(settings)
    valkey.ensure()
    try:
        told = facts(settings.broker_url)
        assert (told.policy, told.persistence) == ("noeviction", "AOF")
    finally:
        valkey.stop()
