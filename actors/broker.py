"""The broker: dramatiq's own for Redis, with consumers that are woken instead of polling.

Three things differ from `RedisBroker`, all measured by `bench/`: an idle consumer blocks on a wake
list, so a message starts in about a millisecond instead of up to a second; one takes as many messages
as it has threads and as those do in a quarter of a second, and waits for room instead of sleeping; and
many messages are sent, or acknowledged, in one round trip. Delays are refused: a delayed message would
live in a worker's memory, while a delayed job lives in the database.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import redis
from dramatiq import Message, MessageProxy, Middleware
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from redis.backoff import NoBackoff
from redis.retry import Retry

NAMESPACE = "gristmill"
SOCKET_TIMEOUT_S = 5.0  # longer than any blocking wait below
MOST_ACKS = 10_000  # kept while Redis is away
AHEAD_S = 0.25  # what is taken beyond the threads: so much work, at the pace of late
WAKE_TOKENS = 32  # the most wake-ups kept for consumers that are not idle now
SHORTEST_PAUSE_S = 0.1  # before a Redis that did not answer is asked again; doubled up to …
LONGEST_PAUSE_S = 1.0
STRAYS_EVERY_S = 5.0  # between two looks for what was handed out in a reply that was lost


class WakingBroker(RedisBroker):
    """A RedisBroker whose consumers sleep until something is sent to their queue."""

    def __init__(self, url: str, middleware: Sequence[Middleware]) -> None:
        pool = redis.ConnectionPool.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=2.0,
            retry=Retry(NoBackoff(), 1),  # the database re-drives; nobody waits on a dead Redis
            health_check_interval=30,
        )
        super().__init__(client=redis.Redis(connection_pool=pool), middleware=middleware, namespace=NAMESPACE)
        self.worker_threads: int | None = None  # once a worker has booted

    @property
    def consumer_class(self) -> type[_RedisConsumer]:
        return WakingConsumer

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without the delay queue that dramatiq would add."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Send one message. Raises ValueError for a delay, redis.ConnectionError if Redis is away."""
        if delay is not None:
            raise ValueError(
                f"{message.actor_name} was sent with a delay; submit the job with delay_s instead, "
                "so that the database keeps it."
            )
        return self.enqueue_many([message])[0]

    def enqueue_many(self, messages: Sequence[Message[Any]]) -> list[Message[Any]]:
        """Send messages, of any queues, in order and in one round trip."""
        sent = [m.copy(options={"redis_message_id": uuid4().hex}) for m in messages]
        with self.client.pipeline(transaction=False) as pipe:
            for message in sent:
                self.emit_before("enqueue", message, None)
                name, key = message.queue_name, message.options["redis_message_id"]
                pipe.hset(f"{self.namespace}:{name}.msgs", key, message.encode())
                pipe.rpush(f"{self.namespace}:{name}", key)
            for name, count in Counter(m.queue_name for m in sent).items():
                self._wake(pipe, name, count)
            pipe.execute()
        for message in sent:
            self.emit_after("enqueue", message, None)
        return sent

    def wake_key(self, queue_name: str) -> str:
        return f"{self.namespace}:{queue_name}.wake"

    def _wake(self, pipe: Any, queue_name: str, count: int) -> None:
        key = self.wake_key(queue_name)
        pipe.lpush(key, *([1] * min(count, WAKE_TOKENS)))
        pipe.ltrim(key, 0, WAKE_TOKENS - 1)


class WakingConsumer(_RedisConsumer):
    """A consumer that waits for a wake-up when its queue is empty, and for room when it is full.

    Where Redis does not answer, or is full, it asks again in a while. It is not thrown away for that, as
    dramatiq would, for it knows what it has: whatever Redis handed out in a reply that was lost goes back.
    The client may have asked again by itself, so it is looked for from time to time, errors or not.
    """

    def __init__(self, broker: WakingBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)
        self.room = threading.Event()
        self._held: set[str] = set()  # handed out to this process, and not done
        self._pause_s = 0.0  # before Redis is asked again, where it did not answer
        self._strays_at_s = 0.0  # when they were last looked for
        self._threads = broker.worker_threads or prefetch
        self._pace = _Pace()
        self._done: deque[str] = deque(maxlen=MOST_ACKS)

    def ack(self, message: MessageProxy) -> None:
        """Note that a message was processed; the consumer's thread tells Redis of many at once.

        Whatever is not told before a crash comes again, and finds its job moved on.
        """
        self._done.append(message.options["redis_message_id"])
        self._held.discard(message.options["redis_message_id"])
        self._pace.count()
        self.queued_message_ids.discard(message.message_id)
        self._note_room()

    def nack(self, message: MessageProxy) -> None:
        self._held.discard(message.options["redis_message_id"])
        super().nack(message)
        self._note_room()

    def __next__(self) -> MessageProxy | None:
        try:
            if not self.message_cache and not self._refill():
                return None
        except redis.RedisError as error:
            self._put_off(error)
            return None
        message = Message.decode(self.message_cache.pop(0))
        self._held.add(message.options["redis_message_id"])
        self.queued_message_ids.add(message.message_id)
        return MessageProxy(message)

    def _put_off(self, error: redis.RedisError) -> None:
        if not self._pause_s:
            self.logger.warning("Redis does not serve %s (%s).", self.queue_name, type(error).__name__)
        self._pause_s = min(self._pause_s * 2 or SHORTEST_PAUSE_S, LONGEST_PAUSE_S)
        time.sleep(self._pause_s)

    def _refill(self) -> bool:
        most = self._threads + self._pace.ahead
        wanted = most - self.outstanding_message_count
        if wanted <= 0:
            self.room.clear()
            if self.outstanding_message_count >= most:
                self.room.wait(self.timeout / 1000)
            return False
        self._tell_done()
        if self._pause_s or time.monotonic() - self._strays_at_s > STRAYS_EVERY_S:
            self._return_strays()
            self._pause_s, self._strays_at_s = 0.0, time.monotonic()
        found = self.broker.do_fetch(self.queue_name, wanted)
        self.message_cache = [data for data in found if data is not None]
        if not self.message_cache:
            self.broker.client.blpop([self.broker.wake_key(self.queue_name)], self.timeout / 1000)
        return bool(self.message_cache)

    def close(self) -> None:
        with contextlib.suppress(redis.RedisError):  # dramatiq closes a consumer when Redis is away, too
            self._tell_done()

    def _tell_done(self) -> None:
        done = self._done.copy()
        if not done:
            return
        with self.broker.client.pipeline(transaction=False) as pipe:
            pipe.srem(self._acks_key, *done)
            pipe.hdel(self._messages_key, *done)
            pipe.execute()
        for _ in done:
            self._done.popleft()

    def _return_strays(self) -> None:
        """What Redis believes to be here and is not was in a reply that was lost: back into the queue."""
        believed = {name.decode() for name in self.broker.client.smembers(self._acks_key)}
        strays = sorted(believed - self._held - set(self._done.copy()))
        if not strays:
            return
        known = self.broker.client.hmget(self._messages_key, strays)
        if lost := [name for name, data in zip(strays, known, strict=True) if data is not None]:
            self.broker.do_requeue(self.queue_name, *lost)
        if done := [name for name, data in zip(strays, known, strict=True) if data is None]:
            self.broker.client.srem(self._acks_key, *done)  # sent twice, and done the first time

    @property
    def _acks_key(self) -> str:
        return f"{self.broker.namespace}:__acks__.{self.broker.broker_id}.{self.queue_name}"

    @property
    def _messages_key(self) -> str:
        return f"{self.broker.namespace}:{self.queue_name}.msgs"

    def _note_room(self) -> None:
        if self.outstanding_message_count < self._threads + self._pace.ahead // 2:
            self.room.set()


class _Pace:
    """How much is done in `AHEAD_S`, as a leaky count: a slow job has next to nothing waiting behind it."""

    def __init__(self) -> None:
        self._count = 0.0
        self._at_s = time.monotonic()

    def count(self) -> None:
        self._leak()
        self._count += 1

    @property
    def ahead(self) -> int:
        self._leak()
        return round(self._count)

    def _leak(self) -> None:
        now_s = time.monotonic()
        self._count *= math.exp((self._at_s - now_s) / AHEAD_S)
        self._at_s = now_s
