"""What was declared and what ran: the plan, the metrics, the runs and how they pair."""
