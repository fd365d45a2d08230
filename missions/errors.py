"""The product's errors. An error's docstring is its message."""


class OpsError(Exception):
    """Something went wrong."""

    def __init__(self, detail: str = "") -> None:
        doc = (type(self).__doc__ or "").strip()
        super().__init__(f"{doc} {detail}".strip())
        self.detail = detail


class NotFoundError(OpsError):
    """There is no such thing here."""


class ForbiddenError(OpsError):
    """You may not do this."""


class UnauthenticatedError(OpsError):
    """Sign in first."""


class InvalidCredentialsError(UnauthenticatedError):
    """The password, code, passkey or token in this request is not valid."""


class StepUpError(UnauthenticatedError):
    """This needs a fresh proof of who you are: sign in again (step-up)."""


class SecondFactorError(UnauthenticatedError):
    """The password is right; a code of the second factor is needed too."""


class GoneError(OpsError):
    """This can be done only once, and was done before."""


class TooManyRequestsError(OpsError):
    """Too many requests: wait before you try again."""

    def __init__(self, detail: str = "", retry_after_s: int = 60) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class InvalidError(OpsError):
    """The request is not valid."""


class ConflictError(OpsError):
    """This was already answered differently."""


class ChangedError(ConflictError):
    """The action changed since you viewed it: read it again."""


class EventConflictError(ConflictError):
    """An event with this key and other content is already recorded."""


class StatusError(OpsError):
    """The mission's status does not allow this."""


class RefusedError(OpsError):
    """The executor refuses to act."""


class OutdatedError(RefusedError):
    """What the approval was given for is no longer so: a new one is needed."""


class TargetChangedError(OutdatedError):
    """The target has changed since the approval was requested."""


class StricterPolicyError(OutdatedError):
    """The policy asks for more than the approval was given for."""


class PlanError(OpsError):
    """No registered dashboard can be visited."""


class BrowserError(OpsError):
    """The page could not be visited."""

    trace: bytes = b""
    """The trace of the failed visit as a zip, if one was recorded."""


class UnavailableError(OpsError):
    """A required service does not answer; try again."""


PERMANENT = (
    NotFoundError,
    ForbiddenError,
    UnauthenticatedError,
    GoneError,
    InvalidError,
    ConflictError,
    ChangedError,
    EventConflictError,
    StatusError,
    RefusedError,
    PlanError,
)
"""Errors that a retry cannot fix; workflows/policies.py passes their names to Temporal."""
