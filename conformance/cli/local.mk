# Transcripts of the command line: what is typed, what is printed, the exit status.
TESTS += %D%/layer.t %D%/transcripts.t %D%/real.t %D%/new-plugin.t %D%/numpy.t
EXTRA_DIST += %D%/layer.t %D%/transcripts.t %D%/real.t %D%/new-plugin.t %D%/numpy.t %D%/bad-input.txt %D%/bad-plugins.txt %D%/run.txt %D%/explain.txt %D%/list.txt
