/** What can be chosen, from the definitions: for `descent help` and for the docs. */
import {
  allFamilies,
  boundsOf,
  families,
  findingRegistries,
  metrics,
  settingGroups,
  startCase,
  type Family,
  type FindingRegistry,
  type Option,
  type Options,
} from '../../contract/index.ts'

const width = 96

/** Words in lines of at most `width` letters, each after `indent`. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line].join('\n')
}

const startText = ({ start }: Option): string => JSON.stringify(start)
const sentences = (...parts: (string | undefined | false)[]): string =>
  parts.filter((part) => part !== undefined && part !== false).join(' ')

const longestLine = 120

function headText(key: string, option: Option): string {
  const unit = option.unit === undefined ? '' : ` (${option.unit})`
  const line = `    ${key} = ${startText(option)}${unit}, ${boundsOf(option)}`
  return line.length <= longestLine ? line : wrapped(line.trim(), '    ')
}

const optionText = ([key, option]: [string, Option]): string =>
  [headText(key, option), wrapped(sentences(option.help, option.advice), '      ')].join('\n')

const optionTexts = (options: Options): string[] => Object.entries(options).map(optionText)

/** Within the help of a command. */
export const optionLines = (options: Options): string =>
  optionTexts(options).join('\n').replaceAll(/^ {4}/gm, '                        ')

/** `descent help optimizers`. */
export function familyText({ name, help, path, key, usage, members }: Family): string {
  const entries = members.map((member) =>
    [
      `  ${member.name}`,
      wrapped(sentences(`${member.label}.`, member.help, member.advice), '    '),
      ...(member.source === undefined ? [] : [`    ${member.source}`]),
      ...optionTexts(member.options),
    ].join('\n'),
  )
  return [
    wrapped(`${name}: ${help}`, ''),
    wrapped(
      usage ?? `Chosen with --set ${path}.${key}=NAME, their settings with --set ${path}.SETTING=VALUE.`,
      '',
    ),
    '',
    entries.join('\n\n'),
    '',
  ].join('\n')
}

export const groupText = ({ name, help, path, options }: (typeof settingGroups)[number]): string =>
  [`${name}: ${help}`, `Set with --set ${path}.SETTING=VALUE.`, '', ...optionTexts(options), ''].join('\n')

const metricsText = (): string =>
  [
    'metrics: What predictions are judged by.',
    '',
    metrics
      .map(({ name, label, tasks, help, source }) =>
        [
          `  ${name} (${tasks.join(', ')})`,
          wrapped(sentences(`${label}.`, help), '    '),
          ...(source === undefined ? [] : [`    ${source}`]),
        ].join('\n'),
      )
      .join('\n\n'),
    '',
  ].join('\n')

/** `descent help alerts`. */
const findingsText = ({ name, help, members }: FindingRegistry): string =>
  [
    `${name}: ${help}`,
    '',
    members
      .map((member) =>
        [
          `  ${member.name} (${member.severity})`,
          wrapped(sentences(`${member.label}.`, member.help), '    '),
          ...(member.source === undefined ? [] : [wrapped(member.source, '    ')]),
          ...optionTexts(member.options),
        ].join('\n'),
      )
      .join('\n\n'),
    '',
  ].join('\n')

/** By what `descent help` calls them. */
export const settingTopics: ReadonlyMap<string, string> = new Map([
  ...allFamilies.map((family): [string, string] => [family.name, familyText(family)]),
  ...settingGroups.map((group): [string, string] => [group.name, groupText(group)]),
  ...findingRegistries.map((registry): [string, string] => [registry.name, findingsText(registry)]),
  ['metrics', metricsText()],
])

// ---- docs ----

const cell = (text: string): string => text.replaceAll('|', '\\|')

function optionTable(options: Options): string[] {
  if (Object.keys(options).length === 0) return []
  return [
    '',
    '| setting | start | may be | |',
    '| --- | --- | --- | --- |',
    ...Object.entries(options).map(([key, option]) => {
      const bounds = sentences(boundsOf(option), option.unit && `(${option.unit})`)
      return `| \`${key}\` | \`${cell(startText(option))}\` | ${cell(bounds)} | ${cell(sentences(option.help, option.advice))} |`
    }),
  ]
}

const linked = (source: string): string => source.replace(/https:\/\/\S+/, (address) => `<${address}>`)

/** The page of the docs on everything that recipes choose. */
export function settingsPage(): string {
  return [
    '# Settings',
    '',
    'Everything a recipe can choose, and what is said about data and trainings, generated from the definitions in `electron/contract/definitions/`, from which the forms in the window, the bounds, `--set` and `descent help` come as well. A setting that a recipe leaves out has its start value.',
    ...allFamilies.flatMap((family) => [
      '',
      `## ${startCase(family.name)}`,
      '',
      sentences(
        family.help,
        families.includes(family) &&
          `In recipes: \`${family.path}\`${family.path === family.key ? '' : `, named by \`${family.key}\``}.`,
        family.usage?.replaceAll(/--set \S+?(?=[,;.]? |\.?$)|descent export \S+ --format NAME/g, '`$&`'),
      ),
      ...family.members.flatMap((member) => [
        '',
        `### ${member.label} (\`${member.name}\`)`,
        '',
        sentences(member.help, member.advice, member.source && `Source: ${linked(member.source)}.`),
        ...optionTable(member.options),
      ]),
    ]),
    ...settingGroups.flatMap(({ label, help, path, options }) => [
      '',
      `## ${label}`,
      '',
      `${help} In recipes: \`${path}\`.`,
      ...optionTable(options),
    ]),
    ...findingRegistries.flatMap(({ name, help, members }) => [
      '',
      `## ${startCase(name)}`,
      '',
      `${help} Recipes do not change their thresholds.`,
      ...members.flatMap((member) => [
        '',
        `### ${member.label} (\`${member.name}\`, ${member.severity})`,
        '',
        sentences(member.help, member.source && `Source: ${linked(member.source)}.`),
        ...optionTable(member.options),
      ]),
    ]),
    '',
    '## Metrics',
    '',
    'What predictions are judged by, beside a trivial baseline.',
    '',
    '| metric | of | better | |',
    '| --- | --- | --- | --- |',
    ...metrics.map(
      ({ label, name, tasks, higherIsBetter, unit, help, source }) =>
        `| ${label}${unit === undefined ? '' : `, ${unit}`} (\`${name}\`) | ${tasks.join(', ')} | ${higherIsBetter ? 'higher' : 'lower'} | ${cell(help)}${source === undefined ? '' : ` [Source](${source})`} |`,
    ),
    '',
  ].join('\n')
}
