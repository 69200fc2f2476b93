"""Every knob Gristmill has, read once from the environment and `.env`; imports nothing of ours.

`get_settings()` returns one frozen `Settings` per process. Anything not set has a default that
works: SQLite and an embedded Valkey under `GRISTMILL_HOME`, and the local analysers.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

VALKEY_SOCKET = "valkey-9/valkey.sock"  # named by server kind and major version: their files differ
SQLITE_FILE = "gristmill.db"
SECRET_IN_QUERY = re.compile(r"((?:password|sslpassword|passwd|token|secret)=)[^&]*", re.IGNORECASE)
REDACTING = ("off", "redact", "restore")
ANSWERER = r"(?:local|[a-z0-9_]+/[^\s>]+)"
WHEN_AWAY = re.compile(rf"wait|{ANSWERER}(?:>{ANSWERER})*")
LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux, 104 on macOS

UsdPerMillion = Annotated[Decimal, Field(ge=0, le=100_000, allow_inf_nan=False)]


class ModelPrice(BaseModel):
    """What a model's tokens cost, in US dollars per million; cached input costs the same unless said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: UsdPerMillion
    output: UsdPerMillion
    cached: UsdPerMillion | None = None


CONTEXTS = TypeAdapter(dict[str, Annotated[int, Field(ge=1_024, le=100_000_000)]])
PRICES = TypeAdapter(dict[str, ModelPrice])


class Settings(BaseSettings):
    """One frozen reading of the environment. Units stand in the names (`_ms`, `_s`)."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    gristmill_home: Path = Path(".gristmill")
    database_url: str = Field(default="", repr=False)  # either may hold a password
    redis_url: str = Field(default="", repr=False)
    redis_host: str = ""
    redis_port: int = Field(default=6379, ge=1, le=65535)
    redis_password: SecretStr = SecretStr("")
    redis_db: int = Field(default=0, ge=0)

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-5-mini"
    anthropic_api_key: SecretStr = SecretStr("")
    anthropic_base_url: str = "https://api.anthropic.com/v1"
    anthropic_model: str = "claude-haiku-4-5"
    llm_api: Literal["responses", "chat"] = "responses"
    llm_provider: Literal["", "local", "openai", "anthropic", "scripted"] = ""  # empty: whose key is set
    llm_script: str = ""  # the scripted provider's file of replies (rehearsals and tests)
    llm_timeout_ms: int = Field(default=90_000, ge=100, le=600_000)
    llm_flex_timeout_ms: int = Field(default=600_000, ge=1_000, le=3_600_000)
    llm_batch_poll_ms: int = Field(default=30_000, ge=100, le=3_600_000)
    llm_batch_collect_ms: int = Field(default=60_000, ge=0, le=86_400_000)
    llm_batch_most_items: int = Field(default=50_000, ge=1, le=50_000)
    model_prices: str = ""  # JSON: model, or provider/model, to its `ModelPrice`; before the known prices
    model_contexts: str = ""  # JSON: model, or provider/model, to its context window in tokens
    forbid_paid_calls: bool = False  # tests set this: only loopback LLM servers are then allowed

    timezone: str = "UTC"
    daily_brief_time: str = "0 8 * * *"
    worker_concurrency: int = Field(default=8, ge=1, le=512)  # threads per worker process
    worker_processes: int = Field(default=2, ge=1, le=64)
    worker_max_attempts: int = Field(default=3, ge=1, le=100)
    worker_backoff_delay: int = Field(default=2_000, ge=1, le=3_600_000)  # ms before the first retry
    breaker_failures: int = Field(default=5, ge=1, le=1_000)  # in a row, until a provider counts as away
    breaker_wait_ms: int = Field(default=10_000, ge=100, le=3_600_000)  # before the first probe, then doubled
    breaker_longest_wait_ms: int = Field(default=300_000, ge=100, le=86_400_000)
    redact_pii: str = "restore"  # off, redact or restore, or by tenant: acme=redact,*=restore
    content_filter: Literal["off", "flag", "refuse"] = "flag"  # of inappropriate content
    when_model_away: str = ""  # story.enhance=local,text.sentiment=openai/gpt-5-nano>local,*=wait
    llm_fallbacks: str = ""  # openai/gpt-5-nano, anthropic/claude-haiku-4-5: where that says nothing
    job_timeout_ms: int = Field(default=300_000, ge=100, le=86_400_000)
    lease_ms: int = Field(default=15_000, ge=500, le=600_000)  # a claim ends this long after its last renewal
    stop_grace_ms: int = Field(default=15_000, ge=0, le=600_000)  # a stopping worker lets calls end so long
    sweep_interval_ms: int = Field(default=2_000, ge=100, le=60_000)

    keep_completed_days: float = Field(default=90, ge=0)  # jobs with their answers; 0: for ever
    keep_failed_days: float = Field(default=90, ge=0)
    keep_completed_count: int = Field(default=0, ge=0)  # of each tenant's queue; 0: any number
    keep_failed_count: int = Field(default=0, ge=0)
    keep_contents_days: float = Field(default=365, ge=0)  # what was ingested, since it was last seen
    keep_replies_days: float = Field(default=90, ge=0)  # what models said: a repeat within it costs nothing

    ocr_languages: str = Field(default="eng", pattern=r"^[A-Za-z_]{3,20}(\+[A-Za-z_]{3,20})*$")  # eng+deu
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8400, ge=1, le=65535)
    debug_scoring: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    allow_private_fetch: bool = False
    error_simulation: bool = False

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("model_prices")
    @classmethod
    def _sound_prices(cls, value: str) -> str:
        if value.strip():
            PRICES.validate_json(value)
        return value

    @cached_property
    def prices(self) -> dict[str, ModelPrice]:
        """The prices that `MODEL_PRICES` gives."""
        return PRICES.validate_json(self.model_prices) if self.model_prices.strip() else {}

    @field_validator("model_contexts")
    @classmethod
    def _sound_contexts(cls, value: str) -> str:
        if value.strip():
            CONTEXTS.validate_json(value)
        return value

    @cached_property
    def contexts(self) -> dict[str, int]:
        """The context windows that `MODEL_CONTEXTS` gives, in tokens."""
        return CONTEXTS.validate_json(self.model_contexts) if self.model_contexts.strip() else {}

    @field_validator("when_model_away")
    @classmethod
    def _known_choices(cls, value: str) -> str:
        for analysis, choice in _pairs(value).items():
            if not analysis or not WHEN_AWAY.fullmatch(choice):
                raise ValueError(
                    "give ANALYSIS=CHOICE, parted by commas; ANALYSIS may be *, and CHOICE is wait, local or "
                    "provider/model, or a chain parted by >: story.enhance=local,*=openai/gpt-5-nano>local"
                )
        return value

    @field_validator("redact_pii")
    @classmethod
    def _known_redacting(cls, value: str) -> str:
        value = value.strip() or "restore"
        choices = _pairs(value) if "=" in value else {"*": value}
        if not choices or not set(choices.values()) <= set(REDACTING) or "" in choices:
            raise ValueError(
                "give off, redact or restore for all tenants, or TENANT=CHOICE, parted by commas; TENANT may "
                "be *, such as acme=redact,*=restore"
            )
        return value

    def redacting(self, tenant_id: str) -> str:
        """What is done about personal data before a model sees it: `off`, `redact` or `restore`."""
        if "=" not in self.redact_pii:
            return self.redact_pii
        choices = _pairs(self.redact_pii)
        return choices.get(tenant_id) or choices.get("*", "restore")

    @field_validator("llm_fallbacks")
    @classmethod
    def _known_fallbacks(cls, value: str) -> str:
        if any(not re.fullmatch(ANSWERER, name) for name in _names(value)):
            raise ValueError("give local or provider/model, parted by commas, in the order of their turns")
        return value

    @cached_property
    def fallbacks(self) -> str:
        """Those of LLM_FALLBACKS as a chain, `openai/gpt-5-nano>local`."""
        return ">".join(_names(self.llm_fallbacks))

    @cached_property
    def choices_when_away(self) -> dict[str, str]:
        """By analysis, or `*` for all others: what to do while its model is away."""
        return _pairs(self.when_model_away)

    @cached_property
    def home(self) -> Path:
        """The absolute folder that holds everything embedded (database, Valkey data, logs)."""
        return self.gristmill_home.expanduser().resolve()

    @cached_property
    def sql_url(self) -> str:
        """The SQLAlchemy URL: `DATABASE_URL` with our drivers named, else SQLite under home."""
        url = self.database_url or f"sqlite:///{self.home / SQLITE_FILE}"
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @property
    def is_sqlite(self) -> bool:
        return self.sql_url.startswith("sqlite")

    @property
    def valkey_socket(self) -> Path:
        """Where the embedded Valkey listens; moved to /tmp where the path would be too long for a socket."""
        socket = self.home / VALKEY_SOCKET
        if len(str(socket)) <= LONGEST_SOCKET_PATH:
            return socket
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gristmill-{digest}.sock"

    @property
    def embeds_valkey(self) -> bool:
        """True when nobody named a Redis, so `gristmill up` runs its own Valkey."""
        return not (self.redis_url or self.redis_host)

    @cached_property
    def broker_url(self) -> str:
        """The Redis URL: `REDIS_URL`, else from `REDIS_HOST` and its kin, else our own socket."""
        if self.redis_url:
            return self.redis_url
        if self.redis_host:
            password = self.redis_password.get_secret_value()
            login = f":{quote(password, safe='')}@" if password else ""
            return f"redis://{login}{self.redis_host}:{self.redis_port}/{self.redis_db}"
        return f"unix://{self.valkey_socket}"

    @property
    def provider_name(self) -> str:
        """Which LLM provider scores: as named, else whose key is set (`openai` first), else `local`."""
        if self.llm_provider:
            return self.llm_provider
        if self.openai_api_key.get_secret_value():
            return "openai"
        return "anthropic" if self.anthropic_api_key.get_secret_value() else "local"

    @property
    def model_name(self) -> str:
        """That provider's model."""
        return self.anthropic_model if self.provider_name == "anthropic" else self.openai_model

    @property
    def answerer(self) -> str:
        """Who answers unless a job says otherwise: `local`, or `provider/model`."""
        return "local" if self.provider_name == "local" else f"{self.provider_name}/{self.model_name}"


def _names(told: str) -> list[str]:
    return [name.strip() for name in told.split(",") if name.strip()]


def _pairs(told: str) -> dict[str, str]:
    parts = [part.partition("=") for part in told.split(",") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in parts}


@cache
def get_settings() -> Settings:
    """The settings of this process (`get_settings.cache_clear()` reads the environment anew)."""
    return Settings()


def masked(url: str) -> str:
    """`url` with its password replaced by `***`, fit for logs and for `gristmill doctor`."""
    parts = urlsplit(url)
    if not (parts.query or "@" in parts.netloc):
        return url
    query = SECRET_IN_QUERY.sub(r"\1***", parts.query)
    login, at, host = parts.netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    if colon:
        login = f"{user}:***"
    elif parts.scheme.startswith("redis") and login:
        login = "***"  # a lone name before the host of a Redis is mistaken for one, and is a password
    return urlunsplit(parts._replace(netloc=f"{login}{at}{host}", query=query))
