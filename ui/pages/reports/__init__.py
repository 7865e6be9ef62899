"""The page Reports: what was made, what is planned, templates, serious problems, evaluations."""
