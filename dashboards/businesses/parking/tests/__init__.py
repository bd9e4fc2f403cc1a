"""Does the kind parking tell the truth about its rows?"""
