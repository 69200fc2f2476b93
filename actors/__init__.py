"""The worker's side: the broker, its middleware in order, and one file for each step.

`dramatiq actors pipelines scheduler` runs a worker. After-hooks run in the reverse of this order,
so what must come last after a message stands first here.
"""

from __future__ import annotations

import dramatiq
from dramatiq.middleware import TimeLimit

from actors.broker import WakingBroker
from actors.middleware.carry_on import CarryOn
from actors.middleware.chores import Chore, Chores
from actors.middleware.durable import Durable
from actors.middleware.presence import Presence
from actors.middleware.safe_broker import SafeBroker
from adapters.safety.redaction import redact_text
from logs import set_up_logs
from settings import get_settings

set_up_logs(get_settings(), redact_text)

chores = Chores()

MIDDLEWARE = [
    CarryOn(),  # after: the next step begins only when all below are done with this one
    Durable(),  # before: claims the job; after: commits its outcome, knowing of any interrupt below
    TimeLimit(),  # interrupts a step past its time; what blocks in C has time-outs of its own
    SafeBroker(),  # before the first message: no worker starts on a Redis that drops keys
    Presence(chores),  # keeps leases alive, reports the process, prints the status line
    chores,  # threads beside the work: presence, feeding, sweeping
]

broker = WakingBroker(get_settings().broker_url, MIDDLEWARE)
dramatiq.set_broker(broker)

from actors.download import download  # noqa: E402 - actors are declared on the broker above
from actors.extract import extract  # noqa: E402
from actors.fetch import fetch  # noqa: E402
from actors.notify import notify  # noqa: E402
from actors.persist import persist  # noqa: E402
from actors.score import score  # noqa: E402
from actors.shelve import shelve  # noqa: E402

__all__ = [
    "Chore",
    "broker",
    "chores",
    "download",
    "extract",
    "fetch",
    "notify",
    "persist",
    "score",
    "shelve",
]
