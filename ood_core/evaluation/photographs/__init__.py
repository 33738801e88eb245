"""Everything measured on real photographs: how faces are found, put back, and edited."""
