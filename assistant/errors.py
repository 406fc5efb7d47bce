"""The one exception tree. Refusing is normal work and is a value (Decision, Status), never an exception."""

from __future__ import annotations

from pathlib import Path

from assistant.domain import Text


class AssistantError(Exception):
    """Root. `text` is safe to show in either language and says what to do next."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.zh)
        self.text = text


class UserError(AssistantError):
    """The asker can mend it: the message says how."""


class ConfigurationError(AssistantError):
    """Found at start-up: names file, line and key."""

    def __init__(self, text: Text, *, file: Path | str = "", line: int | None = None, key: str = "") -> None:
        where = ":".join(str(part) for part in (file, line) if part not in ("", None))
        prefix = " ".join(part for part in (where, f"[{key}]" if key else "") if part)
        super().__init__(Text(zh=f"{prefix} {text.zh}".strip(), en=f"{prefix} {text.en}".strip()))
        self.file, self.line, self.key = str(file), line, key


class CatalogError(ConfigurationError):
    pass


class SemanticModelError(ConfigurationError):
    pass


class PolicyLoadError(ConfigurationError):
    pass


class SettingsError(ConfigurationError):
    pass


class AdapterError(AssistantError):
    """The outside world failed."""

    retryable = False


class ModelUnavailable(AdapterError):
    retryable = True


class ModelReplyInvalid(AdapterError):
    pass


class StoreUnavailable(AdapterError):
    retryable = True


class AuditUnavailable(AdapterError):
    """The audit log cannot be written: no answer is given (POLICY_SPEC 5.3)."""


class WarehouseError(AdapterError):
    retryable = True


class QueryTimeout(WarehouseError):
    pass


class QueryTooLarge(WarehouseError):
    pass


class InternalError(AssistantError):
    """A broken invariant: ours to fix."""
