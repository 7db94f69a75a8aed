"""The REST API, `/api/v1/`: the same queries and rules as the pages."""
