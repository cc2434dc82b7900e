"""The auditors' portal: reading the log of one's ministry."""
