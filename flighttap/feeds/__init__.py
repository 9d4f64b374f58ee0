"""Where aircraft come from: dialled and listening TCP, recordings, a simulated sky."""
