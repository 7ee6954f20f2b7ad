"""Frameworks of competences, the answers learners give and what follows from them. Pure Python."""
