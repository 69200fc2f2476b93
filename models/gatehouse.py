"""The gatehouse: all gates of some lanes as they stand now, read in a few statements.

This is the one list of what can hold a job back. Whoever adds a kind of gate adds it here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from models.breakers import llm_breaker, not_closed, source_breaker
from models.budgets import budget_gates
from models.gates import BreakerGate, Candidate, Gate, LimitGate, Refusal
from models.lanes import LOCAL, Lane, LaneKey
from models.limits import DEFAULT, Key, Limit, get_limits, save_spent
from models.lonely import LonelyGate
from models.metering import credit_gates

AT_ONCE = 2_000  # lanes: of up to five limits each, named by two parameters; SQLite takes 32,766


class Gatehouse:
    """The gates of these lanes; `in_flight` is what is sent or running, by lane, also of other lanes.

    `admits` says that jobs are to be let through, and not only asked about: then what is saved is locked.
    """

    def __init__(
        self,
        connection: Connection,
        keys: Collection[LaneKey],
        in_flight: Mapping[LaneKey, int],
        now: int,
        *,
        admits: bool = False,
    ) -> None:
        self._connection = connection
        self._admits = admits
        self._flying = in_flight
        self._now = now
        self._limits: dict[Key, LimitGate | None] = {}
        self._purses: dict[str, list[Gate]] = {}
        self._breakers: dict[str, BreakerGate | None] = {}
        self._lonely = LonelyGate(connection, now)
        self._gates: dict[LaneKey, list[Gate]] = {}
        self._load(keys)

    def refusal(self, key: LaneKey, job: Candidate) -> Refusal | None:
        """The first gate's reason not to let this job start now; None if it may."""
        for gate in self._of(key):
            if refused := gate.refusal(job, self._now):
                return refused
        return None

    def take(self, key: LaneKey, job: Candidate) -> None:
        """Count a job that no gate refused."""
        for gate in self._of(key):
            gate.take(job)

    def lanes_without_probe(self, lanes: Sequence[Lane]) -> list[Lane]:
        """Those behind a breaker that wants a probe, where all that could be one have failed before."""
        lacking = {name for name, gate in self._breakers.items() if gate is not None and gate.lacks_probe()}
        return [lane for lane in lanes if lacking.intersection(_breakers(lane.key))]

    def save(self, admitted: Collection[str]) -> None:
        """Write down what the admitted jobs, by id, used."""
        mine = [gate for gate in self._limits.values() if gate]
        save_spent(self._connection, [s for gate in mine if (s := gate.saved(admitted, self._now))])
        others = {id(gate): gate for gates in self._gates.values() for gate in gates}
        for gate in others.values():
            gate.save(self._connection, admitted, self._now)

    def _of(self, key: LaneKey) -> list[Gate]:
        if key not in self._gates:
            self._load([key])
        return self._gates[key]

    def _load(self, keys: Collection[LaneKey]) -> None:
        """In parts, for a statement takes only so many parameters."""
        some = list(keys)
        for begin in range(0, len(some), AT_ONCE):
            self._load_some(some[begin : begin + AT_ONCE])

    def _load_some(self, keys: Collection[LaneKey]) -> None:
        wanted = {known for key in keys for known in limit_keys(key)} - set(self._limits)
        found = get_limits(self._connection, wanted, lock=self._admits)
        flying = self._counted(wanted)
        for known in wanted:
            scope, name = known
            limit = found.get(known) or (Limit("model", name) if scope == "model" else None)
            self._limits[known] = None if limit is None else LimitGate(limit, flying[known])
        self._load_breakers({name for key in keys for name in _breakers(key)} - set(self._breakers))
        self._load_purses({key.tenant_id for key in keys if key.provider} - set(self._purses))
        for key in keys:
            away = [self._breakers[name] for name in _breakers(key)]  # first: another may stand in for it
            mine: list[Gate | None] = [*away, *(self._limits[known] for known in limit_keys(key))]
            purses = self._purses[key.tenant_id] if key.provider else []
            self._gates[key] = [*(gate for gate in mine if gate is not None), *purses, self._lonely]

    def _load_breakers(self, wanted: Collection[str]) -> None:
        found = not_closed(self._connection, wanted, lock=self._admits)
        for name in wanted:
            self._breakers[name] = BreakerGate(*found[name]) if name in found else None

    def _load_purses(self, tenant_ids: Collection[str]) -> None:
        """What these tenants may spend; only where a provider is asked, for local answers are free."""
        if tenant_ids:
            credit = credit_gates(self._connection, tenant_ids)
            money = budget_gates(self._connection, tenant_ids, self._now)
            for tenant_id in tenant_ids:
                own = [credit[tenant_id]] if tenant_id in credit else []
                self._purses[tenant_id] = [*own, *money.get(tenant_id, [])]

    def _counted(self, wanted: Iterable[Key]) -> Counter[Key]:
        counted: Counter[Key] = Counter()
        for key, many in self._flying.items():
            counted.update(dict.fromkeys(limit_keys(key), many))
        return Counter({known: counted[known] for known in wanted})


def _breakers(key: LaneKey) -> list[str]:
    asked = [llm_breaker(key.model)] if key.provider else []
    return [*asked, source_breaker(key.source)] if key.source else asked


def limit_keys(key: LaneKey) -> list[Key]:
    """Where the limits of this lane's jobs are kept."""
    keys: list[Key] = [("queue", key.queue), ("tenant", key.tenant_id)]
    if key.model != LOCAL:
        keys.append((DEFAULT, key.queue))
    if key.source:
        keys.append(("source", key.source))
    if key.provider:
        keys.append(("model", key.model))
    return keys
