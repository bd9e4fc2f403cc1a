"""What do tests and benchmarks need around them? A PostgreSQL, a Redis, a Chromium, a Node.js, while they run."""
