"""Where does Pulso get a PostgreSQL when nobody named one? From here: `ENGINE = "realtime.embedded"`."""
