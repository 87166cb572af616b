"""The only room that knows SQL: one database, its tables, and a small module of functions for each subject."""
