"""`aimaq bench`: how fast the stand is, against a naive build of itself and against the limit of this machine."""
