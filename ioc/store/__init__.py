"""Every SQL statement of the project, one module per aggregate; functions take a connection and know nothing of HTTP or MQTT."""
