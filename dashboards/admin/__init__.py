"""What can be managed in the Django admin? Negocios and people here, each kind's rows in its own folder."""

from django.contrib import admin

from dashboards.admin import attachments, negocio, people

__all__ = ["attachments", "negocio", "people"]

admin.site.site_header = "Pulso"
admin.site.site_title = "Pulso"
admin.site.index_title = "Negocios y sus datos"
