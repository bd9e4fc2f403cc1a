"""Who is a client, and which negocios, roles and rooms does it hold?"""
