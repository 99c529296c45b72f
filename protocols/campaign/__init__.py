"""Many runs of one test object, judged as a whole."""
