"""Reports: one HTML page that holds everything it shows, for a run or a data set."""
