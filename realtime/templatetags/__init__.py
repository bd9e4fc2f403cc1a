"""What can our templates say that Django's can't?"""
