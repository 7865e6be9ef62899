"""What people's commands do, one file a subject. Each returns the job of one transaction; station/commands.py checks and runs it."""
