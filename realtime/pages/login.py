"""How does somebody log in?"""

from django.contrib.auth.views import LoginView
from django.utils.decorators import method_decorator

from realtime.authentication.attempts import PatientForm
from realtime.pages.policy import own_content_only


class LoginForm(PatientForm):
    """Django's, in the pages' one language whatever the browser asks for."""

    error_messages = {
        "invalid_login": "El usuario o la contraseña no son correctos.",
        "inactive": "Esta cuenta está desactivada.",
    }


@method_decorator(own_content_only, name="dispatch")
class Login(LoginView):
    template_name = "pulso/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True
