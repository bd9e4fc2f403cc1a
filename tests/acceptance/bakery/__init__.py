"""A sixth kind of business, which no module names: put into dashboards/businesses, it is there (test_sixth_kind.py)."""
