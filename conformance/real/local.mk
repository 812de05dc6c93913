# Inputs captured from a transformer.
nobase_dist_pkgdata_DATA += %D%/q.npy %D%/k.npy %D%/v.npy
EXTRA_DIST += %D%/README.md %D%/SHA256SUMS %D%/capture.py %D%/requirements.txt %D%/text.txt
