"""Whether gradients vanish or explode with depth."""
