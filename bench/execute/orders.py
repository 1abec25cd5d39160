"""What a cell's process is told to do, a line each; both ends know these words."""

ENTER, ADVANCE, EPOCH, LEAVE = "enter", "advance", "epoch", "leave"
