"""Django settings, built from `environment.py`. Nothing here is read from elsewhere."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from shopbell.config.database import database_settings
from shopbell.config.environment import load

ENVIRONMENT = load()
SOURCE = Path(__file__).resolve().parent.parent

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False
ALLOWED_HOSTS = ["*"]  # the host is not trusted anywhere: links are built from SHOPBELL_BASE_URL
BASE_URL = ENVIRONMENT.base_url
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
CLAMAV = ENVIRONMENT.clamav  # where files from outside are looked through; empty: nowhere
METRICS_TOKEN = ENVIRONMENT.metrics_token  # lets /metrics be read from other machines
SECURE = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "shopbell.accounts",  # before allauth: its templates replace those of allauth
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "shopbell.web",
    "shopbell.events",
    "shopbell.calendars",
    "shopbell.connections",
    "shopbell.customers",
    "shopbell.orders",
    "shopbell.consent",
    "shopbell.segments",
    "shopbell.messaging",
    "shopbell.conversations",
    "shopbell.feedback",
    "shopbell.interests",
    "shopbell.alerts",
    "shopbell.notifications",
    "shopbell.remedies",
    "shopbell.contact_forms",
    "shopbell.journeys",
    "shopbell.campaigns",
    "shopbell.signups",
    "shopbell.privacy",
    "shopbell.slas",
    "shopbell.assignments",
    "shopbell.calls",
    "shopbell.announcements",
    "shopbell.results",
    "shopbell.automations",  # after all that add words to the rulebook
    "shopbell.edge",
    "shopbell.portal",
    "shopbell.backoffice",
    "shopbell.sandbox",
    *(["shopbell.demo"] if (SOURCE / "demo").is_dir() else []),  # a folder that can be deleted
    "shopbell.config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "shopbell.web.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "shopbell.web.middleware.ErrorPages",
    # Below ErrorPages: it answers allauth's own exceptions (confirm who you are) before that.
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "shopbell.config.urls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shopbell.web.context.shell",
            ],
        },
    },
]
WSGI_APPLICATION = None
FORM_RENDERER = "shopbell.web.forms.Renderer"
CSRF_FAILURE_VIEW = "shopbell.web.errors.stale_form"
NAVIGATION = "shopbell.config.navigation.NAVIGATION"
SHELL_PERSON = "shopbell.assignments.shell.person_menu"
SHELL_SCRIPTS = ["alerts/alerts.js"]  # modules on every page of a store
SHELL_BAR = "shopbell.demo.bar.bar" if "shopbell.demo" in INSTALLED_APPS else ""

DATABASES = {"default": database_settings(ENVIRONMENT)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"}
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "shopbell.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session goes on; all others end by their hash
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_TOTP_ISSUER = "Shopbell"

SESSION_COOKIE_AGE = int(timedelta(days=7).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
# Two homes on one host share a cookie jar: the port keeps their sessions apart.
SESSION_COOKIE_NAME = f"shopbell_session_{ENVIRONMENT.port}"
CSRF_COOKIE_NAME = f"shopbell_csrf_{ENVIRONMENT.port}"
CSRF_COOKIE_SECURE = SECURE
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.NONCE, CSP.STRICT_DYNAMIC],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:", "https:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "frame-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "connect-src": [CSP.SELF],
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [SOURCE / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.home / "static"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
MEDIA_ROOT = ENVIRONMENT.home / "media"

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
LOGGING_CONFIG = None
SILENCED_SYSTEM_CHECKS: list[str] = []
