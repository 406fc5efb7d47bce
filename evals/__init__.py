"""The evaluation suites: cases + subject + scorers -> a report one can defend (docs/evaluation.md)."""
