"""Cuts the map that the page carries out of public data; see __main__.py."""
