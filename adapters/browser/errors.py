def first_line(error: BaseException) -> str:
    """The error's message without Playwright's call log."""
    return (str(error).splitlines() or [type(error).__name__])[0]
