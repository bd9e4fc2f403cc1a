"""What do the make targets need beyond one command? Development only; nothing here is imported by Pulso."""
