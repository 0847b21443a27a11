"""Rules, their state machine and what operators do with alerts; knows nothing of MQTT or sockets."""
