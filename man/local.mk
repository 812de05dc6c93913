# parts of the build that belong to man/
