"""Where the files of the systems are."""

from pathlib import Path

SDI = Path(__file__).parents[3] / "sdi"
SMALL = Path(__file__).parents[2] / "support" / "small_sdi"
