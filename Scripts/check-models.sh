#!/usr/bin/env bash
# Explores all states of the model of the wakes with Spin. Also shows that the model fails with each of its optional defects.

source "$(dirname "$0")/common.bash"
model=$PWD/Tests/Models/wakes.pml
cd "$work"

# errors [-DDEFECT]: prints the number of errors that Spin finds.
errors() {
  spin -P"clang -E -x c" "$@" -a "$model"
  clang -DSAFETY -w -o pan pan.c
  ./pan | sed -n 's/.*errors: \([0-9]*\)$/\1/p'
}

[[ $(errors) == 0 ]] || fail "a wake is lost, or its data is not seen"
for defect in NO_FENCE CLEAR_LATE; do
  [[ $(errors "-D$defect") == 1 ]] || fail "$defect was not found"
done
echo "no wake is lost in the model; Spin found each planted defect"
