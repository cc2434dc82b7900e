"""API tokens: how software of a ministry shows that it may use the API."""
