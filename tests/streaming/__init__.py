"""Is what listens over plain HTTP told as records, bounded, and ended?"""
