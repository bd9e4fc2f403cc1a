"""Does each dialect say and understand what wire.md says, to the letter?"""
