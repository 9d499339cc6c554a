# Completes xbench in fish. Written by `xbench completions fish`.
function __xbench_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token)
    xbench complete fish (math (count $words) - 1) -- $words 2>/dev/null
end
complete --keep-order --no-files --command xbench --arguments '(__xbench_complete)'
