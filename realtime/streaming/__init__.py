"""How does a client listen over plain HTTP, where its network blocks WebSocket?"""
