"""Where paid calls would go, checked before any socket is opened: address, key, and whether it is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from adapters.llm.wire.faults import PaidCallForbidden
from errors import AuthenticationError, InvalidInput
from settings import Settings

OPENAI_URL = "https://api.openai.com/v1"
NO_KEY = "no-key-needed"  # the client wants one; a server on this machine does not


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address and its key. `host` is fit to be shown; `base_url` may hold a password."""

    base_url: str
    host: str
    is_loopback: bool
    api_key: str

    def __repr__(self) -> str:
        return f"Target({self.host})"


def find_target(settings: Settings) -> Target:
    """The target that `settings` name.

    Raises `InvalidInput` for an address that is none, `PaidCallForbidden` for one that is not on this
    machine while FORBID_PAID_CALLS is on, and `AuthenticationError` where a key is needed and missing.
    """
    base_url = settings.openai_base_url.strip() or OPENAI_URL
    host = _host(base_url)
    is_loopback = _is_loopback(host)
    if settings.forbid_paid_calls and not is_loopback:
        raise PaidCallForbidden(f"Paid calls are forbidden here, and {host} is not on this machine.")
    return Target(base_url, host, is_loopback, _key(settings, host, is_loopback))


def _host(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or "\\" in base_url:
        raise InvalidInput("OPENAI_BASE_URL is not an address like https://host/v1.")
    return host


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback


def _key(settings: Settings, host: str, is_loopback: bool) -> str:
    key = settings.openai_api_key.get_secret_value().strip()
    if not key and is_loopback:
        return NO_KEY
    if not key:
        raise AuthenticationError(f"OPENAI_API_KEY is not set, and {host} needs one.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AuthenticationError("OPENAI_API_KEY holds characters no key has; copy it again.")
    return key
