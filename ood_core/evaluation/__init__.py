"""Evaluation: true edits of people and things that no network has seen, methods, figures, the benchmark."""
