"""One script for each question; each prints what it measured, and for each goal a line: name, value, goal, met or short."""
