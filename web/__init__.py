"""The web: the REST API under `/v1`, the pages for people, and the probes; all of it speaks HTTP only."""
