"""`python -m cli`: `ops-agent` without an installed script, as in the image."""

from cli.main import main

main()
