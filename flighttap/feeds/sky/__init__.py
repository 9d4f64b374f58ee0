"""A sky of our own: who flies, where to, how it moves and what its transponders send.

Pure: time steps and randomness are arguments, nothing here knows Twisted.
``world`` runs the sky, ``plans`` says where flights go, ``motion`` moves them,
``transponder`` and ``frames`` put into Mode S what a receiver would hear;
``places`` and ``fleet`` are the tables.
"""
