"""The page of the statistics: tables with charts of four subjects, and the calendar of what was recorded."""
