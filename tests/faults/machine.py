"""The state machine: any order of submitting, admitting, claiming, dying, sweeping, cancelling and retrying.

It drives the same functions of `models/` as the workers do, with zombies and doubled messages at every step:
messages and grants are never forgotten, so whoever acts may act long after his time. After every step the
laws are checked, and at the end of each example everything must come to an end.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, select

from errors import Conflict
from models import control
from models import credits as money
from models.admission import Admitted, admit
from models.claims import Claim, Fence, claim, fenced, give_back, hand_over, renew
from models.crashes import MAX_CRASHES, count_crashes
from models.database import clock, reading, writing
from models.deliveries import claim_deliveries, settle_delivery
from models.endings import Failure, Finish, fail, finish
from models.limits import Change, change_limit
from models.recovery import free_all_sent, sweep, take_turn
from models.schema import jobs, metadata
from models.states import TERMINAL
from models.submission import NewBatch, create_batch, seal_batch, submit_job, submit_members
from models.tenants import ensure_tenant
from models.unsent import put_off, unsend
from tests.faults.laws import check
from tests.faults.order import Order
from tests.faults.world import LEASE_MS, Grant, World
from tests.harness.clocks import turn_clock
from tests.steps.rows import new

TENANTS = ("default", "other")
QUEUES = ("ai_analysis", "documents")
HOLDERS = ("host:1:a", "host:2:b", "host:3:c")
CHANNEL = "file:told.jsonl"
SWEEP_EVERY_MS, GRACE_MS = 2_000, 7_500
MOST_ROUNDS = 80
MOST_JOBS = 40

at = st.integers(0, 999)  # one of however many there are
some = st.lists(at, min_size=1, max_size=4)
holders = st.sampled_from(HOLDERS)
queues = st.sampled_from(QUEUES)

fired: Counter[str] = Counter()
"""What happened over all examples: a fault that was never tried was not tested."""


class Machine(RuleBasedStateMachine):
    """See the module. It works in the database that the environment names, and empties it first."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.is_over = False
        self._note("examples")
        with writing() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
            for tenant in TENANTS:
                ensure_tenant(connection, tenant)
            money.grant(connection, TENANTS[1], 12)

    @invariant()
    def the_laws_hold(self) -> None:
        self._note("steps")
        with reading() as connection:
            check(connection, self.world)

    def _note(self, what: str, times: int = 1) -> None:
        fired[what] += 0 if self.is_over else times

    @initialize(jobs=st.integers(0, 4), members=st.integers(0, 3), holder=holders)
    def begin(self, jobs: int, members: int, holder: str) -> None:
        """Most examples begin in the middle of things, and with every message arriving twice."""
        for number in range(jobs):
            self.submit(TENANTS[number % 2], QUEUES[number % 2], 1, 0, None, True, number)
        self.submit_batch(members, 2, 1, 0, True)
        self.admit(False)
        for number in [*range(len(self.world.messages))] * 2:
            self.deliver([number], holder)

    # -- submitting ----------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.world.jobs) < MOST_JOBS)
    @rule(
        tenant=st.sampled_from(TENANTS),
        queue=queues,
        priority=st.integers(0, 2),
        delay_ms=st.sampled_from((0, 0, 5_000)),
        key=st.sampled_from((None, None, "one", "two")),
        told=st.booleans(),
        price=st.sampled_from((0, 1, 5)),
    )
    def submit(
        self, tenant: str, queue: str, priority: int, delay_ms: int, key: str | None, told: bool, price: int
    ) -> None:
        one = new(
            tenant_id=tenant,
            queue=queue,
            priority=priority,
            delay_ms=delay_ms,
            dedup_key=key,
            channels=[CHANNEL] if told else [],
            price_credits=price,
        )
        with writing() as connection:
            job_id, fresh = submit_job(connection, one)
        assert fresh == (job_id not in self.world.jobs)
        if fresh:
            self.world.jobs.append(job_id)

    @precondition(lambda self: len(self.world.jobs) < MOST_JOBS)
    @rule(
        count=st.integers(0, 5),
        limit=st.sampled_from((None, 1, 2)),
        tolerance=st.integers(0, 3),
        rounds=st.sampled_from((0, 0, 1)),
        sealed=st.booleans(),
    )
    def submit_batch(self, count: int, limit: int | None, tolerance: int, rounds: int, sealed: bool) -> None:
        with writing() as connection:
            terms = {"parallel_limit": limit, "tolerance_count": tolerance, "retry_rounds": rounds}
            batch_id = create_batch(connection, NewBatch(TENANTS[0], "test.trivial", **terms))
            self.world.batches.append(batch_id)
            self._add(connection, batch_id, count)
            if sealed:
                seal_batch(connection, batch_id)
            else:
                self.world.open_batches.append(batch_id)

    @precondition(lambda self: self.world.open_batches and len(self.world.jobs) < MOST_JOBS)
    @rule(which=at, count=st.integers(1, 4))
    def add_members(self, which: int, count: int) -> None:
        with suppress(Conflict), writing() as connection:  # a cancelled batch takes no more
            self._add(connection, one_of(self.world.open_batches, which), count)

    @precondition(lambda self: self.world.open_batches)
    @rule(which=at)
    def seal(self, which: int) -> None:
        batch_id = one_of(self.world.open_batches, which)
        self.world.open_batches.remove(batch_id)
        with writing() as connection:
            seal_batch(connection, batch_id)

    def _add(self, connection: Connection, batch_id: str, count: int) -> None:
        members = [new(batch_id=batch_id, channels=[CHANNEL]) for _ in range(count)]
        if members:
            submit_members(connection, batch_id, members)
            self.world.jobs += [member.job_id for member in members]

    # -- the way of a message ------------------------------------------------------------------------------

    @rule(lost=st.sampled_from((False, False, True)))
    def admit(self, lost: bool) -> None:
        """Admission; where `lost`, its messages never arrive."""
        with writing() as connection:
            order = Order(connection, QUEUES)
            admitted = admit(connection, lease_ms=LEASE_MS, worker_alive_ms=2 * LEASE_MS).admitted
            order.check(connection, admitted, self.world.passed)
        self._note("admitted", len(admitted))
        self._note("messages lost", len(admitted) if lost else 0)
        self.world.add_messages([] if lost else admitted)

    @precondition(lambda self: self.world.messages)
    @rule(which=some, holder=holders)
    def deliver(self, which: list[int], holder: str) -> None:
        """Messages arrive: for the first time, once more, or when their jobs have long moved on."""
        messages = [one_of(self.world.messages, n) for n in which]
        wishes = [Claim(fence_of(message), message.step) for message in messages]
        with writing() as connection:
            terms = {"holder": holder, "lease_ms": LEASE_MS, "now": clock(connection)}
            granted = claim(connection, wishes, **terms)
        for fence in granted:
            self.world.grant(Grant(fence, holder, self._row(fence.job_id).step))
        self._note("claims granted", len(granted))
        self._note("messages refused", len(wishes) - len(granted))

    @precondition(lambda self: self.world.messages)
    @rule(which=at)
    def fail_to_send(self, which: int) -> None:
        message = one_of(self.world.messages, which)
        with writing() as connection:
            unsend(connection, [(message.job_id, message.generation)], clock(connection))
        self._note("unsent")

    @rule(noticed=st.booleans())
    def wipe_the_broker(self, noticed: bool) -> None:
        self.world.messages.clear()
        if noticed:
            with writing() as connection:
                self._note("freed by a wipe", free_all_sent(connection))

    # -- what holders do, in time or as zombies --------------------------------------------------------------

    @precondition(lambda self: self.world.grants)
    @rule(which=some)
    def finish(self, which: list[int]) -> None:
        self._finish([self._grant(n) for n in which])

    def _finish(self, grants: list[Grant]) -> None:
        for holder in HOLDERS:
            mine = [grant for grant in grants if grant.holder == holder]
            made = [Finish(grant.fence, {"did": "it"}, 1, 1, "local", "local") for grant in mine]
            with writing() as connection:
                won = finish(connection, made, holder=holder, now=clock(connection))
            self._had_effect("finish", mine, {(fence.job_id, fence.generation) for fence in won})

    @precondition(lambda self: self.world.grants)
    @rule(which=at, retry_in_ms=st.sampled_from((None, None, 100, 60_000)), counts=st.booleans())
    def fail(self, which: int, retry_in_ms: int | None, counts: bool) -> None:
        grant = self._grant(which)
        failure = Failure(grant.fence, "service_error", "It broke.", retry_in_ms, counts=counts)
        with writing() as connection:
            lost = fail(connection, [failure], holder=grant.holder, now=clock(connection))
        self._had_effect("fail", [grant], {(fence.job_id, fence.generation) for fence in lost})

    @precondition(lambda self: self.world.grants)
    @rule(which=some, wait_ms=st.sampled_from((0, 3_000)))
    def give_back(self, which: list[int], wait_ms: int) -> None:
        grants = [self._grant(n) for n in which]
        for holder in HOLDERS:
            mine = [grant for grant in grants if grant.holder == holder]
            with writing() as connection:
                fences, now = [grant.fence for grant in mine], clock(connection)
                if wait_ms:
                    waits = [(fence, wait_ms) for fence in fences]
                    returned = put_off(connection, waits, holder=holder, now=now)
                else:
                    returned = give_back(connection, fences, holder=holder, now=now)
            self._had_effect("give back", mine, {(f.job_id, f.generation) for f in returned})

    @precondition(lambda self: self.world.grants)
    @rule(which=at)
    def hand_over(self, which: int) -> None:
        grant = self._grant(which)
        with writing() as connection:
            terms = {"holder": grant.holder, "lease_ms": LEASE_MS, "now": clock(connection)}
            offered = hand_over(connection, grant.fence, "score", **terms)
        assert not (offered and grant.step == "score") or self.world.is_live(grant)
        self._had_effect("hand over", [grant], {key(grant)} if offered else set())
        if offered:
            job_id, generation = key(grant)
            self.world.grants = [g for g in self.world.grants if key(g) != key(grant) or g.step != "score"]
            self.world.add_messages([Admitted(job_id, generation, "analyze", "score")])

    @precondition(lambda self: self.world.grants)
    @rule(which=at)
    def die_alone(self, which: int) -> None:
        """The process that ran this job by itself was killed by it."""
        self._die(self._grant(which))

    @precondition(lambda self: self.world.live)
    @rule(which=at, holder=holders)
    def poison(self, which: int, holder: str) -> None:
        """This job kills whatever runs it, one time after the other; chance alone hardly ever does that."""
        job_id = one_of(list(self.world.live), which)
        for _ in range(MAX_CRASHES):
            if grant := self.world.live.get(job_id):
                self._die(grant)
            self.admit(False)
            for number, message in enumerate(reversed(self.world.messages)):
                if message.job_id == job_id:
                    self.deliver([number], holder)

    def _die(self, grant: Grant) -> None:
        with writing() as connection:
            revived, ended = count_crashes(connection, fenced([grant.fence], grant.holder), clock(connection))
        self._note("quarantined", ended)
        self._had_effect("crash", [grant], {key(grant)} if revived + ended else set())

    @precondition(lambda self: self.world.grants)
    @rule(which=some, holder=holders)
    def renew(self, which: list[int], holder: str) -> None:
        mine = {g for n in which if (g := self._grant(n)).holder == holder}
        with writing() as connection:
            terms = {"holder": holder, "lease_ms": LEASE_MS, "now": clock(connection)}
            renewed = renew(connection, {grant.fence for grant in mine}, **terms)
        assert set(renewed) == {grant.fence for grant in mine if self.world.is_live(grant)}
        self._note("renewed", len(renewed))

    def _had_effect(self, what: str, grants: list[Grant], changed: set[tuple[str, int]]) -> None:
        """Exactly the writes of those who hold their jobs had an effect, and each job's only once."""
        live = {grant for grant in grants if self.world.is_live(grant)}
        assert {key(grant) for grant in live} == changed, (what, grants, changed)
        for grant in live:
            self.world.let_go(grant)
        self._note(f"{what}: effective", len(live))
        self._note(f"{what}: by a zombie", len(grants) - len(live))

    # -- what time and people do -----------------------------------------------------------------------------

    @rule(ms=st.sampled_from((50, 2_500, 9_000, 15_100, 61_000, 700_000)))
    def time_passes(self, ms: int) -> None:
        turn_clock(ms)
        self._note("clock forward")

    @rule(hours=st.sampled_from((-2, 2)))
    def the_clock_is_set(self, hours: int) -> None:
        """Between two sweeps, as always: they are two seconds apart."""
        self.sweep(False)
        turn_clock(hours * 3_600_000)
        self.sweep(False)
        self.world.passed.clear()  # a rate may be used up once more
        self._note("clock jumps")

    @rule()
    def a_lease_passes(self) -> None:
        """All holders have fallen silent, and the sweeps went on."""
        self.time_passes(LEASE_MS + 100)
        self.sweep(True)

    @rule(attended=st.booleans())
    def sweep(self, attended: bool) -> None:
        """A sweep; where nobody `attended` to things before it, living workers first get their grace."""
        with writing() as connection:
            if not attended and not take_turn(connection, every_ms=SWEEP_EVERY_MS, grace_ms=GRACE_MS):
                return
            now = clock(connection)
            before = {row.id: row for row in connection.execute(select(*jobs.c))}
            swept = sweep(connection)
            after = {row.id: row for row in connection.execute(select(*jobs.c))}
        for job_id, grant in list(self.world.live.items()):
            if (after[job_id].generation, after[job_id].holder) != (grant.fence.generation, grant.holder):
                assert before[job_id].lease_until_ms < now + 1_000, "it was taken from a living worker"
                self.world.let_go(grant)
        self._note("sweeps")
        self._note("revived", swept.revived)
        self._note("sent again", swept.resent)
        self._note("quarantined", swept.quarantined)

    @precondition(lambda self: self.world.jobs)
    @rule(which=at)
    def cancel(self, which: int) -> None:
        row = self._row(one_of(self.world.jobs, which))
        try:
            with writing() as connection:
                state = control.cancel_job(connection, row.tenant_id, row.id)
        except Conflict:
            assert row.state in ("completed", "failed")
        else:
            assert state == ("cancelled" if row.holder is None else "running")
            self._note(f"cancelled while {row.state}")

    @precondition(lambda self: self.world.jobs)
    @rule(which=at)
    def retry(self, which: int) -> None:
        failed = [job_id for job_id, row in self.world.ended.items() if row.state == "failed"]
        row = self._row(one_of(failed or self.world.jobs, which))
        with suppress(Conflict), writing() as connection:
            control.retry_job(connection, row.tenant_id, row.id)
            assert row.state == "failed", row
            del self.world.ended[row.id]
            self._note("retried")

    @precondition(lambda self: self.world.batches)
    @rule(which=at)
    def cancel_batch(self, which: int) -> None:
        with writing() as connection:
            control.cancel_batch(connection, TENANTS[0], one_of(self.world.batches, which))
        self._note("batches cancelled")

    @precondition(lambda self: self.world.batches)
    @rule(which=at)
    def retry_failed(self, which: int) -> None:
        with writing() as connection:
            again = control.retry_failed(connection, TENANTS[0], one_of(self.world.batches, which))
            rows = connection.execute(select(jobs.c.id).where(jobs.c.state.not_in(TERMINAL))).scalars()
            revived = [job_id for job_id in rows if self.world.ended.pop(job_id, None)]
        assert len(revived) == again
        self._note("retried", again)

    @rule(amount=st.integers(1, 10))
    def grant(self, amount: int) -> None:
        with writing() as connection:
            money.grant(connection, TENANTS[1], amount)

    @rule(
        queue=queues,
        concurrency=st.integers(0, 3),
        rate=st.sampled_from((0, 0, 1, 4)),
        paused=st.sampled_from((False, False, False, True)),
    )
    def change_limit(self, queue: str, concurrency: int, rate: int, paused: bool) -> None:
        change = Change(concurrency=concurrency, rate=rate, paused=paused)
        with writing() as connection:
            change_limit(connection, "queue", queue, change)
        self.world.passed[queue] = []  # what was used before does not count against a new rate
        self._note("limits changed")

    @precondition(lambda self: self.world.ended)
    @rule(which=at, works=st.sampled_from((True, False, None)))
    def notify(self, which: int, works: bool | None) -> None:
        """Tell the channels; None dies between the sending and the marking."""
        job_id = one_of(list(self.world.ended), which)
        with writing() as connection:
            owed = claim_deliveries(connection, job_id, lease_ms=LEASE_MS)
            for one in owed:
                assert not self.world.sent[one.id], f"{one} was marked as sent before"
                if works is not None:
                    settle_delivery(connection, one, error=None if works else "no", retry_in_ms=100)
                    self.world.sent[one.id] += int(works)
        self._note("deliveries claimed", len(owed))

    # -- the end ---------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """Whatever happened: once all gates are open and workers work, everything comes to its end."""
        self.is_over = True
        self.grant(10_000)
        for queue in QUEUES:
            self.change_limit(queue, 0, 0, False)
        while self.world.open_batches:
            self.seal(0)
        for _ in range(MOST_ROUNDS):
            if not self._open():
                break
            self.time_passes(5_000)
            self.sweep(False)
            self.admit(False)
            for number in range(len(self.world.messages)):
                self.deliver([number], HOLDERS[0])
            for grant in list(self.world.live.values()):
                self._finish([grant])
        assert not self._open(), "something is stuck"
        self.the_laws_hold()

    def _grant(self, which: int) -> Grant:
        """A grant that is live, for even numbers and where there is one, or any."""
        live = list(self.world.live.values())
        return one_of(live if live and which % 2 == 0 else self.world.grants, which // 2)

    def _open(self) -> list[Any]:
        with reading() as connection:
            return list(connection.execute(select(*jobs.c).where(jobs.c.state.not_in(TERMINAL))).all())

    def _row(self, job_id: str) -> Any:
        with reading() as connection:
            return connection.execute(select(*jobs.c).where(jobs.c.id == job_id)).one()


def one_of(things: list[Any], which: int) -> Any:
    """The newest for 0, which Hypothesis likes best, and so on back to the oldest."""
    return things[-1 - which % len(things)]


def key(grant: Grant) -> tuple[str, int]:
    return grant.fence.job_id, grant.fence.generation


def fence_of(message: Admitted) -> Fence:
    return Fence(message.job_id, message.generation)
