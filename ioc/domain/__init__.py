"""The nouns of the field: plain values, no I/O, imported by everyone and importing nobody."""
