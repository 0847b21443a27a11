"""Everything that a machine without services needs to show ioc: an embedded database and broker, and a simulated province."""
