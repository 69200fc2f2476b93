"""The outside world: LLMs, sources, channels, documents, safety; it knows no analysis, table or actor."""
