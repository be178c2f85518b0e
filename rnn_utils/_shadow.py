"""Says so plainly when a stray file in the working folder would hide the package."""

from __future__ import annotations

from pathlib import Path


def refuse_shadow(folder: Path | None = None) -> None:
    """Warn when `rnn_utils.py` lies in the working folder, where it hides the package.

    Parameters
    ----------
    folder : Path, optional
        Where to look; the working folder unless told.

    Raises
    ------
    ImportError
        If the folder holds a file `rnn_utils.py`.
    """
    stray = (folder or Path.cwd()) / "rnn_utils.py"
    if stray.is_file():
        raise ImportError(
            f"the file {stray.name} in {stray.parent} hides the package rnn_utils: "
            "rename it, restart the kernel, and import again"
        )
