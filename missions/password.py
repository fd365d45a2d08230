"""Which passwords are accepted: long ones that are not among the most common."""

import re

LEAST, MOST = 12, 256
_WORDS = """
password passwort passwd pass word welcome letmein letme qwertyuiop qwertzuiop qwerty qwertz
asdfghjkl asdf zxcvbnm iloveyou love monkey dragon football baseball basketball soccer hockey
sunshine princess master login logon admin administrator root user guest test testing demo changeme
change secret summer winter spring autumn fall january february march april may june july august
september october november december monday tuesday wednesday thursday friday saturday sunday shadow
superman batman pokemon starwars trustno computer internet whatever freedom hello hallo michael
jordan charlie company office ops opsagent agent desktop server default temp temporary access
abcdefghijklmnopqrstuvwxyz abcdef abcd abc xyz the my your is it me you new old please open sesame
money lucky cookie flower ginger hunter killer
""".split()  # noqa: SIM905  a long list is easier to read as text
_COMMON = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))
_LOOKS_LIKE = str.maketrans("013457@$!|", "oieastasil")
_RUNS = ("0123456789" * 3, "9876543210" * 3, "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")
_DIFFERENT = 5
"""Minimum of different characters: repetition does not count as length."""


def why_weak(password: str, email: str = "", name: str = "") -> str | None:
    """Why this password is refused, or None. Any character may be used, and none must."""
    if not LEAST <= len(password) <= MOST:
        return f"A password has {LEAST} to {MOST} characters."
    plain = password.casefold()
    if len(set(plain)) < _DIFFERENT or any(plain in run for run in _RUNS):
        return "This password repeats characters or counts: choose another one."
    own = [part for part in re.split(r"[\W_]+", f"{email} {name}".casefold()) if len(part) > 2]  # noqa: PLR2004  "an" is everywhere
    if own and not _rest(re.sub("|".join(map(re.escape, sorted(own, key=len, reverse=True))), "", plain)):
        return "This password consists of your own name: choose another one."
    if not _rest(plain):
        return "This password consists of very common words: choose another one."
    return None


def _rest(plain: str) -> str:
    """The letters that remain without the common words."""
    letters = re.sub(r"[\W\d_]", "", plain)
    middle = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    disguised = re.sub(r"[\W\d_]", "", middle.translate(_LOOKS_LIKE))
    return min((_COMMON.sub("", text) for text in (letters, disguised)), key=len)
