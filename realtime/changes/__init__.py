"""How does a committed change become a message to its room?"""
