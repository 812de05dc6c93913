# Makes C strings of text files: reports/assets/style.css becomes asset_style_css.
# SPDX-License-Identifier: Apache-2.0
FNR == 1 {
	if (NR > 1)
		print ";"
	else
		print "/* Made by embed.awk. */\n#include \"reports/assets.h\""
	name = FILENAME
	sub(/.*\//, "", name)
	gsub(/[^A-Za-z0-9]/, "_", name)
	print "const char asset_" name "[] ="
}
{
	gsub(/["\\]/, "\\\\&")
	print "\t\"" $0 "\\n\""
}
END { print ";" }
