/** The page of the docs about the command line: what its help says, so that the two cannot differ. */
import { commandNames, helpText } from './help.ts'
import { settingTopics } from './describe-settings.ts'

const block = (text: string): string => ['```text', text.trimEnd(), '```'].join('\n')

export const commandLinePage = (): string =>
  [
    '<!-- Written by `npx vitest run electron/host/cli/command-line-page.test.ts --update` from the command’s help; do not edit. -->',
    '',
    '# The command line',
    '',
    '`npx descent` in a checkout, `descent` in an installed app. What a command takes, `descent COMMAND --help` says, in these words.',
    '',
    block(helpText(null)),
    '',
    `Of each topic — ${[...settingTopics.keys()].map((name) => `\`${name}\``).join(', ')} — \`descent help TOPIC\` says what there is to choose; [Settings](settings.md) has all of them.`,
    '',
    ...commandNames.flatMap((name) => [`## ${name}`, '', block(helpText(name)), '']),
  ].join('\n')
