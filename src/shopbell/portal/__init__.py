"""What customers see without signing in: tracking page, unsubscribe and preferences, click links."""
