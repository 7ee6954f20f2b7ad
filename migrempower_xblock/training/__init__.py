"""Training: modules, activities, marking and runs. Pure Python."""
