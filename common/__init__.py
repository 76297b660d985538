"""What both patterns share and mean alike. Nothing in here knows which of the two it is working for."""
