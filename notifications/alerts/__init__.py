"""When is somebody told that a figure is not as it should be? Rules as data, held against every computed figure."""
