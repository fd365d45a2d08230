import io
import shlex
import tarfile
from pathlib import Path, PurePosixPath

# The build's own fonts file names AWS Lambda's directories: without this one no text is drawn.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>{home}/fonts</dir><cachedir>{home}/cache</cachedir></fontconfig>
"""
# The build's libraries come after the machine's own, which are newer.
LAUNCH = """#!/bin/sh
here={home}
export FONTCONFIG_FILE="$here/fonts.xml" LD_LIBRARY_PATH="${{LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}}$here/lib"
exec "$here/chromium" "$@"
"""


def unpack(package: Path, into: Path, home: Path) -> None:
    """Unpacks the npm tarball of @sparticuz/chromium into `into`, which will be moved to `home`.

    `home/launch` then starts the browser. OSError, ValueError; ImportError without the dependency `brotli`.
    """
    import brotli  # type: ignore[import-untyped]  # of the dependency group `local`, and needed nowhere else

    into.mkdir()
    with tarfile.open(package) as outer:
        for member in outer:
            name = PurePosixPath(member.name).name
            stream = outer.extractfile(member) if name.endswith(".br") else None
            if stream is None:
                continue
            content = brotli.decompress(stream.read())
            if name.endswith(".tar.br"):
                with tarfile.open(fileobj=io.BytesIO(content)) as inner:
                    inner.extractall(into, filter="data")
            else:
                (into / "chromium").write_bytes(content)
    (into / "chromium").chmod(0o755)
    (into / "fonts.xml").write_text(FONTS.format(home=home))
    launch = into / "launch"
    launch.write_text(LAUNCH.format(home=shlex.quote(str(home))))
    launch.chmod(0o755)
