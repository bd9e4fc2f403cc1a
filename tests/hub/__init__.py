"""Does the hub tell every socket of its process what it should, and the relay bring it?"""
