"""`python -m cli`: `ops-agent` where nothing is installed, as in the image."""

from cli.main import main

main()
