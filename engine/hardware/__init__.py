"""Real hardware as others tell of it: the documents of monitors, the files of Linux, and the six quantities in them."""
