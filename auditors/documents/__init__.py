"""What leaves the log on paper: PDF documents in the State's manner, in French whoever asks."""
