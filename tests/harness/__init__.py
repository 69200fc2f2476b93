"""The test ground: real databases, a real broker, real workers, and proofs read from the database."""
