"""Are roll-ups exact, whoever writes and however?"""
