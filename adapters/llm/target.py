"""Where paid calls would go, checked before any socket is opened: address, key, and whether it is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from adapters.llm.wire.faults import PaidCallForbidden
from adapters.llm.wire.messages import VERSION
from errors import AuthenticationError, InvalidInput
from settings import Settings

OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com/v1"
NO_KEY = "no-key-needed"  # a header wants one; a server on this machine does not


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address and its headers, which hold the key. `host` is fit to be shown; `base_url` may not.

    `prefix` is that of the settings that name it, for what is said to people.
    """

    base_url: str
    host: str
    is_loopback: bool
    headers: tuple[tuple[str, str], ...]
    prefix: str = "OPENAI"

    def __repr__(self) -> str:
        return f"Target({self.host})"


def find_target(settings: Settings) -> Target:
    """The target of the `openai` provider that `settings` name.

    Raises `InvalidInput` for an address that is none, `PaidCallForbidden` for one that is not on this
    machine while FORBID_PAID_CALLS is on, and `AuthenticationError` where a key is needed and missing.
    """
    base_url, host, is_loopback = _checked(settings, "OPENAI", settings.openai_base_url or OPENAI_URL)
    key = _key("OPENAI", settings.openai_api_key.get_secret_value(), host, is_loopback)
    return Target(base_url, host, is_loopback, (("Authorization", f"Bearer {key}"),))


def find_anthropic(settings: Settings) -> Target:
    """The target of the `anthropic` provider; raises as `find_target` does."""
    named = settings.anthropic_base_url or ANTHROPIC_URL
    base_url, host, is_loopback = _checked(settings, "ANTHROPIC", named)
    key = _key("ANTHROPIC", settings.anthropic_api_key.get_secret_value(), host, is_loopback)
    headers = (("x-api-key", key), ("anthropic-version", VERSION))
    return Target(base_url, host, is_loopback, headers, "ANTHROPIC")


def _checked(settings: Settings, prefix: str, named: str) -> tuple[str, str, bool]:
    """The address, its host, and whether that is this machine."""
    base_url = named.strip()
    host = _host(base_url, prefix)
    is_loopback = _is_loopback(host)
    if settings.forbid_paid_calls and not is_loopback:
        raise PaidCallForbidden(f"Paid calls are forbidden here, and {host} is not on this machine.")
    return base_url, host, is_loopback


def _host(base_url: str, prefix: str) -> str:
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or "\\" in base_url:
        raise InvalidInput(f"{prefix}_BASE_URL is not an address like https://host/v1.")
    return host


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback


def _key(prefix: str, given: str, host: str, is_loopback: bool) -> str:
    key = given.strip()
    if not key and is_loopback:
        return NO_KEY
    if not key:
        raise AuthenticationError(f"{prefix}_API_KEY is not set, and {host} needs one.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AuthenticationError(f"{prefix}_API_KEY holds characters no key has; copy it again.")
    return key
