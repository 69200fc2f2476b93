"""CarryOn: begins a pipeline's next step in the worker that holds the job, without a round trip.

It stands where dramatiq's `Pipelines` would, and leaves other actors' pipelines to it. The next step
runs through the same middleware and the same actor as if its message had come from Redis; it is
really sent only where this process does not serve that step's queue. A worker that is about to stop
ends what it has scored, and gives back what it has not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from dramatiq import Broker, Message, MessageProxy, Worker
from dramatiq.middleware import Pipelines, SkipMessage

from actors import writes
from actors.middleware.durable import carried
from actors.step import fence_of, is_durable
from actors.work import desk
from models.claims import Claim


class CarryOn(Pipelines):
    """Runs or sends the next message of a durable pipeline."""

    def __init__(self) -> None:
        self._serves: set[str] | None = None  # None: all queues
        self._stopping = False

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        self._serves = worker.consumer_whitelist or None
        self._stopping = False

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        self._stopping = True

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        if not is_durable(broker, message):
            super().after_process_message(broker, message, result=result, exception=exception)
            return
        target = message.options.get("pipe_target")
        work = desk.get(fence_of(message))
        if work is None or exception is not None:
            return
        if target is None or work.suspended:
            desk.drop(work.fence)
        elif work.ended:
            perform(broker, MessageProxy(Message(**target)))
            desk.drop(work.fence)
        elif self._stopping and work.scored is None:
            writes.give_back(work.fence)
            desk.drop(work.fence)
        elif self._serves is None or target["queue_name"] in self._serves:
            perform(broker, MessageProxy(Message(**target)))
        else:
            self._hand_over(broker, Message(**target))

    def _hand_over(self, broker: Broker, message: Message[Any]) -> None:
        fence = fence_of(message)
        desk.drop(fence)
        if writes.offer(Claim(fence, message.actor_name)):
            with contextlib.suppress(Exception):  # the offer's lease ends, and it is sent again
                broker.enqueue(message)


def perform(broker: Broker, message: MessageProxy) -> None:
    """Process a message of a job that this thread holds already."""
    with _carrying(message):
        process(broker, message)


def process(broker: Broker, message: MessageProxy) -> None:
    """Process a message with all its middleware, just as a dramatiq worker thread does."""
    try:
        broker.emit_before("process_message", message)
        broker.get_actor(message.actor_name)(*message.args, **message.kwargs)
        broker.emit_after("process_message", message, result=None)
    except SkipMessage:
        broker.emit_after("skip_message", message)
    except BaseException as error:  # noqa: BLE001 - as a worker thread does: hand it to the middleware
        message.stuff_exception(error)
        broker.emit_after("process_message", message, exception=error)
    finally:
        message.clear_exception()


@contextlib.contextmanager
def _carrying(message: MessageProxy) -> Iterator[None]:
    before = getattr(carried, "fence", None)
    carried.fence = fence_of(message)
    try:
        yield
    finally:
        carried.fence = before
