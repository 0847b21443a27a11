"""Features in the forms in which somebody may want them: one module for each, with one function `encode`."""
