"""What a study answers, on one screen."""
