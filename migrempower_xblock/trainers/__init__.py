"""What a course's trainers see and do: the report, one learner, counselling, files to take away."""
