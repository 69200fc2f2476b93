"""Keys: made, listed and revoked by whoever may run the command on this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cli.output import moment, note, print_json, print_table
from cli.problems import WrongUsage
from cli.ready import with_database
from models import tenants
from models.database import reading, transact

if TYPE_CHECKING:
    from sqlalchemy import Connection

LONGEST_NAME_CHARS = 100


def create_key(tenant: str, name: str, role: str, *, json: bool) -> None:
    """Make a key and print it, the only time ever. Raises WrongUsage."""
    if role not in tenants.ROLES:
        raise WrongUsage(f"{role[:20]!r} is no role; choose one of {', '.join(tenants.ROLES)}.")
    if not 0 < len(name) <= LONGEST_NAME_CHARS:
        raise WrongUsage(f"A key's name has 1 to {LONGEST_NAME_CHARS} characters.")
    with_database()

    def make(connection: Connection) -> str:
        tenants.ensure_tenant(connection, tenant)
        return tenants.create_key(connection, tenant_id=tenant, name=name, role=role)

    key = transact(make)
    if json:
        print_json({"key": key, "name": name, "role": role, "tenant": tenant})
        return
    sys.stdout.write(key + "\n")
    note(f"Role {role}, tenant {tenant}. Keep it now: it is not stored and cannot be shown again.")


def list_keys(tenant: str, *, json: bool) -> None:
    """The keys without their secrets."""
    with_database()
    with reading() as connection:
        keys = tenants.list_keys(connection, tenant)
    if json:
        for key in keys:
            print_json(key)
        return
    columns = ("id", "name", "role", "prefix", "created", "revoked")
    print_table(
        columns,
        [
            (
                k["id"],
                k["name"],
                k["role"],
                f"{k['prefix']}…",
                _when(k["created_at_ms"]),
                _when(k["revoked_at_ms"]),
            )
            for k in keys
        ],
    )


def revoke_key(tenant: str, key_id: str, *, json: bool) -> None:
    """Refuse a key from now on. Raises NotFound."""
    with_database()
    transact(lambda connection: tenants.revoke_key(connection, tenant, key_id))
    print_json({"id": key_id, "revoked": True}) if json else note(f"Key {key_id} is refused from now on.")


def _when(at_ms: object) -> str:
    return moment(at_ms if isinstance(at_ms, int) else None)
