"""What outlives the process: SQLite files, each in the charge of one module."""
