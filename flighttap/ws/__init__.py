"""Rooms over WebSocket: the Autobahn protocol, its broadcasting factory, the resource that admits."""
