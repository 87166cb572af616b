"""How updates arrive, and when Telegram is told that they were handled."""
