"""What happened: readings and events by station, type, unit and time, for people who ask afterwards."""
