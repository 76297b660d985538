"""Nobody conducts: each service knows its own reactions to what it hears. No page in here shows the whole flow."""
