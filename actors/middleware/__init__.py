"""What stands around every message; their order is given once, in `actors/__init__.py`."""
