# parts of the build that belong to conformance/
