"""What the project is made with, and needs for nothing else."""
