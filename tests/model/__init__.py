"""Does every client have what it must have, whatever goes wrong in between, in whatever order?"""
