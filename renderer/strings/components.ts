/** What several pages share: forms of options, lists, runs to choose from, jobs. */
import { formatCount, plural } from '../lib/format.ts'

export const components = {
  publicSets: {
    title: 'Public sets',
    about:
      'Tables that others publish to learn with. One is fetched from its owners when you open it, once; nothing else is asked or sent.',
    button: 'Public sets…',
    commandWords: ['catalog', 'example', 'iris', 'uci'],
    search: 'Search',
    found: (sets: number) => plural(sets, 'set'),
    facts: (task: string, rows: number, columns: number, size: string, license: string) =>
      `${task} · ${plural(rows, 'row')} × ${plural(columns, 'column')} · about ${size} · ${license}`,
    from: (address: string) => `From ${address}`,
    sha256: (hash: string) => `SHA-256 ${hash}`,
    open: 'Open',
    openSet: (label: string) => `Open ${label}`,
    trust:
      'Where no SHA-256 is listed, that of the file that comes first is remembered and told, and another file is refused from then on. A mirror is named in Settings.',
    trustNew: 'Trust the new file',
  },
  pictures: {
    open: (name: string) => `Open ${name}`,
    failed: (name: string, why: string) => `${name} could not be shown: ${why}`,
    about: (column: string) => `A picture of the column “${column}”.`,
    loading: 'Opening the picture',
    file: (name: string) => `The file ${name}`,
    fileTitle: 'The file:',
    fileFacts: (format: string, width: number, height: number) =>
      `${format}, ${formatCount(width)} × ${formatCount(height)} pixels`,
    seen: (name: string) => `${name} as the network gets it`,
    seenTitle: 'What the network gets:',
    seenFacts: (width: number, height: number, channels: number) =>
      `${formatCount(width)} × ${formatCount(height)} pixels, ${channels === 1 ? 'gray' : 'in color'}`,
  },
  damagedRuns: {
    title: (runs: number) => `${plural(runs, 'run')} cannot be read`,
    list: 'Runs that cannot be read',
    deleteOne: (run: string) => `Delete damaged run ${run}`,
    confirm: {
      title: (run: string) => `Delete “${run}”?`,
      text: 'Its curves, checkpoints and evaluations are deleted for good. A backup of the database could still bring them back. Models already saved from it stay.',
      button: 'Delete run',
    },
    delete: 'Delete…',
  },
  job: {
    cancelling: 'Cancelling…',
    cancel: 'Cancel',
  },
  members: {
    add: (one: string) => `Add ${/^[aeiou]/.test(one) ? 'an' : 'a'} ${one}`,
    moveUp: (member: string) => `Move ${member} up`,
    moveDown: (member: string) => `Move ${member} down`,
    remove: (member: string) => `Remove ${member}`,
  },
  option: {
    chooseColumn: 'Choose a column',
    noColumn: 'None',
    inPercent: (option: string) => `${option} in percent`,
    chooseFile: 'Choose…',
    chooseFileFor: (option: string) => `Choose… ${option}`,
  },
  options: {
    more: 'More settings',
    changed: (count: number) => `(${count} changed)`,
  },
  ordered: {
    moveUp: (name: string) => `Move ${name} up`,
    moveDown: (name: string) => `Move ${name} down`,
  },
  runChooser: {
    findOneOf: (runs: string) => `Find one of ${runs} by name`,
    find: (label: string) => `Find the ${label} by name`,
    none: 'No run is called so.',
  },
  proposed: {
    best: (runs: number, metric: string, value: string) =>
      `The best of ${formatCount(runs)} runs on this data by ${metric}: ${value}.`,
    better: (run: string, metric: string, value: string, own: string) =>
      `“${run}” is the best by ${metric}: ${value}, against ${own} here.`,
    unknown: (run: string, metric: string, value: string) => `“${run}” is the best by ${metric}: ${value}.`,
    useIt: 'Use',
    use: (run: string) => `Use ${run}`,
  },
  runSelect: {
    label: 'Run',
  },
  ago: {
    now: 'just now',
    minutes: (count: number) => `${plural(count, 'minute')} ago`,
    hours: (count: number) => `${plural(count, 'hour')} ago`,
    days: (count: number) => `${plural(count, 'day')} ago`,
  },
}
