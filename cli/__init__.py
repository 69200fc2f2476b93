"""The `gristmill` command: it starts, stops, submits and shows; what jobs are, the layers below know."""
