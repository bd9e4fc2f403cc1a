"""What does Pulso cost beside what people would use instead? Each peer is served from a folder of this package."""
