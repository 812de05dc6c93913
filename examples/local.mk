# An out-of-tree plugin: an example to read, and what `attnbench new-plugin` copies.
nobase_dist_pkgdata_DATA += %D%/simple/simple.c %D%/simple/Makefile %D%/simple/README.md
EXTRA_DIST += %D%/installcheck.sh
installcheck-local:
	@DESTDIR='$(DESTDIR)' bindir='$(bindir)' pkgconfigdir='$(pkgconfigdir)' pkgdatadir='$(pkgdatadir)' CC='$(CC)' $(SHELL) $(top_srcdir)/examples/installcheck.sh
