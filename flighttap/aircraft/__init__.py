"""What flighttap knows of an aircraft: its identity, fields, observations and fused state."""
