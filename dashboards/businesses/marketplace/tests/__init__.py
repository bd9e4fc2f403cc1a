"""Is the kind `marketplace` what it says?"""
