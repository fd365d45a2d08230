"""Fields that several requests have."""

from typing import Annotated

from pydantic import StringConstraints

ShortName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@\\]{1,2000}$")]
OrgSlug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
LocalPath = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^/(?:[A-Za-z0-9_~?=&%-][A-Za-z0-9/._~?=&%-]*)?$")
]
"""A path of this site and nothing else: browsers read `//evil` and `/\\evil` as hosts."""
