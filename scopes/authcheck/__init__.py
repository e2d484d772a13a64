"""Answers to whether somebody may do something, for services that ask."""
