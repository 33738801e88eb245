"""Judges of photographs that trained nothing here: other people's networks, with weights the user has."""
