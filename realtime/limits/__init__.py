"""How much may clients ask of one process? Each limit returns an outcome or raises; the caller answers."""
