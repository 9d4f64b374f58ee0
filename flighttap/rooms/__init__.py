"""Rooms: versioned tables of aircraft, and the cursors that read them."""
