"""Every setting of Shopclerk, read once at the edge from the environment and `.env`."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent.errors import SettingsError

CHECKOUT = Path(__file__).resolve().parent.parent


def _is_secret(name: str) -> bool:
    field = Settings.model_fields.get(name)
    return field is not None and field.annotation is SecretStr


class Settings(BaseSettings):
    """Names are the field names in capitals behind ``SHOPCLERK_``, as in ``SHOPCLERK_PORT``."""

    model_config = SettingsConfigDict(env_prefix="SHOPCLERK_", env_file=".env", extra="ignore")

    env: Literal["production", "development"] = Field(
        "production", description="development lets a superuser serve from PostgreSQL"
    )
    home: Path = Field(CHECKOUT / "data" / "build", description="where all state lives")
    shop: Path = Field(CHECKOUT / "data" / "shop", description="folder of the sample shop")
    database_url: str = Field("", description="SQLAlchemy URL; default SQLite under home")
    database_connections: int = Field(10, ge=1, description="connections that a process may hold")
    database_wait: float = Field(5.0, gt=0, description="seconds to wait for a free connection")
    database_lock_timeout: float = Field(
        5.0, gt=0, description="seconds to wait for what another transaction holds"
    )
    database_statement_timeout: float = Field(
        15.0, gt=0, description="seconds that PostgreSQL may take for one statement"
    )
    database_idle_timeout: float = Field(
        60.0, gt=0, description="seconds that a transaction may do nothing on PostgreSQL"
    )
    index_url: str = Field("", description="PostgreSQL URL of the index; default files under home")

    host: str = Field("127.0.0.1", description="address that the web server binds")
    port: int = Field(7860, ge=1, le=65535, description="port of the web server")

    allowed_origins: list[str] = Field(
        [], description='other sites whose pages may call the API, as in ["https://shop.example"]'
    )

    trusted_proxies: list[str] = Field(
        [], description='proxies whose X-Forwarded-For is believed, as in ["10.0.0.0/8"]'
    )

    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="smtp://USER:PASSWORD@HOST:587 or smtps://; default files in mail under home",
    )
    mail_from: str = Field("", description="sender of the shop's e-mails; needed with smtp_url")
    token_secret: SecretStr = Field(
        SecretStr(""), description="secret of the shop's HS256 sign-in tokens, 32 bytes or more"
    )
    token_keys: str = Field(
        "", description="URL or file of the key set (JWKS) of the shop's RS256 sign-in tokens"
    )
    token_audience: str = Field(
        "shopclerk", min_length=1, description="audience that a sign-in token must name"
    )
    token_issuer: str = Field("", description="issuer that a sign-in token must name, if any")
    rate_limit_url: SecretStr = Field(
        SecretStr("memory://"),
        description="where tries are counted; redis://HOST:6379 for several processes",
    )

    metrics_token: SecretStr = Field(
        SecretStr(""), description="lets other machines read /metrics, as a bearer token"
    )

    model_profile: str = Field("qwen2.5-coder-0.5b", description="a profile in data/models")
    model_url: str = Field("", description="an OpenAI-compatible server to use instead of our own")
    model_name: str = Field("", description="model name at model_url; default the profile's")
    model_key: SecretStr = Field(SecretStr("local"), description="API key for model_url")
    model_port: int = Field(8011, ge=1, le=65535, description="port of our own model server")
    model_file: Path | None = Field(None, description="base weights on disk, instead of fetching")
    vllm_python: Path = Field(
        CHECKOUT / ".venv-vllm" / "bin" / "python", description="interpreter that has vLLM"
    )
    model_adapter: str | None = Field(
        None, description="adapter the model is served with; empty: none; default the profile's"
    )
    embedder_dir: Path | None = Field(None, description="sentence-transformers folder to use")
    embedder_adapter: Path | None = Field(
        CHECKOUT / "data" / "models" / "multilingual-e5-small-shop",
        description="adapter merged into the default embedding model; empty: none",
    )
    review_model: Path | None = Field(
        CHECKOUT / "data" / "models" / "review-sentiment",
        description="model that scores reviews; empty: none",
    )
    hub_timeout: float = Field(5.0, gt=0, description="seconds to wait for the model hub")

    erasure_key: SecretStr = Field(
        SecretStr(""), description="secret by which erased customers are known; default a file"
    )
    chat_retention_days: int = Field(180, ge=0, description="days chats are kept; 0: for ever")
    order_retention_days: int = Field(
        2557, ge=0, description="days until orders are made anonymous; 0: never"
    )

    webhook_url: str = Field(
        "", description="where confirmed changes are posted; default a file under home"
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="signs what goes to webhook_url and what the shop answers"
    )
    webhook_attempts: int = Field(
        0, ge=0, description="failures after which a change waits for `outbox retry`; 0: never"
    )

    timezone: str = Field("America/Los_Angeles", description="zone in which times are shown")
    turn_deadline: float = Field(45.0, gt=0, description="seconds that one turn may take")
    model_timeout: float = Field(20.0, gt=0, description="seconds without a token from the model")
    max_concurrent_turns: int = Field(8, ge=1, description="turns that run at once")
    max_queued_turns: int = Field(32, ge=0, description="turns that may wait; then 503")

    def __init__(self, **values: Any) -> None:
        """Read the environment. Raises SettingsError for a value that cannot be."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(map(str, first["loc"])).upper()
            why = first["msg"].removeprefix("Value error, ")
            secret = _is_secret(str(first["loc"][0]) if first["loc"] else "")
            line = f"SHOPCLERK_{name}={'…' if secret else repr(first['input'])} cannot be: {why}"
            raise SettingsError(line) from None

    @field_validator("embedder_adapter", "review_model", mode="before")
    @classmethod
    def _nothing_is_none(cls, path: object) -> object:
        return path or None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no time zone has this name; one is Europe/Berlin") from None
        return name

    @field_validator("trusted_proxies")
    @classmethod
    def _known_networks(cls, proxies: list[str]) -> list[str]:
        for proxy in proxies:
            ip_network(proxy)
        return proxies

    @field_validator("token_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        # RFC 7518, section 3.2: as long as the hash at least.
        if 0 < len(secret.get_secret_value().encode()) < 32:
            raise ValueError("shorter than 32 bytes; `openssl rand -base64 32` makes one")
        return secret

    @field_validator("metrics_token")
    @classmethod
    def _not_guessable(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 16:
            raise ValueError("shorter than 16 characters; `openssl rand -base64 24` makes one")
        return secret

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.home / 'shop.db'}"

    @property
    def index_dir(self) -> Path:
        """Where the versions of the index live, if not in the database at `index_url`."""
        return self.home / "index"

    @property
    def changes_file(self) -> Path:
        """Where confirmed changes are appended when there is no webhook."""
        return self.home / "outbox" / "changes.jsonl"

    @property
    def models_dir(self) -> Path:
        """Where prepared weights live."""
        return self.home / "models"

    @property
    def model_base_url(self) -> str:
        """The OpenAI-compatible endpoint that answers shoppers, up to and with ``/v1``."""
        return self.model_url or f"http://127.0.0.1:{self.model_port}/v1"

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)
