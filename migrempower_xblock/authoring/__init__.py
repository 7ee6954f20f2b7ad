"""What Studio's editor needs to know about a document under way, whether it is right yet or not. Pure Python."""
