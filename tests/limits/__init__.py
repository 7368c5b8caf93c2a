"""Every limit that a file or a setting names, proved from that file to the message that leaves or stays: one module a limit."""
