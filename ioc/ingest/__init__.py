"""From a field system's message to committed rows; knows nothing of rules, sockets or geometry."""
