"""Who somebody is, and what that lets them do: roles by room, tokens and keys."""
