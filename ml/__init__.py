"""The model: reads the emotion in a text, learns from corrected texts; knows nothing of Telegram or SQL."""
