"""What trainers see of a cohort: summaries that merge, and the statistics on them. Pure Python."""
