"""The offline analysers: pure functions over text, no network, no model files, no clock."""
