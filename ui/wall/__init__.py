"""The wall display: which monitors it belongs on, what it says, and that the screen stays lit."""
