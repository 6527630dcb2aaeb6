"""The doors: what comes in is looked at here, once, before anything else sees it."""
