"""What rules of the desk begin with, ask, and do. Importing a module here registers its words."""
