"""What customers see without signing in: tracking, preferences, click and open links."""
