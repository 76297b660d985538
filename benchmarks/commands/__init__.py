"""What `harmony` can be told to do, a file per word or family of words. Each asks, shows and sets the exit code."""
