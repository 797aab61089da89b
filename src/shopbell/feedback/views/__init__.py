"""Pages: the question as customers see it, and the answers as staff read them."""
