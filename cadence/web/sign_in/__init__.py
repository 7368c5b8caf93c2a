"""How people come in: the sign-in page, links, the company's provider, the break-glass password, and the way out."""
