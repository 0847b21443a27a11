"""What the systems of a province send as figures by unit and period; knows neither how messages come in nor what is drawn of it."""
