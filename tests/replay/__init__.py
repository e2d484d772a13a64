"""Send the recorded exchanges to our own server and compare its answers with the recorded ones."""
