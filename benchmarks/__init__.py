"""The tap beside its peers: the same pages, the same server, in one run."""
