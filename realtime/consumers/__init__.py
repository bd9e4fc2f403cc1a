"""What does a WebSocket connection do, from upgrade to close?"""
