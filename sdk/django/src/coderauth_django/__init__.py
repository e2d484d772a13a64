"""Take the keys of coderauth in services written in Django REST framework.

`authentication.KeyAuthentication` says who calls, `permissions.DeclaredNeeds` whether they may.
"""

from coderauth_django.version import VERSION

__version__ = VERSION
__all__ = ["VERSION"]
