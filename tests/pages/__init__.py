"""What does a person see in a real browser, of a real server?"""
