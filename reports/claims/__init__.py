"""Whether what is claimed of learning without back-propagation through the chain holds here."""
