"""Django's settings, from `CODERAUTH_…` variables only; docs/settings.md lists them.

Safe by default; `CODERAUTH_DEV=true`, which `make run` sets, loosens what a laptop needs.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from accounts.notices.kinds import KINDS
from accounts.providers.configuration import read_oidc
from accounts.providers.github_configuration import read_github
from coderauth.addresses import (
    ADDRESS_HEADER,
    GREETING,
    HOST,
    PREFIX,
    RECEIVER,
    REDIS,
    SENDER,
    SYSLOG,
    WEB_ADDRESS,
    domain_above,
    greeting_name,
)
from coderauth.env import Environment
from coderauth.fixed_settings import *  # noqa: F403  # All of them are settings.
from coderauth.fixed_settings import LOGGING
from scopes.engine.catalog import PUBLIC
from scopes.forward_auth.rules import ForwardRule, read_rules

env = Environment()

# --- where it runs --------------------------------------------------------------------------
DEV = env.flag(
    "DEV",
    default=False,
    meaning="For development: plain HTTP is not warned about. `make run` sets it.",
)
DEBUG = False  # Tracebacks never reach a browser, not even in development: they are in the log.
HTTP_ADDRESS = env.address("HTTP_ADDRESS", "127.0.0.1:3000", meaning="Where the server listens.")
_HOST = f"[{HTTP_ADDRESS[0]}]" if ":" in HTTP_ADDRESS[0] else HTTP_ADDRESS[0]
ACCESS_URL = env.origin(
    "ACCESS_URL",
    f"http://{_HOST}:{HTTP_ADDRESS[1]}",
    meaning="The address people use; `https://` switches secure cookies and HSTS on.",
    shown="`http://` and the address",
)
HTTPS = ACCESS_URL.startswith("https://")
DATA_DIR = (
    Path(env.text("DATA_DIR", "./var", meaning="Database, generated secret key and mail."))
    .expanduser()
    .resolve()
)
WORKERS = env.integer(
    "WORKERS", 2, minimum=1, maximum=64, meaning="Processes that answer requests."
)
THREADS = env.integer(
    "THREADS",
    16,
    minimum=2,
    maximum=256,
    meaning="Threads of each process; each has a database connection, and there is one more.",
)
REQUEST_TIMEOUT = env.duration(
    "REQUEST_TIMEOUT", "30s", meaning="How long a client may take to send a request."
)

LOG_FORMAT = env.choice(
    "LOG_FORMAT",
    "text",
    frozenset({"text", "json"}),
    meaning="How the log is written: `text`, or `json`, an object a line.",
)
LOGGING["handlers"]["console"]["formatter"] = LOG_FORMAT  # type: ignore[index]
PROMETHEUS_ADDRESS = env.optional_address(
    "PROMETHEUS_ADDRESS",
    meaning="Where `serve` answers `/metrics`, such as `127.0.0.1:2112`; nowhere if empty. "
    "Whoever reaches it may read it.",
)

# --- Django ---------------------------------------------------------------------------------
SECRET_KEY = env.secret_key(
    "SECRET_KEY",
    DATA_DIR / "secret_key",
    meaning="Signs cookies; the same on all replicas.",
    shown="generated in the data directory",
)
SECRET_KEY_FALLBACKS = env.secret_keys(
    "SECRET_KEY_FALLBACKS",
    meaning="Earlier secret keys, so that what they signed stays good; commas between.",
)
# Answers do not depend on the Host header: links are built from ACCESS_URL.
ALLOWED_HOSTS = ["*"]
# The first six serve every request; the `pages` ones let requests of the API through untouched.
MIDDLEWARE = [
    "coderauth.http.middleware.RequestIdentity",
    "coderauth.http.middleware.SecurityHeaders",
    "scopes.forward_auth.middleware.ForwardAuth",
    "coderauth.http.origin.OriginRule",
    "coderauth.http.csrf.ApiCsrf",
    "coderauth.http.ratelimit.CourtesyLimit",
    "coderauth.http.pages.StaticFiles",
    "coderauth.http.pages.Compression",
    "coderauth.http.pages.Csrf",
    "scopes.web.middleware.VisitorAuthentication",
    "coderauth.http.pages.Messages",
]

if PROMETHEUS_ADDRESS:
    MIDDLEWARE.insert(0, "coderauth.http.measuring.Measured")
if env.optional(
    "TRACING",
    module="opentelemetry.sdk",
    requirements="requirements-tracing.txt",
    meaning="Send OpenTelemetry traces to the collector at `OTEL_EXPORTER_OTLP_ENDPOINT`.",
):
    MIDDLEWARE.insert(0, "coderauth.http.tracing.Traced")

# --- database -------------------------------------------------------------------------------
PREPARED_STATEMENTS = env.flag(
    "DATABASE_PREPARED_STATEMENTS",
    default=True,
    meaning="Switch off behind a pooler that hands connections out by transaction.",
)
DATABASES = {
    "default": env.database(
        "DATABASE_URL",
        DATA_DIR / "coderauth.sqlite3",
        prepared_statements=PREPARED_STATEMENTS,
        meaning="`postgres://user:password@host:5432/name` or `sqlite:///path`.",
        shown="SQLite in the data directory",
    )
}
DATABASE_WAIT = env.retention(
    "DATABASE_WAIT",
    "20s",
    meaning="How long a start waits for a database, or a Redis, that does not answer yet.",
)
DATABASE_VARIABLE = "DATABASE_URL" if env.text("DATABASE_URL") else "DATA_DIR"

REDIS_URL = env.formed(
    "REDIS_URL", REDIS, meaning="Counts the limits on sign-in instead of the database."
)

# --- mail and tasks -------------------------------------------------------------------------
_SMARTHOST = env.text(
    "EMAIL_SMARTHOST",
    meaning="`host:port` of the mail server; without it, mail is `.eml` files in `mail/`.",
)
DEFAULT_FROM_EMAIL = env.formed(
    "EMAIL_FROM", SENDER, "coderauth@localhost", meaning="Sender of mail."
)
EMAIL_HOST_USER = env.text("EMAIL_USERNAME", meaning="For the mail server.")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", meaning="For the mail server.")
if bool(EMAIL_HOST_USER) != bool(EMAIL_HOST_PASSWORD):
    raise env.wrong("EMAIL_USERNAME", "and EMAIL_PASSWORD must be set both, or neither")
EMAIL_TLS = env.choice(
    "EMAIL_TLS",
    "none",
    frozenset({"none", "starttls", "tls"}),
    meaning="`none`, `starttls` or `tls`.",
)
EMAIL_USE_TLS = EMAIL_TLS == "starttls"
EMAIL_USE_SSL = EMAIL_TLS == "tls"
EMAIL_TIMEOUT = 10
EMAIL_HELLO = env.formed(
    "EMAIL_HELLO",
    GREETING,
    meaning="The name with which we greet the mail server.",
    shown="the host of the access URL",
) or greeting_name(urlsplit(ACCESS_URL).hostname or "")
if _SMARTHOST:
    EMAIL_BACKEND = "coderauth.mail.SmtpBackend"
    EMAIL_HOST, EMAIL_PORT = env.address("EMAIL_SMARTHOST", "")
else:
    EMAIL_BACKEND = "coderauth.mail.EmlFileBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
NOTICES_OFF = env.choices(
    "NOTICES_OFF",
    [*KINDS],
    meaning="Notices that nobody gets by mail, such as `new_device`; commas between.",
)

# --- what the API promises ------------------------------------------------------------------
SESSION_DURATION = env.duration(
    "SESSION_DURATION", "24h", meaning="How long an unused session lives."
)
REAUTHENTICATE_AFTER = env.retention(
    "REAUTHENTICATE_AFTER",
    "1h",
    meaning="How long after a sign-in a browser may do sensitive things; `0`: for ever.",
)
MAX_SESSION_LIFETIME = env.retention(
    "MAX_SESSION_LIFETIME",
    "720h",
    meaning="How long after its sign-in a session ends, however much it is used; 0: never.",
)
MAX_SESSIONS_PER_USER = env.integer(
    "MAX_SESSIONS_PER_USER",
    0,
    minimum=0,
    maximum=10_000,
    meaning="One more sign-in ends the session that was used longest ago; 0: no limit.",
)
TOKEN_PREFIX = env.formed(
    "TOKEN_PREFIX",
    PREFIX,
    meaning="Begins new tokens, such as `acme_`, so that scanners find leaked ones; a checksum "
    "then ends them. Tokens without it stay good.",
)
DEFAULT_TOKEN_LIFETIME = env.duration(
    "DEFAULT_TOKEN_LIFETIME",
    "168h",
    meaning="How long a token lives when no lifetime was asked for.",
)
MAX_TOKEN_LIFETIME = env.duration(
    "MAX_TOKEN_LIFETIME", "876600h", meaning="The longest life of a token."
)
MAX_ADMIN_TOKEN_LIFETIME = env.duration(
    "MAX_ADMIN_TOKEN_LIFETIME", "168h", meaning="The longest life of an owner's token."
)
FIXED_KEY_ENDS = env.flag(
    "FIXED_KEY_ENDS",
    default=False,
    meaning="Let no token outlive the end that it was made with, however much it is used.",
)
FORBID_FULL_ACCESS_KEYS = env.flag(
    "FORBID_FULL_ACCESS_KEYS",
    default=False,
    meaning="Let nobody make a token that may do everything its owner may.",
)
KEY_SCOPES = env.choices(
    "KEY_SCOPES", PUBLIC, meaning="The scopes that tokens can be given; commas between; empty: all."
)
MAX_KEYS_PER_USER = env.integer(
    "MAX_KEYS_PER_USER",
    0,
    minimum=0,
    maximum=100_000,
    meaning="How many tokens one may have that have not ended; 0: as many as one likes.",
)
ROTATION_GRACE = env.retention(
    "ROTATION_GRACE",
    "24h",
    meaning="How long the old secret of a rotated key works on when nothing else was asked for.",
)
MAX_ROTATION_GRACE = env.retention(
    "MAX_ROTATION_GRACE", "168h", meaning="The longest that an old secret may work on."
)
if ROTATION_GRACE > MAX_ROTATION_GRACE:
    raise env.wrong("ROTATION_GRACE", "must not be longer than CODERAUTH_MAX_ROTATION_GRACE")
UNUSED_KEYS_EXPIRE_AFTER = env.retention(
    "UNUSED_KEYS_EXPIRE_AFTER",
    "0",
    meaning="How long a token may be unused until the worker makes it expire; 0: for ever.",
)
SESSION_EXPIRY_REFRESH = not env.flag(
    "DISABLE_SESSION_EXPIRY_REFRESH",
    default=False,
    meaning="Let keys end even while they are used.",
)
PASSWORD_AUTH_ENABLED = not env.flag(
    "DISABLE_PASSWORD_AUTH", default=False, meaning="Let nobody sign in with a password."
)
ONE_TIME_PASSCODE_TTL = env.duration(
    "ONE_TIME_PASSCODE_VALIDITY_PERIOD", "10m", meaning="How long a mailed passcode is good."
)
# Mails that one account is sent in an hour, whoever asks; the newest stays good.
ONE_TIME_PASSCODES_AN_HOUR = 5
CONVERSION_TTL = timedelta(minutes=5)
DORMANCY_AFTER = env.duration(
    "DORMANCY_AFTER",
    "2160h",
    meaning="How long somebody must be unseen to become dormant (`manage.py mark_dormant`).",
)
PROTECT_OWNERS = env.flag(
    "PROTECT_OWNERS",
    default=True,
    meaning="Let only owners change owners, and nobody change people with more rights.",
)

# --- people who sign in elsewhere -----------------------------------------------------------
OIDC_PROVIDERS = read_oidc(env)
GITHUB_PROVIDER = read_github(env)
PROVIDER_TIMEOUT = env.duration(
    "PROVIDER_TIMEOUT",
    "10s",
    meaning="How long all calls to a provider for one sign-in may take together.",
)
# Says whether a provider's session still stands; called with the link's id.
PROVIDER_SESSION_RENEWAL = "accounts.links.renewal.link_renew"
DORMANCY_END = "accounts.people.dormancy.user_wake"
ENCRYPTION_KEY = env.secret_key(
    "ENCRYPTION_KEY",
    DATA_DIR / "encryption_key",
    meaning="Encrypts the tokens of providers; the same on all replicas.",
    shown="generated in the data directory",
)
ENCRYPTION_KEY_FALLBACKS = env.secret_keys(
    "ENCRYPTION_KEY_FALLBACKS",
    meaning="Earlier keys, until `manage.py rotate_encryption` has run; commas between.",
)

KEY_FILES = env.key_files

# --- the audit -------------------------------------------------------------------------------
# Finds the organization that a search of the audit names; called with an id or a name.
ORGANIZATION_LOOKUP = "scopes.organizations.selectors.organization_find"
# Finds those that a page of the audit names; called with their ids.
ORGANIZATIONS_LOOKUP = "scopes.organizations.selectors.organizations_by_id"

AUDIT_WEBHOOK_URL = env.formed(
    "AUDIT_WEBHOOK_URL", RECEIVER, meaning="Is sent each entry of the audit, as CloudEvents."
)
AUDIT_WEBHOOK_SECRET = env.text(
    "AUDIT_WEBHOOK_SECRET", meaning="Signs what the webhook is sent; needed with it."
)
if bool(AUDIT_WEBHOOK_URL) != bool(AUDIT_WEBHOOK_SECRET):
    raise env.wrong("AUDIT_WEBHOOK_SECRET", "goes with CODERAUTH_AUDIT_WEBHOOK_URL: set both")
AUDIT_SYSLOG = env.formed(
    "AUDIT_SYSLOG", SYSLOG, meaning="Is sent each entry, such as `tls://logs.example.org:6514`."
)

# --- what the worker, once a day, and `manage.py prune` delete -------------------------------
AUDIT_RETENTION = env.retention(
    "AUDIT_RETENTION", "0", meaning="How long audit entries are kept; 0: for ever."
)
EXPIRED_KEY_RETENTION = env.retention(
    "EXPIRED_KEY_RETENTION", "720h", meaning="How long expired keys are kept; 0: for ever."
)

# --- passwords ------------------------------------------------------------------------------
PASSWORD_HASHERS = ["accounts.passwords.hashers.Argon2id", "accounts.passwords.hashers.CoderPBKDF2"]
ARGON2_TIME_COST = env.integer(
    "ARGON2_TIME_COST",
    2,
    minimum=1,
    maximum=64,
    meaning="Passes over memory that a password hash makes.",
)
ARGON2_MEMORY_KIB = env.integer(
    "ARGON2_MEMORY_KIB",
    102_400,
    minimum=8,
    maximum=4_194_304,
    meaning="Memory of a password hash, in KiB.",
)
ARGON2_PARALLELISM = env.integer(
    "ARGON2_PARALLELISM", 8, minimum=1, maximum=64, meaning="Parallel lanes of a password hash."
)
if ARGON2_MEMORY_KIB < 8 * ARGON2_PARALLELISM:
    raise env.wrong(
        "ARGON2_MEMORY_KIB", f"must be at least 8 for each of {ARGON2_PARALLELISM} lanes"
    )
PASSWORD_HASH_CONCURRENCY = env.integer(
    "PASSWORD_HASH_CONCURRENCY",
    1,
    minimum=1,
    maximum=64,
    meaning="Password hashes that a process may compute at once.",
)

# --- limits and proxies ---------------------------------------------------------------------
API_RATE_LIMIT = env.integer(
    "API_RATE_LIMIT",
    512,
    minimum=-1,
    maximum=10**9,
    meaning="Requests in a minute, for each client and path; 0 or less: no limit.",
)
LOGIN_RATE_LIMIT = 60
# Requests in a minute with a key that does not exist, for each address. The lock is that secrets
# have 131 random bits.
KEY_GUESS_LIMIT = 300
RATE_LIMITS_ENABLED = not env.flag(
    "DANGEROUS_DISABLE_RATE_LIMITS",
    default=False,
    meaning="Switch off all limits, even those on sign-in.",
)
PROXY_TRUSTED_HEADERS = env.words(
    "PROXY_TRUSTED_HEADERS",
    form=ADDRESS_HEADER,
    meaning="Headers in which a proxy names the client, such as `X-Forwarded-For` or `Forwarded`; "
    "commas between.",
)
PROXY_TRUSTED_ORIGINS = env.networks(
    "PROXY_TRUSTED_ORIGINS", meaning="Addresses or networks of those proxies; commas between."
)

TOKENS_IN_QUERY = not env.flag(
    "DISABLE_QUERY_TOKENS",
    default=False,
    meaning="Take no token from the address, where logs and histories keep it.",
)

# --- browsers -------------------------------------------------------------------------------
SECURE_AUTH_COOKIE = env.flag(
    "SECURE_AUTH_COOKIE",
    default=HTTPS,
    meaning="Send cookies over HTTPS only.",
    shown="`true` if the access URL is HTTPS",
)
SAMESITE_AUTH_COOKIE = env.choice(
    "SAMESITE_AUTH_COOKIE", "lax", frozenset({"lax", "none"}), meaning="`lax` or `none`."
)
STRICT_TRANSPORT_SECURITY = env.integer(
    "STRICT_TRANSPORT_SECURITY",
    31_536_000 if HTTPS else 0,
    minimum=0,
    maximum=10**9,
    meaning="Seconds of HSTS; 0: none.",
    shown="a year if the access URL is HTTPS",
)
STRICT_TRANSPORT_SECURITY_OPTIONS = env.choices(
    "STRICT_TRANSPORT_SECURITY_OPTIONS",
    ("includeSubDomains", "preload"),
    meaning="`includeSubDomains`, `preload`; commas between. The first forbids plain HTTP to all "
    "hosts below the access URL's.",
)
# Of the API. Nobody can be signed in there yet.
CSRF_EXEMPT_PATHS = frozenset({"/api/v2/users/first"})
CSRF_COOKIE_NAME = "coderauth_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = SECURE_AUTH_COOKIE
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [
    ACCESS_URL,
    *env.origins(
        "ADDITIONAL_ORIGINS",
        meaning="More origins at which people reach this service, for other host names of it; "
        "commas between.",
    ),
]
CSRF_FAILURE_VIEW = "coderauth.http.pages.csrf_failure"
SESSION_COOKIE_SECURE = SECURE_AUTH_COOKIE  # Notices are sent in a cookie that obeys this.
TERMS_OF_SERVICE_URL = env.formed(
    "TERMS_OF_SERVICE_URL", WEB_ADDRESS, meaning="Linked on the sign-in page."
)

CORS_ALLOWED_ORIGINS = env.origins(
    "CORS_ORIGINS",
    meaning="Origins whose pages may call the API with a key, never with the cookie; commas "
    "between.",
)
if CORS_ALLOWED_ORIGINS:
    # Before the rules for writes, whose refusals a page may read, too. After the questions of
    # proxies: it says yes to every question before a request of another site.
    MIDDLEWARE.insert(3, "corsheaders.middleware.CorsMiddleware")

# --- reverse proxies that ask ---------------------------------------------------------------
FORWARD_AUTH_RULES: Sequence[ForwardRule] = env.file(
    "FORWARD_AUTH_RULES",
    read_rules,
    [],
    meaning="A file of rules for `/api/v2/auth/forward`: which requests need what.",
)
FORWARD_AUTH_HOSTS = env.words(
    "FORWARD_AUTH_HOSTS",
    form=HOST,
    meaning="Hosts of applications that signing in may return to; commas between.",
)
FORWARD_AUTH_COOKIE_DOMAIN = env.formed(
    "FORWARD_AUTH_COOKIE_DOMAIN",
    domain_above([urlsplit(origin).hostname or "" for origin in CSRF_TRUSTED_ORIGINS]),
    meaning="The domain of the session cookie, so that applications below it have it, too.",
)

env.refuse_unknown("URL", "TOKEN")  # Those two are read by the published clients.
