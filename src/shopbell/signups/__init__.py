"""Sign-up forms: hosted or in the shop's page, confirmed by a link in a mail (double opt-in).

Owned: the forms with their wording and its versions, each sign-up with its proof, and the mails
about them. A newcomer's mistake: telling the page whether an address is known. It says the same to
everybody; what is to be said goes to the mailbox.
"""
