"""One conductor tells each service what to do, and hears every answer."""
