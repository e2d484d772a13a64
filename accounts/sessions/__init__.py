"""Sessions: signing in, signing out, and the cookies of both."""
