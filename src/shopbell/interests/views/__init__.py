"""Pages: the form, the link of the mail, and the lists for staff."""
