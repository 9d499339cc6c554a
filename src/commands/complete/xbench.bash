# Completes xbench in Bash. Written by `xbench completions bash`.
_xbench() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(xbench complete bash "$COMP_CWORD" -- "${COMP_WORDS[@]}" 2>/dev/null)
    # No space behind what goes on.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=./,] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
# Bash before 4.4 knows no `nosort`.
complete -o nosort -F _xbench xbench 2>/dev/null || complete -F _xbench xbench
