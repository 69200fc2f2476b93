"""How the small models of the local analysers were made: scripts run by hand, never by the product."""
