"""The numbers: businesses, their data and their figures. Knows no socket."""
