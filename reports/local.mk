# parts of the build that belong to reports/
