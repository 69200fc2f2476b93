"""Addresses: which are public. All others are ours or our neighbours', and are not fetched from."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence

from errors import NotFound, ServiceError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""All addresses of a host, as texts; raises NotFound where there are none."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291 §2.5.5.1, deprecated: the same
TUNNELS = (ipaddress.ip_network("2001::/32"), ipaddress.ip_network("64:ff9b:1::/48"))  # Teredo, local NAT64
# A global address that answers inside one cloud only, with what belongs to the machine that asks.
CLOUD_INSIDE = frozenset({ipaddress.ip_address("168.63.129.16")})


def resolve(host: str, port: int) -> list[str]:
    """What the machine's own resolver says, each address once. Raises NotFound, ServiceError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise ServiceError("Names of hosts cannot be looked up at the moment.") from None
        raise NotFound(f"There is no host {host[:100]!r}; check the address.") from None
    except (OSError, UnicodeError):
        raise NotFound(f"There is no host {host[:100]!r}; check the address.") from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(text: str) -> bool:
    """True of an address that all the internet reaches alike; what embeds another is judged by that."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    address = _embedded(address) or address
    if address.is_multicast or address in CLOUD_INSIDE or getattr(address, "is_site_local", False):
        return False
    if isinstance(address, ipaddress.IPv6Address) and any(address in tunnel for tunnel in TUNNELS):
        return False
    return address.is_global


def _embedded(address: Address) -> Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64 or address in COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
