#!/usr/bin/env python3
"""The front door of the repository: `python3 dev.py demo` opens the demo room, `python3 dev.py test` checks everything.

This file must parse on any old Python, so that it can tell which one it needs. The work is done in devtools/.
"""

# ruff: noqa: PTH100, PTH110, PTH120, UP030, UP032, UP036
import os
import sys

if sys.version_info < (3, 11):
    folders = os.environ.get("PATH", "").split(os.pathsep)
    newer = [name for name in ("python3.13", "python3.12", "python3.11") if any(os.path.exists(folder + "/" + name) for folder in folders)]
    tell = sys.stderr.write
    tell("dev.py: CityOps Desktop needs Python 3.11, 3.12 or 3.13; this is {0} ({1}).\n".format(sys.version.split()[0], sys.executable))
    if newer:
        tell("Start it with a newer one of this machine: {0} dev.py {1}\n".format(newer[0], " ".join(sys.argv[1:])))
    else:
        tell("Install one (Debian 12 and newer: sudo apt-get install python3 python3-venv), and start dev.py with it.\n")
    sys.exit(2)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from devtools.door import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
