"""The fault suite: every fault is shown to have fired, and nothing may be lost, doubled or stuck by it."""
