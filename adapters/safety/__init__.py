"""Safety: what stands between us and texts, files and addresses that came from outside."""
