"""For instructors: answer banks, releases and what nbgrader needs to grade them fairly."""
