"""Both clouds on this machine: the real runtimes, run from the compiled bundle, without account or network."""
