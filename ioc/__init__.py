"""Backend and live map of a smart-city intelligent operations centre."""

__version__ = "0.1.0"
