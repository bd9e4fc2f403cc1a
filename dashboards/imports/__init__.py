"""How do rows of somebody's CSV file become rows of a kind, at once (import_csv) or in time (replay)?"""
