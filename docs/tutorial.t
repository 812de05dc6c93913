#!/bin/sh
# The commands of the tutorial, block by block in one folder, as a reader would type them. What make install and sudo would bring stands in
# front of PATH: the program, and pkg-config that finds the header in the source tree.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

for tool in make pkg-config "${CC%% *}" cc; do
	command -v "$tool" >/dev/null || { skip "the tutorial" "there is no $tool"; tap_end; }
done
if ! "$ATTNBENCH" explain --example pairs-dot --json >/dev/null 2>&1 || "$ATTNBENCH" sweep --help 2>&1 | grep -q 'lacks'; then
	skip "the tutorial" "this build lacks what reports or sweeps need"
	tap_end
fi

mkdir "$scratch/bin" "$scratch/work" "$scratch/blocks"
printf '#!/bin/sh\nexec nice -n 15 "%s" "$@"\n' "$ATTNBENCH" >"$scratch/bin/attnbench"
printf '#!/bin/sh\nPKG_CONFIG_PATH="%s" exec "%s" --define-variable=includedir="%s/include" "$@"\n' "$top_builddir" "$(command -v pkg-config)" "$top_srcdir" >"$scratch/bin/pkg-config"
chmod +x "$scratch/bin/attnbench" "$scratch/bin/pkg-config"
PATH=$scratch/bin:$PATH OMP_NUM_THREADS=1; export PATH OMP_NUM_THREADS
ATTNBENCH_PYTHON=/nonexistent/python; export ATTNBENCH_PYTHON # charts have tests of their own

# Each block to a file, NN; the statuses that its comment allows to NN.may, 0 where it has none.
awk -v to="$scratch/blocks" '
	/^<!-- status .* -->$/ { may = $0; sub(/^<!-- status /, "", may); sub(/ -->$/, "", may); gsub(/ or /, " ", may) }
	/^```sh$/ { file = sprintf("%s/%02d", to, ++n); print (may == "" ? "0" : may) > (file ".may"); may = ""; inside = 1; next }
	/^```$/ { inside = 0 }
	inside { print > file }' "$top_srcdir/docs/tutorial.md"
ok "there are blocks to run" test -s "$scratch/blocks/09"

# The folder that a block leaves is that of the next.
echo "$scratch/work" >"$scratch/where"
for block in "$scratch"/blocks/??; do
	cd "$(cat "$scratch/where")" || exit 99
	sh -e -c '. "$1"; pwd >"$2"' sh "$block" "$scratch/where" >"$out" 2>"$err" </dev/null
	status=$?
	case " $(cat "$block.may") " in *" $status "*) said=0 ;; *) said=1 ;; esac
	tap_point $said "$(head -n 1 "$block")"
	[ $said = 0 ] || { echo "# status $status, expected $(cat "$block.may")"; tail -n 30 "$err" "$out" | sed 's/^/# /'; }
	case $(head -n 1 "$block") in
	*explain*my_kernel*pairs-scaled-dot) [ $status = 0 ] || ok "the forgotten scale is named" grep -q 'as if the scale were 1$' "$out" ;;
	esac
done
cd "$scratch/work/my_kernel" || exit 99
ok "the kernel is in the report" grep -q '<th scope="row">my_kernel</th>' report/report.html
ok "with its conformance" grep -q '<td class="passed">✓ [1-9]' report/report.html
cd / || exit 99
tap_end
