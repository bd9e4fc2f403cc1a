"""Does the kind citas tell the truth about its rows?"""
