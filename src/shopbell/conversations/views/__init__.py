"""Pages of the inbox: reading, writing, acting, files."""
