"""What is learnt: the data sets that can be named, how they are read, split and kept."""
