"""Networks, and the head and loss that follow from the data."""
