"""Sinks: actors that carry frames and truths out. One file a kind; the file name is the word in scenarios."""
