"""What a person sees: texts in English and Russian, keyboards, bars."""
