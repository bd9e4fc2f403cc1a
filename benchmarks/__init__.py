"""How fast is it? Each benchmark exits non-zero when a single message is missing."""
