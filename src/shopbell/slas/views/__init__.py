"""The set-up pages of hours and of promises."""
