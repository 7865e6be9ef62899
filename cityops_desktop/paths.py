"""Where things lie: resources beside the package, the data directory of a station. Creates nothing but the data directory."""

import os
from pathlib import Path

import platformdirs

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.texts import N_

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "resources"
PROFILES = RESOURCES / "profiles"
ROOMS = RESOURCES / "rooms"
FONTS = RESOURCES / "fonts"


def check_layout() -> None:
    """Refuse to run when `ui` and `drivers` are not the siblings of this package (another project shadows them)."""
    import importlib.util

    for name in ("ui", "drivers"):
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve().parent.parent if spec and spec.origin else None
        if found != ROOT:
            raise OperatorError(
                Problem(
                    what=N_("the package “{name}” was found in {found}, not beside cityops_desktop"),
                    do=N_("run the program from its own environment, without another “{name}” on the Python path"),
                    where=str(ROOT),
                    params={"name": name, "found": str(found)},
                )
            )


def default_data() -> Path:
    """The data directory when --data is not given."""
    return Path(platformdirs.user_data_dir("cityops-desktop", appauthor=False))


def prepare_data(data: Path) -> Path:
    """Make the data directory (0700 where the system knows modes) and return its absolute path. OperatorError when it cannot be."""
    data = data.expanduser().absolute()
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            data.chmod(0o700)
    except OSError as error:
        raise OperatorError(
            Problem(
                what=N_("the data directory cannot be used: {error}"),
                do=N_("choose another directory with --data, or give this user the right to write there"),
                where=str(data),
                params={"error": error.strerror or str(error)},
            ),
            Exit.STORE,
        ) from error
    return data
