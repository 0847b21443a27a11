"""What is well and what is not on an installation, each with what to do about it."""
