"""Wire formats: how a frame and a truth become bytes. One file a format; the file name is the word in scenarios."""
