"""`python -m bench [NAME]` runs a benchmark, or lists them. The last line of each is a JSON object."""

import importlib
import pkgutil
import sys

import bench


def main(arguments: list[str]) -> int:
    """Exit code 2 for an unknown benchmark."""
    names = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if module.name[0] != "_")
    if not arguments:
        for name in names:
            about = importlib.import_module(f"bench.{name}").__doc__ or ""
            print(f"{name:<12} {about.strip().splitlines()[0]}")
        return 0
    name = arguments[0].replace("-", "_")
    if name not in names:
        print(f"There is no benchmark {arguments[0]}, only: {', '.join(names)}", file=sys.stderr)
        return 2
    return int(importlib.import_module(f"bench.{name}").main())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
