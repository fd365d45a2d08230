"""What can go wrong, in the product's words. An error's docstring is its message."""


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


class StepUpError(UnauthenticatedError):
    """This needs a fresh proof of who you are: sign in again (step-up)."""


class SecondFactorError(UnauthenticatedError):
    """The password is right; a code of the second factor is needed too."""


class GoneError(OpsError):
    """This was done once, and is not possible any more."""


class TooManyRequestsError(OpsError):
    """That is too often: wait, and come again."""

    def __init__(self, detail: str = "", retry_after_s: int = 60) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class InvalidError(OpsError):
    """The request is not valid."""


class CursorError(OpsError):
    """The cursor is not one of ours: begin again without it."""


class ConflictError(OpsError):
    """This was answered differently before."""


class ChangedError(ConflictError):
    """The action changed since you viewed it: read it again."""


class EventConflictError(ConflictError):
    """An event with this key and other content is already recorded."""


class StatusError(OpsError):
    """The mission's status does not allow this."""


class RefusedError(OpsError):
    """The executor refuses to act."""


class TargetChangedError(RefusedError):
    """The target is not as it was when people were asked."""


class PlanError(OpsError):
    """Nothing that is registered can be looked at."""


class BrowserError(OpsError):
    """The page could not be visited."""

    trace: bytes = b""
    """The steps of the visit that failed, as a zip, where they were recorded."""


class UnavailableError(OpsError):
    """Something that is needed does not answer; try again."""


PERMANENT = (
    NotFoundError,
    ForbiddenError,
    UnauthenticatedError,
    GoneError,
    InvalidError,
    CursorError,
    ConflictError,
    ChangedError,
    EventConflictError,
    StatusError,
    RefusedError,
    PlanError,
)
"""Errors that a retry cannot mend; workflows/policies.py tells Temporal their names."""
