"""The spatial data infrastructure: layers are published, joined to places, and served as OGC API Features."""
