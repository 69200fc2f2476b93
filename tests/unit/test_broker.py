"""The broker against a real Valkey: woken at once, sent and acknowledged in bulk, no delays."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest
import redis
from dramatiq import Message, MessageProxy

from actors.broker import WakingBroker, WakingConsumer
from tests.harness.broker import Broker


@pytest.fixture
def server() -> Iterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix="gm-"))  # short: a socket's path may have 100 characters
    made = Broker(folder / "v.sock")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def broker(server: Broker) -> WakingBroker:
    made = WakingBroker(f"unix://{server.socket}", [])
    made.declare_queue("work")
    return made


def message(number: int) -> Message[None]:
    return Message("work", "work", (number,), {}, {})


def consumer(broker: WakingBroker, prefetch: int = 8) -> WakingConsumer:
    made = broker.consume("work", prefetch=prefetch, timeout=1000)
    assert isinstance(made, WakingConsumer)
    return made


def taken(one: WakingConsumer, count: int) -> list[MessageProxy]:
    got: list[MessageProxy] = []
    while len(got) < count:
        if (next_one := next(one)) is not None:
            got.append(next_one)
    return got


def test_an_idle_consumer_starts_a_message_long_before_its_time_out(broker: WakingBroker) -> None:
    one = consumer(broker)
    assert next(one) is None  # the queue was looked at, and is empty
    threading.Timer(0.2, lambda: broker.enqueue(message(1))).start()
    start = time.perf_counter()
    taken(one, 1)
    assert time.perf_counter() - start < 0.7


def test_messages_sent_together_come_in_their_order(broker: WakingBroker) -> None:
    broker.enqueue_many([message(number) for number in range(20)])
    assert [got.args[0] for got in taken(consumer(broker, prefetch=32), 20)] == list(range(20))


def test_no_more_is_taken_than_there_are_threads_until_something_is_done(broker: WakingBroker) -> None:
    broker.enqueue_many([message(number) for number in range(6)])
    one = consumer(broker, prefetch=4)
    first = taken(one, 4)
    assert next(one) is None
    for done in first:
        one.ack(done)
    assert len(taken(one, 2)) == 2


def test_quick_work_is_taken_ahead_and_slow_work_is_not(broker: WakingBroker) -> None:
    broker.enqueue_many([message(number) for number in range(60)])
    one = consumer(broker, prefetch=4)
    for _ in range(10):
        for done in taken(one, 2):
            one.ack(done)
    quick = len(taken(one, 12))
    assert (quick, one.outstanding_message_count > 4) == (12, True)
    left = broker.client.llen("gristmill:work")
    time.sleep(2)
    while next(one) is not None:  # what is in hand is more than the threads, and nothing was done of late
        pass
    assert broker.client.llen("gristmill:work") == left > 0


def test_what_was_done_is_forgotten_by_redis(broker: WakingBroker) -> None:
    broker.enqueue_many([message(number) for number in range(5)])
    one = consumer(broker)
    for done in taken(one, 5):
        one.ack(done)
    one.close()
    assert broker.do_qsize("work") == 0


def test_what_was_not_done_is_still_there(broker: WakingBroker) -> None:
    broker.enqueue_many([message(number) for number in range(5)])
    one = consumer(broker)
    one.requeue(taken(one, 5))
    one.close()
    assert sorted(got.args[0] for got in taken(consumer(broker), 5)) == list(range(5))


def test_closing_without_redis_does_not_raise(broker: WakingBroker) -> None:
    broker.enqueue(message(1))
    one = consumer(broker)
    one.ack(taken(one, 1)[0])
    broker.client.connection_pool.disconnect()
    broker.client.connection_pool.connection_kwargs["path"] = "/nowhere/v.sock"
    one.close()


def test_a_delay_is_refused_with_what_to_do_instead(broker: WakingBroker) -> None:
    with pytest.raises(ValueError, match="delay_s"):
        broker.enqueue(message(1), delay=1000)


def test_wake_ups_that_nobody_needs_do_not_pile_up(broker: WakingBroker) -> None:
    for number in range(200):
        broker.enqueue(message(number))
    assert broker.client.llen(broker.wake_key("work")) <= 32
    assert isinstance(broker, dramatiq.Broker)


def test_a_consumer_outlives_an_outage_and_tells_then_what_was_done_meanwhile(
    broker: WakingBroker, server: Broker
) -> None:
    broker.enqueue_many([message(number) for number in range(3)])
    one = consumer(broker)
    before = taken(one, 3)
    server.wipe()  # nothing survives the kill anyway
    server.kill()
    for done in before:
        one.ack(done)
    assert next(one) is None
    server.start()
    broker.enqueue(message(3))
    assert [got.args[0] for got in taken(one, 1)] == [3]


def test_messages_in_a_reply_that_was_lost_go_back_into_the_queue(broker: WakingBroker) -> None:
    broker.enqueue_many([message(number) for number in range(4)])
    one = consumer(broker, prefetch=2)
    (held,) = taken(one, 1)
    one.message_cache.clear()  # the second of the two never arrived
    one._put_off(redis.ConnectionError())
    seen = [held]
    while len(seen) < 4:
        one.ack(seen[-1])
        seen += taken(one, 1)
    assert {got.args[0] for got in seen} == {0, 1, 2, 3}


def test_a_full_redis_is_asked_again_and_gives_what_it_has_when_there_is_room(broker: WakingBroker) -> None:
    one = consumer(broker)
    broker.enqueue(message(1))
    broker.client.config_set("maxmemory", 1)
    try:
        with pytest.raises(redis.OutOfMemoryError):
            broker.enqueue(message(2))
        assert next(one) is None
    finally:
        broker.client.config_set("maxmemory", 0)
    assert [got.args[0] for got in taken(one, 1)] == [1]
