"""GovData Assistant."""
