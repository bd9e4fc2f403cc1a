"""Does the Django admin show everyone what is theirs, and nothing else?"""
