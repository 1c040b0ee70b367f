import { basename } from 'node:path';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import { COMPLETE } from '../completion.ts';
import { printData } from '../output.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# kncompile completion bash > /etc/bash_completion.d/kncompile
_kncompile() {
  mapfile -t COMPREPLY < <(kncompile ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}")
}
# default: where we offer nothing, file names.
complete -o default -F _kncompile kncompile kubectl-kncompile
`,
  zsh: `#compdef kncompile kubectl-kncompile
# kncompile completion zsh > "\${fpath[1]}/_kncompile"
_kncompile() {
  local -a offered
  offered=("\${(@f)$(kncompile ${COMPLETE} "\${(@)words[2,CURRENT]}")}")
  if [[ -n "$offered" ]]; then compadd -- $offered; else _files; fi
}
compdef _kncompile kncompile kubectl-kncompile
`,
  fish: `# kncompile completion fish > ~/.config/fish/completions/kncompile.fish
complete -c kncompile -c kubectl-kncompile -a '(kncompile ${COMPLETE} (commandline -opc)[2..-1] (commandline -ct))'
`,
};

export const completionCommand = defineCommand({
  name: 'completion',
  positionals: { shell: { choices: SHELLS, describe: 'The shell; the one of $SHELL if left out' } },
  describe: 'Print a completion script',
  options: {},
  examples: [],
  run: async (args): Promise<ExitCode> => {
    const own = basename(process.env['SHELL'] ?? '');
    const shell = SHELLS.find((known) => known === (args['shell'] ?? own)) ?? 'bash';
    await printData(SCRIPTS[shell]);
    return EXIT.fine;
  },
});
